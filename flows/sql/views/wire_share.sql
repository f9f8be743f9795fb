-- grain: one row per site, or source where no site is stated
-- reads: articles, documents, duplicates
CREATE OR REPLACE VIEW wire_share AS
SELECT
    coalesce(article.site, document.source) AS site,
    count(*) AS article_count,
    count(*) FILTER (is_wire) AS wire_count,
    wire_count / article_count AS wire_share,
    count(*) FILTER (is_wire AND article.dateline_agency IS NULL) AS unmarked_count
FROM (
    SELECT
        article_id,
        version,
        coalesce(copy.kind = 'wire', false)
            OR article.dateline_agency IS NOT NULL AS is_wire
    FROM latest_articles AS article
    LEFT JOIN duplicates AS copy USING (article_id, version)
) AS judged
JOIN latest_articles AS article USING (article_id, version)
JOIN documents AS document USING (document_id)
GROUP BY ALL;
