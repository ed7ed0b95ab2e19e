-- An affiliation ends with its country, or with a state of the US; addresses of e-mail stand behind that, postcodes beside it.
CREATE OR REPLACE VIEW v_affiliation AS
WITH printed AS (
    SELECT paper_id, position, unnest(affiliations) AS affiliation, generate_subscripts(affiliations, 1) - 1 AS place FROM author
), ended AS (
    SELECT *, trim(regexp_extract(regexp_replace(regexp_replace(strip_accents(lower(affiliation)), 'electronic address.*$|\S+@\S+', '', 'g'), '[\s.,;]+$', ''),
                                  '[^,;]+$')) AS words
    FROM printed
), tried AS (
    SELECT * EXCLUDE (words), regexp_replace(replace(words, '.', ''), '^the ', '') AS whole,
           trim(regexp_replace(replace(words, '.', ''), '(^|\s)\S*\d\S*', '', 'g')) AS unnumbered
    FROM ended
)
SELECT t.paper_id, t.position, t.place, t.affiliation, coalesce(a.country_code, b.country_code, c.country_code) AS country_code,
       coalesce(a.country, b.country, c.country) AS country
FROM tried t
LEFT JOIN v_country_name a ON a.name = t.whole
LEFT JOIN v_country_name b ON b.name = t.unnumbered
LEFT JOIN v_country_name c ON length(c.name) > 2 AND c.name = regexp_extract(t.unnumbered, '\S+$');

-- Authors under the name by which bibliographies count them: the family name and the first initial. Of a name in one piece the last word is the family name.
CREATE OR REPLACE VIEW v_author AS
WITH placed AS (
    SELECT paper_id, position, list_sort(list(DISTINCT country) FILTER (country IS NOT NULL)) AS countries FROM v_affiliation GROUP BY paper_id, position
)
SELECT a.paper_id, a.position,
       coalesce(a.collective, trim(coalesce(a.family, regexp_extract(a.name, '\S+$')) || ' ' ||
           upper(left(coalesce(a.given, a.initials, CASE WHEN a.family IS NULL AND contains(a.name, ' ') THEN a.name END, ''), 1)))) AS author,
       a.name, a.family, a.given, a.orcid, a.collective IS NOT NULL AS collective, a.affiliations, coalesce(p.countries, []) AS countries
FROM author a
LEFT JOIN placed p ON p.paper_id = a.paper_id AND p.position = a.position;

CREATE OR REPLACE VIEW v_keyword AS
SELECT paper_id, keyword, kind FROM keyword
UNION ALL
SELECT paper_id, unnest(mesh), 'mesh' FROM paper;

CREATE OR REPLACE VIEW v_funder AS
SELECT paper_id, funder, number, country FROM funding;

CREATE OR REPLACE VIEW v_citation AS
SELECT paper_id, provider, work_id, cited_by FROM citation_count;
