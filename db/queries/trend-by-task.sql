-- summary = "Correlation of a metric with log10 of the sample size, for each task and origin"
-- parameters = { metric = 'accuracy' }
SELECT origin, task, count(*) AS effects, corr(estimate, log10(n)) AS correlation, regr_slope(estimate, log10(n)) AS per_tenfold_n
FROM v_effect_main WHERE metric = $metric AND n > 0
GROUP BY origin, task HAVING count(*) >= 3
ORDER BY effects DESC, origin, task
