-- Where each record stands in the flow; the first reason that applies is the one that counts.
CREATE OR REPLACE VIEW v_paper_flow AS
WITH performance AS (
    SELECT DISTINCT paper_id FROM v_performance WHERE claim = 'own'
), effects AS (
    SELECT paper_id, bool_or(n IS NOT NULL) AS has_n, bool_or(n IS NOT NULL AND question IS NOT NULL) AS asked,
           bool_or(n_why = 'its sample size was rejected by a reviewer') AS lost_n
    FROM effect WHERE origin = 'extracted' GROUP BY paper_id
), rejected AS (
    -- A decision is why nothing is left: it took a performance that had an n, or the n, or the last of the performances.
    SELECT x.paper_id, bool_or(x.n IS NOT NULL) AS had_n
    FROM v_performance x JOIN v_last_decision d USING (extraction_id)
    WHERE d.action = 'reject' AND x.claim = 'own' GROUP BY x.paper_id
), size AS (
    SELECT DISTINCT paper_id FROM v_sample_size WHERE own AND value >= 2
), first_paper AS (
    SELECT study_id, min(paper_id) AS paper_id FROM study GROUP BY study_id
)
SELECT p.paper_id, p.source,
       CASE
           WHEN f.paper_id IS NOT NULL AND f.paper_id <> p.paper_id THEN 'removed'
           WHEN e.has_n AND NOT p.withdrawn AND NOT p.retracted AND coalesce(c.included, TRUE) THEN 'included'
           ELSE 'excluded'
       END AS stage,
       CASE
           WHEN f.paper_id IS NOT NULL AND f.paper_id <> p.paper_id THEN 'another record of the same study'
           WHEN p.retracted THEN 'retracted'
           WHEN p.withdrawn THEN 'withdrawn'
           WHEN NOT c.included THEN 'screened out by a reviewer'
           WHEN e.has_n AND e.asked THEN 'sample size, performance and question extracted'
           WHEN e.has_n THEN 'sample size and performance extracted, question not told'
           WHEN e.lost_n OR r.had_n OR (r.paper_id IS NOT NULL AND e.paper_id IS NULL) THEN 'rejected by a reviewer'
           WHEN p.abstract = '' AND NOT EXISTS (
               SELECT 1 FROM document d WHERE d.paper_id = p.paper_id AND d.kind <> 'abstract' AND d.state = 'read')
               THEN 'no abstract or full text'
           WHEN x.paper_id IS NULL THEN 'no performance of its own found'
           WHEN z.paper_id IS NOT NULL THEN 'n not told for the part'
           ELSE 'no sample size found'
       END AS reason
FROM paper p
LEFT JOIN study s USING (paper_id)
LEFT JOIN first_paper f ON f.study_id = s.study_id
LEFT JOIN effects e ON e.paper_id = p.paper_id
LEFT JOIN performance x ON x.paper_id = p.paper_id
LEFT JOIN rejected r ON r.paper_id = p.paper_id
LEFT JOIN size z ON z.paper_id = p.paper_id
LEFT JOIN v_screening c ON c.paper_id = p.paper_id;

CREATE OR REPLACE VIEW v_prisma AS
SELECT 'identified' AS stage, source, 'records identified' AS reason, count(*) AS count FROM v_paper_flow GROUP BY source
UNION ALL
SELECT 'screened', source, 'records screened', count(*) FROM v_paper_flow WHERE stage <> 'removed' GROUP BY source
UNION ALL
SELECT stage, source, reason, count(*) FROM v_paper_flow GROUP BY stage, source, reason;
