-- grain: one row per quotation that shares a shingle with one already touched
-- reads: quote_shingles, quote_touched, which it adds to
INSERT INTO quote_touched
SELECT DISTINCT other.article_id, other.version, other.start
FROM quote_touched AS touched
JOIN quote_shingles AS own USING (article_id, version, start)
JOIN quote_shingles AS other USING (shingle)
ANTI JOIN quote_touched AS present
    ON present.article_id = other.article_id AND present.version = other.version
    AND present.start = other.start;
