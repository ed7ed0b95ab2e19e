-- Words for search: lower case, no accents; plurals by Harman's S-stemmer (JASIS 42:7, 1991, table 1).
CREATE OR REPLACE MACRO search_stem(word) AS
    CASE WHEN length(word) <= 3 THEN word
         WHEN word LIKE '%ies' AND NOT (word LIKE '%eies' OR word LIKE '%aies') THEN word[:-4] || 'y'
         WHEN word LIKE '%es' AND NOT (word LIKE '%aes' OR word LIKE '%ees' OR word LIKE '%oes') THEN word[:-2]
         WHEN word LIKE '%s' AND NOT (word LIKE '%us' OR word LIKE '%ss') THEN word[:-2]
         ELSE word END;

CREATE OR REPLACE MACRO search_words(text) AS
    list_transform(regexp_extract_all(lower(strip_accents(text)), '[\p{L}\p{N}]+'), lambda w: search_stem(w));

-- Records that hold words of the query, by BM25 (Robertson & Zaragoza, 2009, equation 3.15; k1 = 1.2, b = 0.75):
-- SELECT * FROM search('radiomics glioma') ORDER BY score DESC LIMIT 20
CREATE OR REPLACE MACRO search(query) AS TABLE
    WITH wanted AS (
        SELECT term_id FROM search_term WHERE term IN (SELECT unnest(search_words(query)))
    ), hit AS (
        SELECT p.term_id, p.doc, p.tf, d.length
        FROM search_posting p JOIN search_document d ON d.doc = p.doc
        WHERE p.term_id IN (SELECT term_id FROM wanted)
    ), term AS (
        SELECT term_id, ln(1 + (s.n - count(*) + 0.5) / (count(*) + 0.5)) AS idf
        FROM hit, (SELECT count(*) AS n FROM search_document) s GROUP BY term_id, s.n
    ), found AS (
        SELECT h.doc, sum(t.idf * h.tf * 2.2 / (h.tf + 1.2 * (0.25 + 0.75 * h.length / a.average))) AS score, count(*) AS words
        FROM hit h JOIN term t USING (term_id), (SELECT avg(length) AS average FROM search_document) a
        GROUP BY h.doc
    )
    SELECT d.paper_id, f.score, f.words FROM found f JOIN search_document d ON d.doc = f.doc;
