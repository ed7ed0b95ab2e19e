-- summary = "Own performances with an interval: its half width beside what a binomial of that n would give"
SELECT e.paper_id, e.metric, e.estimate, e.n, (x.ci_high - x.ci_low) / 2 AS half_width,
       1.96 * sqrt(e.estimate * (1 - e.estimate) / e.n) AS binomial_half_width
FROM v_effect_main e JOIN v_performance x ON x.extraction_id = e.performance_extraction_id
WHERE x.ci_low IS NOT NULL AND e.n IS NOT NULL
ORDER BY e.paper_id, e.metric, e.effect_id
