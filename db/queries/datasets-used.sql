-- summary = "How many papers name each public data set, by year"
SELECT value AS dataset, p.year, count(DISTINCT l.paper_id) AS papers
FROM v_label l JOIN v_paper p USING (paper_id)
WHERE l.kind = 'dataset'
GROUP BY ALL ORDER BY dataset, p.year
