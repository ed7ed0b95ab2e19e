-- Files imported in bulk, what their source deleted, and who cites whom.

CREATE TABLE bulk_file (
    job VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    parser_version VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sequence BIGINT,
    received BIGINT NOT NULL,
    deleted BIGINT NOT NULL,
    problems BIGINT NOT NULL,
    imported_at VARCHAR NOT NULL,
    PRIMARY KEY (job, sha256, parser_version)
);

CREATE TABLE deleted_record (
    paper_id VARCHAR PRIMARY KEY,
    file VARCHAR NOT NULL,
    sequence BIGINT NOT NULL
);

CREATE TABLE citation_count (
    paper_id VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    work_id VARCHAR NOT NULL,
    cited_by BIGINT NOT NULL CHECK (cited_by >= 0),
    raw_sha256 VARCHAR,
    PRIMARY KEY (paper_id, provider)
);

CREATE TABLE citation_reference (
    paper_id VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    work_id VARCHAR NOT NULL,
    PRIMARY KEY (paper_id, provider, position)
);
