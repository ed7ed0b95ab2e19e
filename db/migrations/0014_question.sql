-- What a study asked, as parts of a key; the labels that are an estimate's own; and the levels by which questions are rolled up to pools. (Issue 16.)

ALTER TABLE extraction ADD COLUMN labels STRUCT(kind VARCHAR, "value" VARCHAR, reach VARCHAR, "start" INTEGER, score DOUBLE, asked DOUBLE)[];

ALTER TABLE effect ADD COLUMN question VARCHAR;
ALTER TABLE effect ADD COLUMN target VARCHAR;
ALTER TABLE effect ADD COLUMN comparator VARCHAR;
ALTER TABLE effect ADD COLUMN dataset VARCHAR;
ALTER TABLE effect ADD COLUMN method VARCHAR;
ALTER TABLE effect ADD COLUMN modality_group VARCHAR;
ALTER TABLE effect ADD COLUMN pool_key VARCHAR;
ALTER TABLE effect ADD COLUMN pool_condition VARCHAR;

CREATE TABLE effect_label (
    effect_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    "value" VARCHAR NOT NULL,
    reach VARCHAR NOT NULL,
    "start" INTEGER NOT NULL,
    score DOUBLE,
    taken BOOLEAN NOT NULL,
    PRIMARY KEY (effect_id, kind)
);
