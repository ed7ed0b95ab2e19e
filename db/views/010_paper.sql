CREATE OR REPLACE VIEW v_paper AS
SELECT paper_id, source, title, abstract, year, published, updated, venue, doi, arxiv_id, pmid, pmcid, categories, version, withdrawn,
       retracted, language, journal_ref, publication_types, mesh
FROM paper;
