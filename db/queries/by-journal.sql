-- summary = "Records of a journal or venue, with what they report"
-- parameters = { venue = "" }
-- exists = { venue = 'SELECT venue FROM v_paper WHERE venue IS NOT NULL' }
SELECT p.paper_id, p.year, p.title, p.cited_by, e.metric, e.estimate, e.n
FROM v_paper p LEFT JOIN v_effect_main e USING (paper_id)
WHERE p.venue = $venue
ORDER BY p.year DESC, p.paper_id, e.metric, e.estimate
