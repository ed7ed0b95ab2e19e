-- What a paper is about, as its page says it: key terms, key sentences by facet, related papers. (Issue 20.)

CREATE TABLE paper_term (
    paper_id VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    term VARCHAR NOT NULL,
    surface VARCHAR NOT NULL,
    weight DOUBLE NOT NULL CHECK (weight BETWEEN 0 AND 1),
    source VARCHAR NOT NULL CHECK (source IN ('author', 'mesh', 'text')),
    PRIMARY KEY (paper_id, rank)
);

CREATE TABLE paper_facet (
    paper_id VARCHAR NOT NULL,
    facet VARCHAR NOT NULL CHECK (facet IN ('why', 'question', 'data', 'method', 'result', 'conclusion', 'limits')),
    section VARCHAR,
    "start" INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    text VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    PRIMARY KEY (paper_id, facet)
);

CREATE TABLE paper_related (
    paper_id VARCHAR NOT NULL,
    other_id VARCHAR NOT NULL,
    rank INTEGER NOT NULL,
    score DOUBLE NOT NULL CHECK (score BETWEEN 0 AND 1),
    why VARCHAR[] NOT NULL,
    PRIMARY KEY (paper_id, other_id)
);

-- Which state of a record its terms and key sentences were read from, and which weights it was compared with others by.
CREATE TABLE paper_described (
    paper_id VARCHAR PRIMARY KEY,
    digest VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    compared VARCHAR
);
