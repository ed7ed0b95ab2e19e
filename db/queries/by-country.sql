-- summary = "Records with an author in a country, with what they report"
-- parameters = { country = "" }
-- exists = { country = 'SELECT country FROM v_affiliation' }
SELECT p.paper_id, p.year, p.title, p.venue, e.metric, e.estimate, e.n
FROM (SELECT DISTINCT paper_id FROM v_affiliation WHERE country = $country) c JOIN v_paper p USING (paper_id) LEFT JOIN v_effect_main e USING (paper_id)
ORDER BY p.year DESC, p.paper_id, e.metric, e.estimate
