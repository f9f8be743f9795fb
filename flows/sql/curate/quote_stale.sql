-- grain: shingles of quotations that no latest version holds, removed
-- reads: quote_shingles, quote_pending
DELETE FROM quote_shingles
USING quote_pending AS stale
WHERE NOT stale.is_new
    AND quote_shingles.article_id = stale.article_id
    AND quote_shingles.version = stale.version
    AND quote_shingles.start = stale.start;
