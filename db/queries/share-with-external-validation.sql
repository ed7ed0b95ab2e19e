-- summary = "Share of papers with a performance of their own that mention external validation, by year"
WITH own AS (SELECT DISTINCT paper_id FROM v_performance WHERE claim = 'own'),
     external AS (
         SELECT paper_id FROM v_sample_size WHERE role = 'external' AND own
         UNION SELECT paper_id FROM v_label WHERE kind = 'validation' AND value ILIKE '%external%')
SELECT p.year, count(*) AS papers, count(e.paper_id) AS with_external, count(e.paper_id) / count(*) AS share
FROM own o JOIN v_paper p USING (paper_id) LEFT JOIN (SELECT DISTINCT paper_id FROM external) e USING (paper_id)
GROUP BY p.year ORDER BY p.year
