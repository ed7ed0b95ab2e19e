-- Keywords and grants of records; when a record and an effect were first seen. (Issue 22.)

CREATE TABLE keyword (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    keyword VARCHAR NOT NULL,
    kind VARCHAR NOT NULL
);

CREATE TABLE funding (
    paper_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    funder VARCHAR NOT NULL,
    number VARCHAR,
    country VARCHAR
);

-- Empty for what was there before this was noted.
ALTER TABLE paper ADD COLUMN first_seen VARCHAR;
ALTER TABLE paper ALTER COLUMN first_seen SET DEFAULT strftime(make_timestamp(epoch_us(now())), '%Y-%m-%dT%H:%M:%S+00:00');

CREATE TABLE effect_seen (
    effect_id VARCHAR PRIMARY KEY,
    first_seen VARCHAR
);
INSERT INTO effect_seen SELECT effect_id, NULL FROM effect;
