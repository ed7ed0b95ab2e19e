-- summary = "Full texts that could not be read, by reason"
SELECT reason, count(*) AS files, min(coalesce(file, url)) AS example, count(paper_id) AS of_known_papers
FROM v_document
WHERE state = 'failed'
GROUP BY reason
ORDER BY files DESC, reason;
