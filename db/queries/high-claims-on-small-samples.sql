-- summary = "Performances above a value that were reached on fewer than so many units"
-- parameters = { above = 0.95, max_n = 100 }
SELECT e.metric, e.estimate, e.n, e.n_unit, e.n_role, e.year, e.paper_id, p.title
FROM v_effect e LEFT JOIN v_paper p USING (paper_id)
WHERE e.estimate > $above AND e.n < $max_n
ORDER BY e.estimate DESC, e.n, e.effect_id
