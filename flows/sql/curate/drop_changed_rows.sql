-- grain: one row per article version whose row is no longer true
-- reads: standing_rows, arranged_rows
DELETE FROM duplicates
WHERE (article_id, version) IN (
    SELECT (article_id, version)
    FROM (SELECT * FROM standing_rows EXCEPT SELECT * FROM arranged_rows) AS changed);
