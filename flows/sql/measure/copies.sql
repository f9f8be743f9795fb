-- grain: one row per source and batch: the share of its articles that copy another article
-- reads: measured_articles, duplicates
INSERT INTO measured
SELECT
    source,
    article.run_id,
    measured_on,
    'copies',
    avg(CAST(coalesce(
        copy.kind <> 'template' AND copy.canonical_article_id <> article.article_id, false)
        AS INTEGER)),
    count(*)
FROM measured_articles AS article
LEFT JOIN duplicates AS copy
    ON copy.article_id = article.article_id AND copy.version = article.version
GROUP BY source, article.run_id, measured_on;
