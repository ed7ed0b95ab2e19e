-- The index of titles and abstracts for ranked search. All of it can be made again from paper.

CREATE SEQUENCE search_document_number;

CREATE TABLE search_document (
    doc INTEGER PRIMARY KEY,
    paper_id VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    length INTEGER NOT NULL
);

CREATE TABLE search_term (
    term VARCHAR PRIMARY KEY,
    term_id INTEGER NOT NULL
);

-- Sorted by term_id in runs, so that a term's rows lie together and the rest is passed over.
CREATE TABLE search_posting (
    term_id INTEGER NOT NULL,
    doc INTEGER NOT NULL,
    tf INTEGER NOT NULL
);
