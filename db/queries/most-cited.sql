-- summary = "The records that are cited most, with what they report"
-- parameters = { top = 50 }
SELECT p.paper_id, p.cited_by, p.year, p.title, p.venue, string_agg(DISTINCT e.metric || ' ' || e.estimate, ', ') AS reported
FROM (SELECT * FROM v_paper WHERE cited_by IS NOT NULL ORDER BY cited_by DESC, paper_id LIMIT $top) p LEFT JOIN v_effect_main e USING (paper_id)
GROUP BY ALL
ORDER BY p.cited_by DESC, p.paper_id
