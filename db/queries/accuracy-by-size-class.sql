-- summary = "Accuracy in classes of sample size"
SELECT CASE WHEN n < 50 THEN '1: < 50' WHEN n < 100 THEN '2: 50-99' WHEN n < 300 THEN '3: 100-299' WHEN n < 1000 THEN '4: 300-999'
            ELSE '5: >= 1000' END AS size_class,
       origin, count(*) AS effects, median(estimate) AS median_accuracy, quantile_cont(estimate, 0.9) AS p90
FROM v_effect_main WHERE metric = 'accuracy' AND n IS NOT NULL
GROUP BY ALL ORDER BY origin, size_class
