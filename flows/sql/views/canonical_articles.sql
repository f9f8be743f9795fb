-- grain: one row per article, its latest version; of a cluster of copies only the canonical one.
--        A template is no copy and stays
-- reads: articles, duplicates
CREATE OR REPLACE VIEW canonical_articles AS
SELECT *
FROM latest_articles AS article
WHERE NOT EXISTS (
    FROM duplicates AS copy
    WHERE copy.article_id = article.article_id
        AND copy.version = article.version
        AND copy.canonical_article_id <> article.article_id
        AND copy.kind <> 'template');
