-- A summary holds for the text that it was made of; of a record that has changed since, there is none.
CREATE OR REPLACE VIEW v_paper_summary AS
SELECT s.paper_id, s.rank, s.claim, list_transform(list_zip(s.starts, s.ends), lambda x: substr(concat(p.title, chr(10), p.abstract), x[1] + 1, x[2] - x[1])) AS sentences,
    s.starts, s.ends, s.model, s.prompt
FROM paper_summary s JOIN paper p USING (paper_id)
WHERE s.text_sha256 = sha256(concat(p.title, chr(10), p.abstract));
