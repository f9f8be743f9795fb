-- law: every article version has the blocks of its record
-- grain: one row per article version without blocks
SELECT article_id, version FROM articles ANTI JOIN blocks USING (article_id, version);
