-- grain: one row per site, or source where no site is stated
-- reads: articles, documents, duplicates
CREATE OR REPLACE VIEW copies_by_site AS
SELECT
    coalesce(article.site, document.source) AS site,
    count(*) AS article_count,
    count(copy.kind) FILTER (copy.kind <> 'template') AS clustered_count,
    count(*) FILTER (
        copy.kind <> 'template' AND copy.canonical_article_id <> article.article_id) AS copy_count,
    count(*) FILTER (copy.kind = 'exact') AS exact_count,
    count(*) FILTER (copy.kind = 'near') AS near_count,
    count(*) FILTER (copy.kind = 'revision') AS revision_count,
    count(*) FILTER (copy.kind = 'excerpt') AS excerpt_count,
    count(*) FILTER (copy.kind = 'wire') AS wire_count,
    count(*) FILTER (copy.kind = 'template') AS template_count
FROM latest_articles AS article
JOIN documents AS document USING (document_id)
LEFT JOIN duplicates AS copy USING (article_id, version)
GROUP BY ALL;
