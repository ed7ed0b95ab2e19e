-- What a cell of an imported table says beside its estimate and its sample size. (Issue 24.)

ALTER TABLE study_table_row ADD COLUMN ci_low DOUBLE;
ALTER TABLE study_table_row ADD COLUMN ci_high DOUBLE;
ALTER TABLE study_table_row ADD COLUMN sd DOUBLE;
ALTER TABLE study_table_row ADD COLUMN bound VARCHAR;
ALTER TABLE study_table_row ADD COLUMN n_bound VARCHAR;
ALTER TABLE study_table_row ADD COLUMN note VARCHAR;
