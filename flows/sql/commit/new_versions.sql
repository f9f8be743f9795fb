-- grain: one row per new article version; a renewed one keeps its number, and the others of one
--        address count on in the order in which they were changed, published and fetched,
--        whatever shard they came with
-- reads: staged_articles, new_documents, articles, renewed
CREATE OR REPLACE TEMP TABLE new_versions AS
WITH latest AS (
    SELECT article_id, max(version) AS version
    FROM (SELECT article_id, version FROM articles UNION ALL SELECT article_id, version FROM renewed)
    GROUP BY article_id
)
SELECT
    staged.document_id,
    staged.staged_in,
    CAST(coalesce(
        kept.version,
        coalesce(latest.version, 0) + row_number() OVER (
            PARTITION BY staged.article_id, kept.version IS NULL
            ORDER BY
                coalesce(staged.modified_at, staged.published_at) NULLS FIRST,
                document.fetched_at NULLS FIRST,
                staged.document_id)) AS INTEGER) AS version
FROM staged_articles AS staged
JOIN new_documents AS document
    ON document.document_id = staged.document_id AND document.staged_in = staged.staged_in
LEFT JOIN latest ON latest.article_id = staged.article_id
LEFT JOIN renewed AS kept
    ON kept.document_id = staged.document_id AND kept.article_id = staged.article_id;
