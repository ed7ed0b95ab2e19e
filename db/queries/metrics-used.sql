-- summary = "How many papers report each metric, and with how many confidence intervals"
SELECT metric, count(DISTINCT paper_id) AS papers, count(*) AS numbers,
       count(*) FILTER (ci_low IS NOT NULL) AS with_interval, median(value) AS median_value
FROM v_performance WHERE claim = 'own'
GROUP BY metric ORDER BY papers DESC, metric
