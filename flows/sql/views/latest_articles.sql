-- grain: one row per article, its latest version. Nearly all articles have one version, so only
--        the few others are looked up: a window over all would sort every body
-- reads: articles
CREATE OR REPLACE VIEW latest_articles AS
SELECT *
FROM articles
ANTI JOIN (
    SELECT article_id, max(version) AS version
    FROM articles
    WHERE version > 1
    GROUP BY article_id
) AS latest
    ON latest.article_id = articles.article_id AND latest.version > articles.version;
