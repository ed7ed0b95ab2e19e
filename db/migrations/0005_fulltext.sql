-- Full texts: where each came from, its sections, where its words stand on which page, and what was downloaded.

ALTER TABLE document ALTER COLUMN paper_id DROP NOT NULL;
ALTER TABLE document ADD COLUMN file VARCHAR;
ALTER TABLE document ADD COLUMN url VARCHAR;
ALTER TABLE document ADD COLUMN license VARCHAR;
ALTER TABLE document ADD COLUMN pages INTEGER;
ALTER TABLE document ADD COLUMN notes VARCHAR;

CREATE TABLE document_section (
    document_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (document_id, position)
);

CREATE TABLE document_layout (
    document_id VARCHAR PRIMARY KEY,
    layout VARCHAR NOT NULL
);

ALTER TABLE extraction ADD COLUMN section VARCHAR;
ALTER TABLE extraction ADD COLUMN task VARCHAR;
ALTER TABLE extraction ADD COLUMN n BIGINT;

CREATE TABLE fulltext_download (
    paper_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('pdf')),
    version INTEGER NOT NULL,
    url VARCHAR NOT NULL,
    state VARCHAR NOT NULL CHECK (state IN ('done', 'failed', 'refused')),
    attempts INTEGER NOT NULL,
    reason VARCHAR,
    license VARCHAR,
    raw_sha256 VARCHAR,
    tried_at VARCHAR NOT NULL,
    PRIMARY KEY (paper_id, kind)
);

-- A paper known only from a file of its own has neither of the two sources.
CREATE TABLE paper_wider (
    paper_id VARCHAR PRIMARY KEY,
    source VARCHAR NOT NULL,
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
INSERT INTO paper_wider BY NAME SELECT * FROM paper;
DROP TABLE paper;
ALTER TABLE paper_wider RENAME TO paper;
