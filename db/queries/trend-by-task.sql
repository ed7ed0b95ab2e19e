-- summary = "Correlation of a metric with log10 of the sample size, for each pool of questions and origin"
-- parameters = { metric = 'accuracy' }
SELECT origin, coalesce(pool, CASE WHEN question IS NULL THEN 'question not told' ELSE question END) AS pool, count(*) AS effects,
       corr(estimate, log10(n)) AS correlation, regr_slope(estimate, log10(n)) AS per_tenfold_n
FROM v_effect_main WHERE metric = $metric AND n > 0
GROUP BY ALL HAVING count(*) >= 3
ORDER BY effects DESC, origin, pool
