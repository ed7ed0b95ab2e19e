-- summary = "Accuracy in the preprint and in the journal record of the same study"
WITH best AS (
    SELECT s.study_id, p.source, x.metric, max(x.value) AS best
    FROM v_performance x JOIN study s USING (paper_id) JOIN v_paper p USING (paper_id)
    WHERE x.claim = 'own' GROUP BY ALL)
SELECT a.study_id, a.metric, a.best AS preprint, b.best AS published, b.best - a.best AS difference
FROM best a JOIN best b ON a.study_id = b.study_id AND a.metric = b.metric
WHERE a.source = 'arxiv' AND b.source = 'pubmed'
ORDER BY abs(b.best - a.best) DESC, a.study_id, a.metric
