-- summary = "Authors with the most records, their countries, effects and citations"
-- parameters = { min_papers = 2 }
SELECT a.author, max(a.orcid) AS orcid, count(DISTINCT a.paper_id) AS papers, min(p.year) AS first_year, max(p.year) AS last_year,
       (SELECT count(*) FROM v_effect_main e WHERE e.paper_id IN (SELECT paper_id FROM v_author b WHERE b.author = a.author)) AS effects,
       sum(p.cited_by)::BIGINT AS cited_by
FROM (SELECT author, paper_id, max(orcid) AS orcid FROM v_author GROUP BY author, paper_id) a JOIN v_paper p USING (paper_id)
GROUP BY a.author
HAVING count(DISTINCT a.paper_id) >= $min_papers
ORDER BY papers DESC, a.author
