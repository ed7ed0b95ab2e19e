-- Why records are one study, and what reviewers said of it.

CREATE TABLE study_link (
    paper_id VARCHAR NOT NULL,
    other_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    PRIMARY KEY (paper_id, other_id)
);

CREATE TABLE link_decision (
    link_decision_id INTEGER PRIMARY KEY,
    action VARCHAR NOT NULL CHECK (action IN ('split', 'merge', 'free')),
    paper_id VARCHAR NOT NULL,
    other_id VARCHAR,
    reviewer VARCHAR NOT NULL,
    decided_at VARCHAR NOT NULL,
    note VARCHAR,
    CHECK ((action = 'merge') = (other_id IS NOT NULL))
);

-- Screening of records by reviewers, from ASReview or by hand.
CREATE TABLE screening (
    screening_id INTEGER PRIMARY KEY,
    paper_id VARCHAR NOT NULL,
    included BOOLEAN NOT NULL,
    reviewer VARCHAR NOT NULL,
    decided_at VARCHAR NOT NULL,
    note VARCHAR
);
