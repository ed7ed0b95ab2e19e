-- summary = "How many papers name each family of methods, by year"
SELECT value AS method, p.year, count(DISTINCT l.paper_id) AS papers
FROM v_label l JOIN v_paper p USING (paper_id)
WHERE l.kind = 'method'
GROUP BY ALL ORDER BY method, p.year
