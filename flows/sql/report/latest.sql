-- grain: one row per article, its newest version, without its text: read once, asked often
-- reads: articles; named as the view, so that the other queries can be run as they stand
CREATE OR REPLACE TEMP TABLE latest_articles AS
WITH newest AS (SELECT article_id, max(version) AS version FROM articles GROUP BY article_id)
SELECT
    article.article_id,
    article.version,
    article.document_id,
    article.run_id,
    site,
    title,
    published_at,
    language,
    kind,
    quality_flags,
    word_count
FROM articles AS article
JOIN newest USING (article_id, version);
