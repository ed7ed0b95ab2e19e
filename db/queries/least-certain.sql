-- summary = "Extractions with the lowest scores: what a reviewer should look at first"
-- parameters = { rows = 50 }
SELECT extraction_id, paper_id, 'performance' AS kind, metric AS what, value, score, sentence FROM v_performance
UNION ALL
SELECT extraction_id, paper_id, 'sample_size', unit, value, score, sentence FROM v_sample_size
ORDER BY score, extraction_id
LIMIT $rows
