-- summary = "Best own performance against the best comparator of the same paper and metric"
SELECT paper_id, metric, max(value) FILTER (claim = 'own') AS own, max(value) FILTER (claim = 'comparator') AS comparator,
       max(value) FILTER (claim = 'own') - max(value) FILTER (claim = 'comparator') AS gain
FROM v_performance
GROUP BY paper_id, metric
HAVING own IS NOT NULL AND comparator IS NOT NULL
ORDER BY gain DESC, paper_id, metric
