-- summary = "Funders with the most records, and the effects reported in them"
SELECT f.funder, count(DISTINCT f.paper_id) AS papers, count(DISTINCT e.effect_id) AS effects, median(e.n) AS median_n
FROM (SELECT DISTINCT paper_id, funder FROM v_funder) f LEFT JOIN v_effect_main e USING (paper_id)
GROUP BY f.funder
ORDER BY papers DESC, f.funder
