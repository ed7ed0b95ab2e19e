-- summary = "Records of an author, with what they report"
-- parameters = { author = "" }
-- exists = { author = 'SELECT author FROM v_author' }
SELECT DISTINCT p.paper_id, p.year, p.title, p.venue, p.cited_by, e.metric, e.estimate, e.n
FROM v_author a JOIN v_paper p USING (paper_id) LEFT JOIN v_effect_main e USING (paper_id)
WHERE a.author = $author
ORDER BY p.year DESC, p.paper_id, e.metric, e.estimate
