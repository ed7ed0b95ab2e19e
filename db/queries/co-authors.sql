-- summary = "Pairs of authors who wrote the most records together"
-- parameters = { min_papers = 2 }
WITH who AS (SELECT DISTINCT paper_id, author FROM v_author WHERE NOT collective)
SELECT a.author, b.author AS co_author, count(*) AS papers
FROM who a JOIN who b ON a.paper_id = b.paper_id AND a.author < b.author
GROUP BY a.author, b.author
HAVING count(*) >= $min_papers
ORDER BY papers DESC, a.author, b.author
