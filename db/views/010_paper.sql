-- Of several counts of citations the largest: each provider sees a part of the literature.
CREATE OR REPLACE VIEW v_paper AS
WITH cited AS (
    SELECT paper_id, max(cited_by) AS cited_by FROM citation_count GROUP BY paper_id
)
SELECT p.paper_id, p.source, p.title, p.abstract, p.year, p.published, p.updated, p.venue, p.doi, p.arxiv_id, p.pmid, p.pmcid, p.categories, p.version,
       p.withdrawn, p.retracted, p.language, p.journal_ref, p.publication_types, p.mesh, p.license, c.cited_by, p.first_seen
FROM paper p
LEFT JOIN cited c ON c.paper_id = p.paper_id;
