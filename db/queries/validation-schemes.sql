-- summary = "How papers validate: k-fold, leave-one-out, hold-out, external"
SELECT value AS scheme, count(DISTINCT paper_id) AS papers
FROM v_label WHERE kind = 'validation'
GROUP BY value ORDER BY papers DESC, scheme
