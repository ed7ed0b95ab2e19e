-- What the current version of each rule found in the current text of each document.
CREATE OR REPLACE VIEW v_extraction AS
SELECT e.*
FROM extraction e
JOIN extraction_pass p
  ON p.document_id = e.document_id AND p.rule_id = e.rule_id AND p.rule_sha256 = e.rule_sha256
 AND p.document_sha256 = e.document_sha256;

CREATE OR REPLACE VIEW v_sample_size AS
SELECT extraction_id, paper_id, document_id, CAST(value AS BIGINT) AS value, unit, role, own, quote, sentence, page, "start", "end",
       rule_id, rule_version, score, section
FROM v_extraction
WHERE kind = 'sample_size';

CREATE OR REPLACE VIEW v_performance AS
SELECT extraction_id, paper_id, document_id, metric, value, ci_low, ci_high, sd, claim, quote, sentence, page, "start", "end",
       rule_id, rule_version, score, section, task, n, name, part, "on", n_unit, n_role, n_score, n_why, scope, labels
FROM v_extraction
WHERE kind = 'performance';

CREATE OR REPLACE VIEW v_label AS
SELECT extraction_id, paper_id, document_id, kind, coalesce(value_text, CAST(value AS VARCHAR)) AS value, quote, sentence, page,
       "start", "end", rule_id, rule_version, score, section
FROM v_extraction
WHERE kind NOT IN ('sample_size', 'performance');
