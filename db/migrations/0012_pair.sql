-- What a performance was measured on, with the reason and the probability; which estimates an effect was chosen among. (Issue 15; later ones take 0013 and on.)

ALTER TABLE extraction ADD COLUMN name VARCHAR;
ALTER TABLE extraction ADD COLUMN part VARCHAR;
ALTER TABLE extraction ADD COLUMN "on" INTEGER[];
ALTER TABLE extraction ADD COLUMN n_unit VARCHAR;
ALTER TABLE extraction ADD COLUMN n_role VARCHAR;
ALTER TABLE extraction ADD COLUMN n_score DOUBLE;
ALTER TABLE extraction ADD COLUMN n_why VARCHAR;

ALTER TABLE effect ADD COLUMN name VARCHAR;
ALTER TABLE effect ADD COLUMN part VARCHAR;
ALTER TABLE effect ADD COLUMN score DOUBLE;
ALTER TABLE effect ADD COLUMN n_score DOUBLE;
ALTER TABLE effect ADD COLUMN n_why VARCHAR;
ALTER TABLE effect ADD COLUMN "on" VARCHAR[];
ALTER TABLE effect ADD COLUMN consistent BOOLEAN;
ALTER TABLE effect ADD COLUMN nearest_count BIGINT;

CREATE TABLE effect_candidate (
    effect_id VARCHAR NOT NULL,
    extraction_id VARCHAR NOT NULL,
    estimate DOUBLE NOT NULL,
    part VARCHAR,
    n BIGINT,
    score DOUBLE NOT NULL,
    chosen BOOLEAN NOT NULL,
    why VARCHAR NOT NULL,
    PRIMARY KEY (effect_id, extraction_id)
);
