-- summary = "Papers whose title or abstract holds all of the words, newest first"
-- parameters = { words = 'alzheimer' }
SELECT paper_id, year, title
FROM v_paper
WHERE list_bool_and(list_transform(string_split(lower($words), ' '), lambda w: contains(lower(title || ' ' || abstract), w)))
ORDER BY year DESC NULLS LAST, paper_id
