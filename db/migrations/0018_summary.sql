-- Summaries in plain words by a language model, each claim with the sentences that support it. (Issue 20.)

CREATE TABLE paper_summary (
    paper_id VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    claim VARCHAR NOT NULL,
    starts INTEGER[] NOT NULL,
    ends INTEGER[] NOT NULL,
    model VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    text_sha256 VARCHAR NOT NULL,
    CHECK (len(starts) > 0 AND len(starts) = len(ends)),
    PRIMARY KEY (paper_id, rank)
);

-- Which text of a record was read, by which model and prompt; also where no claim held.
CREATE TABLE paper_summarised (
    paper_id VARCHAR PRIMARY KEY,
    text_sha256 VARCHAR NOT NULL,
    model VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    kept INTEGER NOT NULL,
    dropped INTEGER NOT NULL,
    answer_sha256 VARCHAR
);
