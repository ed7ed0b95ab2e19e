-- summary = "Journals and venues with the most records, their effects and citations"
-- parameters = { min_papers = 1 }
SELECT p.venue, count(*) AS papers, min(p.year) AS first_year, max(p.year) AS last_year, sum(e.effects)::BIGINT AS effects, sum(p.cited_by)::BIGINT AS cited_by
FROM v_paper p LEFT JOIN (SELECT paper_id, count(*) AS effects FROM v_effect_main GROUP BY paper_id) e USING (paper_id)
WHERE p.venue IS NOT NULL
GROUP BY p.venue
HAVING count(*) >= $min_papers
ORDER BY papers DESC, p.venue
