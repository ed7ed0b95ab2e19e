-- summary = "Median and quartiles of the sample sizes behind effects, by year"
SELECT year, count(*) AS effects, quantile_cont(n, 0.25) AS q1, median(n) AS median_n, quantile_cont(n, 0.75) AS q3
FROM v_effect_main WHERE n IS NOT NULL AND origin = 'extracted'
GROUP BY year ORDER BY year
