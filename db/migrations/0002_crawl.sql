-- What each job has crawled: windows with the counts that prove them complete, and every response that was kept.

CREATE TABLE crawl (
    job VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    watermark VARCHAR,
    changes_since VARCHAR,
    started VARCHAR,
    PRIMARY KEY (job, source, query)
);

CREATE TABLE crawl_window (
    job VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('entered', 'changed')),
    window_from VARCHAR NOT NULL,
    window_until VARCHAR NOT NULL,
    uid_from BIGINT NOT NULL,
    uid_until BIGINT NOT NULL,
    reported BIGINT NOT NULL,
    received BIGINT NOT NULL,
    state VARCHAR NOT NULL CHECK (state IN ('planned', 'done', 'failed')),
    attempts INTEGER NOT NULL,
    last_error VARCHAR,
    note VARCHAR,
    PRIMARY KEY (job, source, query, kind, window_from, window_until, uid_from, uid_until),
    CHECK (state <> 'done' OR received = reported)
);

CREATE TABLE response (
    job VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    request VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    fetched_at VARCHAR NOT NULL
);
