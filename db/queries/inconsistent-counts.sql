-- summary = "Shares that no whole number of the n units gives (GRIM), with the nearest count and what its share would be"
SELECT effect_id, paper_id, metric, task, part, estimate, n, n_unit, nearest_count, round(nearest_count / n, 4) AS nearest_share, n_why
FROM v_effect
WHERE NOT consistent
ORDER BY n, effect_id
