-- The last word on each record that a reviewer screened.
CREATE OR REPLACE VIEW v_screening AS
SELECT paper_id, included, reviewer, decided_at, note
FROM screening
QUALIFY row_number() OVER (PARTITION BY paper_id ORDER BY screening_id DESC) = 1;

-- Every effect, with the reason where analyses leave it out.
CREATE OR REPLACE VIEW v_effect_told AS
SELECT e.effect_id, e.study_id, e.origin, e.reference, e.task, e.metric, e.estimate, e.n, e.n_unit, e.n_role, e.year, e.condition, e.modality,
       e.validation, e.decided, e.paper_id, e.performance_extraction_id, e.sample_size_extraction_id, e.part, e.name, e.score, e.n_score, e.n_why,
       e."on", e.consistent, e.nearest_count, e.question, e.target, e.comparator, e.dataset, e.method, e.modality_group, e.pool_key, e.pool_condition,
       -- The interval belongs to the value as it was read, not to one that a reviewer put in its place.
       CASE WHEN x.value = e.estimate THEN x.ci_low END AS ci_low, CASE WHEN x.value = e.estimate THEN x.ci_high END AS ci_high,
       n.first_seen,
       CASE WHEN p.retracted THEN 'retracted' WHEN p.withdrawn THEN 'withdrawn' WHEN NOT s.included THEN 'screened out' END AS excluded
FROM effect e
LEFT JOIN paper p ON p.paper_id = e.paper_id
LEFT JOIN extraction x ON x.extraction_id = e.performance_extraction_id
LEFT JOIN v_screening s ON s.paper_id = e.paper_id
LEFT JOIN effect_seen n ON n.effect_id = e.effect_id;

-- The pool of each effect: the finest of key, QUESTION: condition and QUESTION with at least ten studies that report the metric, of those that no finer pool
-- took. Questions outside medicine (other) are in none; a job may fix pools of its own (docs/reference/effects.md).
CREATE OR REPLACE VIEW v_pool AS
WITH keyed AS (
    SELECT effect_id, study_id, metric, origin = 'extracted' AS extracted, question, pool_key, pool_condition, excluded IS NULL AS stands,
           pool_key IS NOT NULL AND count(DISTINCT CASE WHEN excluded IS NULL THEN study_id END)
               OVER (PARTITION BY origin = 'extracted', metric, pool_key) >= 10 AS whole
    FROM v_effect_told
    WHERE question <> 'other'
), rolled AS (
    SELECT *, pool_condition IS NOT NULL AND count(DISTINCT CASE WHEN stands AND NOT whole THEN study_id END)
               OVER (PARTITION BY extracted, metric, pool_condition) >= 10 AS enough
    FROM keyed
)
SELECT effect_id, CASE WHEN whole THEN pool_key WHEN enough THEN pool_condition ELSE question END AS pool
FROM rolled;

CREATE OR REPLACE VIEW v_effect_all AS
-- A task that is no key, as a table of studies may name one, is a pool of its own.
SELECT e.* EXCLUDE (excluded), coalesce(p.pool, CASE WHEN e.question IS NULL THEN e.task END) AS pool, e.excluded
FROM v_effect_told e
LEFT JOIN v_pool p USING (effect_id);

CREATE OR REPLACE VIEW v_effect AS
SELECT * EXCLUDE (excluded)
FROM v_effect_all
WHERE excluded IS NULL;

-- One row a study, metric and task. Of the parts that a paper reports: the test set, else a validation cohort, else cross-validation or the whole, else the
-- part that is not told; an external set where there is nothing else of the study's own data, training data last (docs/reference/effects.md).
CREATE OR REPLACE VIEW v_effect_main AS
SELECT *
FROM v_effect
QUALIFY origin <> 'extracted' OR row_number() OVER (
    PARTITION BY study_id, origin, metric, name, coalesce(task, question)
    ORDER BY coalesce(array_position(['test', 'validation', 'cross-validation', 'whole', '', 'external', 'train'], coalesce(part, '')), 8), effect_id
) = 1;

CREATE OR REPLACE VIEW v_effect_candidate AS
SELECT c.effect_id, c.extraction_id, e.study_id, e.paper_id, e.metric, e.name, e.task, c.estimate, c.part, c.n, c.score, c.chosen, c.why, x.quote, x.sentence,
       x.page, x.section
FROM effect_candidate c
JOIN v_effect e USING (effect_id)
JOIN extraction x USING (extraction_id);

-- The labels of the estimate that stands for an effect, with the place that tells each.
CREATE OR REPLACE VIEW v_effect_label AS
SELECT l.effect_id, e.study_id, e.paper_id, l.kind, l.value, l.reach, l."start", l.score, l.taken
FROM effect_label l
JOIN v_effect e USING (effect_id);

-- Which records report one study, and why they are taken for one.
CREATE OR REPLACE VIEW v_study AS
SELECT s.study_id, s.paper_id, s.reason, p.source, p.year, p.title, p.doi, p.arxiv_id, p.pmid, p.retracted, p.withdrawn
FROM study s
JOIN paper p USING (paper_id);

-- Reviewers' decisions beside what they decided on; the last of each reviewer counts as that reviewer's word.
CREATE OR REPLACE VIEW v_decision AS
SELECT d.decision_id, d.extraction_id, d.action, d.value AS corrected, d.reviewer, d.decided_at, d.note, x.paper_id, x.kind, x.metric, x.value, x.quote,
       x.sentence,
       row_number() OVER (PARTITION BY d.extraction_id, d.reviewer ORDER BY d.decision_id DESC) = 1 AS last_of_reviewer
FROM decision d
JOIN extraction x USING (extraction_id);
