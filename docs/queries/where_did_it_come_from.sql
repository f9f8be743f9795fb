-- From which record of which file was an article made?
-- $article_id VARCHAR = : id of the article, or nothing for the newest
WITH wanted AS (
    SELECT coalesce($article_id, (
        SELECT article_id
        FROM articles
        ORDER BY published_at DESC NULLS LAST, article_id
        LIMIT 1)) AS article_id
)
SELECT version, title, parse_filename(uri) AS file, member, record_ordinal, byte_start, byte_end
FROM lineage
WHERE article_id = (SELECT article_id FROM wanted)
ORDER BY version;
