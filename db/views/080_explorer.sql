-- What the explorer of a site shows: one row an effect of a record, those that analyses leave out too, and one row for each record without any.
CREATE OR REPLACE VIEW v_explorer AS
WITH written AS (
    SELECT paper_id, min_by(author, position) AS first_author, string_agg(author, '; ' ORDER BY position) AS authors,
           string_agg(name, ' ' ORDER BY position) AS names
    FROM v_author GROUP BY paper_id
), said AS (
    SELECT extraction_id,
           CASE WHEN count(DISTINCT (action, corrected)) > 1 THEN 3 WHEN bool_or(action = 'reject') THEN 4 WHEN bool_or(action = 'correct') THEN 2 ELSE 1 END AS word
    FROM v_decision WHERE last_of_reviewer GROUP BY extraction_id
)
SELECT p.paper_id, e.effect_id, p.title, a.first_author, a.authors, p.year, coalesce(p.venue, p.journal_ref) AS venue, p.source,
       CASE WHEN p.source = 'arxiv' AND coalesce(p.venue, p.journal_ref) IS NULL THEN 'preprint'
            WHEN list_has_any(p.publication_types, ['Review', 'Systematic Review', 'Meta-Analysis']) THEN 'review'
            ELSE 'article' END AS type,
       CASE WHEN p.retracted THEN 'retracted' WHEN p.withdrawn THEN 'withdrawn' WHEN NOT s.included THEN 'screened out' ELSE 'stands' END AS standing,
       p.cited_by, p.doi, p.arxiv_id, p.pmid,
       e.question, e.task, e.pool, coalesce(e.name, e.metric) AS metric, e.estimate, e.ci_low, e.ci_high, e.n, e.n_unit, e.n_role,
       e.modality, e.condition, e.dataset, e.validation, e.method, e.score,
       e.performance_extraction_id,
       CASE WHEN e.effect_id IS NOT NULL THEN
           ['unreviewed', 'accepted', 'corrected', 'conflict', 'rejected'][1 + greatest(coalesce(x.word, 0), coalesce(y.word, 0))] END AS review,
       lower(strip_accents(concat_ws(' ', p.title, p.abstract, a.names, p.doi, p.arxiv_id, p.pmid))) AS words
FROM v_paper p
LEFT JOIN v_effect_all e ON e.paper_id = p.paper_id
LEFT JOIN written a ON a.paper_id = p.paper_id
LEFT JOIN v_screening s ON s.paper_id = p.paper_id
LEFT JOIN said x ON x.extraction_id = e.performance_extraction_id
LEFT JOIN said y ON y.extraction_id = e.sample_size_extraction_id;
