-- summary = "Records by the licence that their source tells"
SELECT license, count(*) AS papers, count(*) FILTER (pmcid IS NOT NULL OR arxiv_id IS NOT NULL) AS with_open_text
FROM v_paper
GROUP BY license
ORDER BY papers DESC, license
