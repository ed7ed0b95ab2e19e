CREATE OR REPLACE VIEW v_effect AS
SELECT effect_id, study_id, origin, reference, task, metric, estimate, n, n_unit, n_role, year, condition, modality, validation,
       decided, paper_id, performance_extraction_id, sample_size_extraction_id
FROM effect;
