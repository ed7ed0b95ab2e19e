-- Tables of studies that reviews published, leaderboards of competitions, and counts of publications.

CREATE TABLE study_table_row (
    review VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    sequence INTEGER NOT NULL,
    "row" INTEGER NOT NULL,
    item INTEGER NOT NULL,
    origin VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    study VARCHAR NOT NULL,
    year INTEGER,
    task VARCHAR,
    metric VARCHAR NOT NULL,
    estimate DOUBLE,
    n BIGINT,
    n_task BIGINT,
    dataset VARCHAR,
    validation VARCHAR,
    modality VARCHAR,
    condition VARCHAR,
    estimate_raw VARCHAR NOT NULL,
    n_raw VARCHAR NOT NULL,
    used BOOLEAN NOT NULL,
    aside BOOLEAN NOT NULL,
    reason VARCHAR,
    effect_id VARCHAR,
    PRIMARY KEY (review, "row", item)
);

CREATE TABLE leaderboard (
    competition VARCHAR NOT NULL,
    board VARCHAR NOT NULL CHECK (board IN ('public', 'private')),
    place INTEGER NOT NULL,
    team VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    entries INTEGER,
    PRIMARY KEY (competition, board, place)
);

CREATE TABLE publication_count (
    topic VARCHAR NOT NULL,
    year INTEGER NOT NULL,
    count BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    query VARCHAR,
    PRIMARY KEY (topic, year, source)
);
