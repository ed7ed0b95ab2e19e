-- summary = "Median sample size of the effects of each journal or venue"
-- parameters = { min_papers = 2 }
SELECT p.venue, count(DISTINCT e.paper_id) AS papers, median(e.n) AS median_n, min(e.n) AS min_n, max(e.n) AS max_n
FROM v_effect_main e JOIN v_paper p USING (paper_id)
WHERE e.n IS NOT NULL
GROUP BY p.venue
HAVING count(DISTINCT e.paper_id) >= $min_papers
ORDER BY papers DESC, p.venue
