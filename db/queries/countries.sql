-- summary = "Records, effects and median sample size by country of the authors; a record counts for each of its countries"
WITH placed AS (SELECT DISTINCT paper_id, country FROM v_affiliation WHERE country IS NOT NULL)
SELECT c.country, count(DISTINCT c.paper_id) AS papers, count(e.effect_id) AS effects, median(e.n) AS median_n,
       median(e.estimate) FILTER (e.metric = 'accuracy') AS median_accuracy
FROM placed c LEFT JOIN v_effect_main e USING (paper_id)
GROUP BY c.country
ORDER BY papers DESC, c.country
