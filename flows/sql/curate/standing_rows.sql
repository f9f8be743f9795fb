-- grain: one row per article version with a touched text that is in a cluster so far
-- reads: duplicates, fingerprints, touched_texts
CREATE OR REPLACE TEMP TABLE standing_rows AS
SELECT duplicates.* EXCLUDE (run_id)
FROM duplicates
JOIN fingerprints USING (article_id, version)
SEMI JOIN touched_texts USING (text_id);
