CREATE OR REPLACE VIEW v_document AS
SELECT document_id, paper_id, kind, state, reason, parser, parser_version, pages, length(text) AS characters, notes, license, file, url,
       raw_sha256
FROM document;
