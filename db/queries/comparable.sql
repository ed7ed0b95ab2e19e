-- summary = "Effects that answer the same question as one effect, by the same kind of input, with what differs"
-- parameters = { effect_id = '' }
-- exists = { effect_id = 'SELECT effect_id FROM v_effect' }
WITH one AS (
    SELECT * FROM v_effect WHERE effect_id = $effect_id
)
SELECT e.effect_id, coalesce(e.reference, e.study_id) AS study, e.origin, e.task, e.metric, e.estimate, e.n, e.part, e.modality, e.year, e.validation,
       array_to_string(list_filter([
           CASE WHEN e.n IS DISTINCT FROM one.n THEN 'n' END,
           CASE WHEN e.part IS DISTINCT FROM one.part THEN 'part' END,
           CASE WHEN e.modality IS DISTINCT FROM one.modality THEN 'modality' END,
           CASE WHEN e.year IS DISTINCT FROM one.year THEN 'year' END
       ], lambda x: x IS NOT NULL), ', ') AS differs
FROM v_effect e
JOIN one ON e.pool_key = one.pool_key AND e.metric = one.metric AND e.name IS NOT DISTINCT FROM one.name
        AND (e.modality_group = one.modality_group OR e.modality_group IS NULL OR one.modality_group IS NULL)
WHERE e.effect_id <> one.effect_id
ORDER BY e.year, e.effect_id
