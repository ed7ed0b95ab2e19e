-- summary = "Effects whose n the text does not tell, with the reason and the sentence"
SELECT e.effect_id, e.paper_id, e.metric, e.task, e.part, e.estimate, e.n_why, x.quote, x.sentence, p.title
FROM v_effect e
LEFT JOIN extraction x ON x.extraction_id = e.performance_extraction_id
LEFT JOIN v_paper p ON p.paper_id = e.paper_id
WHERE e.n IS NULL AND e.origin = 'extracted'
ORDER BY e.paper_id, e.metric, e.task, e.part, e.effect_id
