-- What a mapping of leaderboards says of each competition: its title, its score, and whether a higher score is better.

CREATE TABLE competition (
    competition VARCHAR PRIMARY KEY,
    title VARCHAR NOT NULL,
    metric VARCHAR,
    higher_is_better BOOLEAN,
    min_entries INTEGER NOT NULL,
    source VARCHAR
);
