-- summary = "Median reported accuracy by imaging modality or data type and year"
SELECT modality, year, count(*) AS effects, median(estimate) AS median_accuracy, median(n) AS median_n
FROM v_effect_main
WHERE metric = 'accuracy' AND origin = 'extracted'
GROUP BY modality, year
ORDER BY modality NULLS LAST, year
