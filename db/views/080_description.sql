CREATE OR REPLACE VIEW v_paper_term AS
SELECT paper_id, rank, term, surface, weight, source FROM paper_term;

CREATE OR REPLACE VIEW v_paper_facet AS
SELECT paper_id, facet, section, "start", "end", text, score FROM paper_facet;

-- Records of the paper's own study are its versions, not its relatives; of another study's records the nearest stands for all.
CREATE OR REPLACE VIEW v_paper_related AS
WITH other AS (
    SELECT r.*, row_number() OVER (PARTITION BY r.paper_id, coalesce(o.study_id, r.other_id) ORDER BY r.rank) AS record
    FROM paper_related r
    LEFT JOIN study s ON s.paper_id = r.paper_id
    LEFT JOIN study o ON o.paper_id = r.other_id
    WHERE s.study_id IS DISTINCT FROM o.study_id OR s.study_id IS NULL
)
SELECT paper_id, other_id, (row_number() OVER (PARTITION BY paper_id ORDER BY rank))::INTEGER AS rank, score, why
FROM other WHERE record = 1 QUALIFY row_number() OVER (PARTITION BY paper_id ORDER BY rank) <= 12;
