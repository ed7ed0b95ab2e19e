-- Papers, the texts read from them, what rules found there, studies, effects, decisions and job runs.
-- Comments on tables and columns stand in db/dictionary and are applied after each migration.

CREATE TABLE paper (
    paper_id VARCHAR PRIMARY KEY,
    source VARCHAR NOT NULL CHECK (source IN ('arxiv', 'pubmed')),
    title VARCHAR NOT NULL,
    abstract VARCHAR NOT NULL,
    year INTEGER,
    published VARCHAR,
    updated VARCHAR,
    venue VARCHAR,
    doi VARCHAR,
    arxiv_id VARCHAR,
    pmid VARCHAR,
    pmcid VARCHAR,
    pii VARCHAR,
    categories VARCHAR[] NOT NULL,
    version INTEGER NOT NULL,
    withdrawn BOOLEAN NOT NULL,
    retracted BOOLEAN NOT NULL,
    language VARCHAR,
    comment VARCHAR,
    journal_ref VARCHAR,
    license VARCHAR,
    publication_date_raw VARCHAR,
    publication_types VARCHAR[] NOT NULL,
    mesh VARCHAR[] NOT NULL,
    digest VARCHAR NOT NULL,
    raw_sha256 VARCHAR
);

CREATE TABLE paper_version (
    paper_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    digest VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    abstract VARCHAR NOT NULL,
    updated VARCHAR,
    doi VARCHAR,
    raw_sha256 VARCHAR,
    PRIMARY KEY (paper_id, version, digest)
);

CREATE TABLE author (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    family VARCHAR,
    given VARCHAR,
    initials VARCHAR,
    suffix VARCHAR,
    collective VARCHAR,
    orcid VARCHAR,
    affiliations VARCHAR[] NOT NULL
);

CREATE TABLE abstract_section (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    label VARCHAR,
    category VARCHAR,
    text VARCHAR NOT NULL
);

CREATE TABLE correction (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    pmid VARCHAR,
    reference VARCHAR,
    note VARCHAR
);

CREATE TABLE paper_job (
    paper_id VARCHAR NOT NULL,
    job VARCHAR NOT NULL,
    PRIMARY KEY (paper_id, job)
);

CREATE TABLE document (
    document_id VARCHAR PRIMARY KEY,
    paper_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('abstract', 'pdf', 'jats')),
    sha256 VARCHAR,
    parser VARCHAR NOT NULL,
    parser_version VARCHAR NOT NULL,
    raw_sha256 VARCHAR,
    state VARCHAR NOT NULL CHECK (state IN ('read', 'failed')),
    reason VARCHAR,
    text VARCHAR
);

CREATE TABLE rule (
    rule_id VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    PRIMARY KEY (rule_id, version, sha256)
);

CREATE TABLE extraction_pass (
    document_id VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    rule_sha256 VARCHAR NOT NULL,
    document_sha256 VARCHAR NOT NULL,
    PRIMARY KEY (document_id, rule_id)
);

CREATE TABLE extraction (
    extraction_id VARCHAR PRIMARY KEY,
    document_id VARCHAR NOT NULL,
    document_sha256 VARCHAR NOT NULL,
    paper_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    value DOUBLE,
    value_text VARCHAR,
    unit VARCHAR,
    role VARCHAR,
    own BOOLEAN,
    metric VARCHAR,
    claim VARCHAR,
    ci_low DOUBLE,
    ci_high DOUBLE,
    sd DOUBLE,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    quote VARCHAR NOT NULL,
    sentence VARCHAR,
    page INTEGER,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    rule_sha256 VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    CHECK ("end" >= "start")
);

CREATE TABLE study (
    study_id VARCHAR NOT NULL,
    paper_id VARCHAR PRIMARY KEY,
    reason VARCHAR NOT NULL
);

CREATE TABLE effect (
    effect_id VARCHAR PRIMARY KEY,
    study_id VARCHAR NOT NULL,
    paper_id VARCHAR,
    origin VARCHAR NOT NULL,
    reference VARCHAR,
    task VARCHAR,
    metric VARCHAR NOT NULL,
    estimate DOUBLE NOT NULL,
    n BIGINT CHECK (n IS NULL OR n > 0),
    n_unit VARCHAR,
    n_role VARCHAR,
    year INTEGER,
    condition VARCHAR,
    modality VARCHAR,
    validation VARCHAR,
    decided VARCHAR NOT NULL,
    performance_extraction_id VARCHAR,
    sample_size_extraction_id VARCHAR
);

CREATE TABLE decision (
    decision_id INTEGER PRIMARY KEY,
    extraction_id VARCHAR NOT NULL,
    action VARCHAR NOT NULL CHECK (action IN ('accept', 'correct', 'reject')),
    reviewer VARCHAR NOT NULL,
    decided_at VARCHAR NOT NULL,
    value DOUBLE,
    note VARCHAR
);

CREATE TABLE job_run (
    run_id VARCHAR PRIMARY KEY,
    job VARCHAR NOT NULL,
    state VARCHAR NOT NULL CHECK (state IN ('running', 'done', 'partial', 'failed')),
    started VARCHAR NOT NULL,
    finished VARCHAR,
    message VARCHAR
);

CREATE TABLE job_step (
    run_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    step VARCHAR NOT NULL,
    state VARCHAR NOT NULL CHECK (state IN ('done', 'partial', 'failed')),
    counts VARCHAR NOT NULL,
    message VARCHAR,
    PRIMARY KEY (run_id, position)
);

CREATE TABLE import_problem (
    file VARCHAR NOT NULL,
    record VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    PRIMARY KEY (file, record, reason)
);
