-- summary = "Records by year of publication, all until then, and the change to the year before in per cent"
SELECT year, count(*) AS papers, sum(count(*)) OVER (ORDER BY year)::BIGINT AS until_then,
       round(100 * (count(*) / lag(count(*)) OVER (ORDER BY year) - 1), 1) AS change_percent
FROM v_paper
WHERE year IS NOT NULL
GROUP BY year
ORDER BY year
