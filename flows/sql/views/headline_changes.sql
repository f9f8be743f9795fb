-- grain: one row per version that has another headline than the one before
-- reads: revisions, articles
CREATE OR REPLACE VIEW headline_changes AS
SELECT
    article.site,
    article.url,
    change.before AS headline_before,
    change.after AS headline_after,
    coalesce(article.modified_at, article.published_at) AS changed_at,
    change.article_id,
    change.version
FROM revisions AS change
JOIN articles AS article USING (article_id, version)
WHERE change.change = 'headline';
