-- grain: one row per article version: the record that it was made from, and where that lies
-- reads: articles, documents
CREATE OR REPLACE VIEW lineage AS
SELECT
    article.article_id,
    article.version,
    article.title,
    document.document_id,
    document.source,
    document.uri,
    document.member,
    document.record_ordinal,
    document.byte_start,
    document.byte_end,
    document.charset,
    document.shard_id,
    article.run_id
FROM articles AS article
JOIN documents AS document USING (document_id);
