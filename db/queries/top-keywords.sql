-- summary = "Keywords with the most records, without regard to capitals; kind is author, topic or mesh"
-- parameters = { min_papers = 2 }
SELECT lower(keyword) AS keyword, kind, count(DISTINCT paper_id) AS papers
FROM v_keyword
GROUP BY ALL
HAVING count(DISTINCT paper_id) >= $min_papers
ORDER BY papers DESC, keyword, kind
