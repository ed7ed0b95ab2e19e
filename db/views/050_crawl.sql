CREATE OR REPLACE VIEW v_crawl AS
SELECT w.job, w.source, w.window_from, nullif(w.window_until, '9999-12-31') AS window_until, w.reported, w.received, w.state, w.attempts,
       w.last_error, w.note, w.kind, w.query, nullif(w.uid_from, 0) AS uid_from, nullif(w.uid_until, 0) AS uid_until, c.watermark
FROM crawl_window w
LEFT JOIN crawl c ON c.job = w.job AND c.source = w.source AND c.query = w.query;
