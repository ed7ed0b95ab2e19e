-- What each job asked, so that a report can be made again from the snapshot alone.
CREATE TABLE job (
    job VARCHAR PRIMARY KEY,
    question VARCHAR NOT NULL,
    definition VARCHAR NOT NULL
);
