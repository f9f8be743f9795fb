-- grain: one row per new article version; versions of one address count on in the order in
--        which they were changed, published and fetched, whatever shard they came with
-- reads: staged_articles, new_documents, articles
CREATE OR REPLACE TEMP TABLE new_versions AS
WITH latest AS (
    SELECT article_id, max(version) AS version FROM articles GROUP BY article_id
)
SELECT
    staged.document_id,
    staged.staged_in,
    CAST(coalesce(latest.version, 0) + row_number() OVER (
        PARTITION BY staged.article_id
        ORDER BY
            coalesce(staged.modified_at, staged.published_at) NULLS FIRST,
            document.fetched_at NULLS FIRST,
            staged.document_id) AS INTEGER) AS version
FROM staged_articles AS staged
JOIN new_documents AS document
    ON document.document_id = staged.document_id AND document.staged_in = staged.staged_in
LEFT JOIN latest ON latest.article_id = staged.article_id;
