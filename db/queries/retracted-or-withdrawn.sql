-- summary = "Retracted and withdrawn papers that reported a performance"
SELECT p.paper_id, p.year, p.retracted, p.withdrawn, count(x.extraction_id) AS performances, p.title
FROM v_paper p JOIN v_performance x USING (paper_id)
WHERE p.retracted OR p.withdrawn
GROUP BY ALL ORDER BY p.paper_id
