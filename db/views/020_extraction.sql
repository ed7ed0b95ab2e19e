-- What the current version of each rule found in the current text of each document.
CREATE OR REPLACE VIEW v_extraction AS
SELECT e.*
FROM extraction e
JOIN extraction_pass p
  ON p.document_id = e.document_id AND p.rule_id = e.rule_id AND p.rule_sha256 = e.rule_sha256
 AND p.document_sha256 = e.document_sha256;

-- The decision that counts on each current extraction. A decision is on what stands at a place in a text: when a new version of a rule finds the same kind of
-- value at the same place of the same text, the decision on the old extraction holds for the new one.
CREATE OR REPLACE VIEW v_last_decision AS
SELECT c.extraction_id, c.paper_id, d.decision_id, d.action, d.value AS corrected, d.reviewer, d.decided_at, d.note
FROM decision d
JOIN extraction o ON o.extraction_id = d.extraction_id
JOIN v_extraction c ON c.document_id = o.document_id AND c.document_sha256 = o.document_sha256 AND c.kind = o.kind AND c."start" = o."start"
                   AND c."end" = o."end" AND (c.rule_id = o.rule_id OR c.extraction_id = o.extraction_id)
QUALIFY row_number() OVER (PARTITION BY c.extraction_id ORDER BY d.decision_id DESC) = 1;

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
