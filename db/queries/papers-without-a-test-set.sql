-- summary = "Papers that report a performance of their own but no test or external set"
SELECT p.paper_id, p.year, p.title
FROM v_paper p
WHERE EXISTS (FROM v_performance x WHERE x.paper_id = p.paper_id AND x.claim = 'own')
  AND NOT EXISTS (FROM v_sample_size s WHERE s.paper_id = p.paper_id AND s.own AND s.role IN ('test', 'external'))
ORDER BY p.year DESC, p.paper_id
