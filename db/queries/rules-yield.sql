-- summary = "What each rule found: values, papers, and its version"
SELECT rule_id, rule_version, kind, count(*) AS numbers, count(DISTINCT paper_id) AS papers, avg(score) AS mean_score
FROM v_extraction
GROUP BY ALL ORDER BY rule_id
