-- grain: one row per document that the staged rows replace: derived anew, or a reject of a file
--        that was read again and gives it no more
-- reads: wanted, reread, staged_documents, documents, articles, rejects
CREATE OR REPLACE TEMP TABLE renewed AS
SELECT
    document.document_id,
    document.run_id,
    document.status,
    document.first_seen_at,
    article.article_id,
    article.version,
    coalesce(tries.attempts, 0) AS attempts
FROM documents AS document
SEMI JOIN wanted USING (document_id)
LEFT JOIN articles AS article USING (document_id)
LEFT JOIN (
    SELECT document_id, max(attempts) AS attempts, bool_or(stage = 'read') AS is_of_reading
    FROM rejects
    GROUP BY document_id
) AS tries USING (document_id)
WHERE document.document_id IN (SELECT document_id FROM staged_documents)
    OR (tries.is_of_reading AND document.status = 'rejected'
        AND document.uri IN (SELECT uri FROM reread));
