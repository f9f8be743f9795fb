-- grain: one row per wanted document, with its place and whether its bytes are kept
-- reads: wanted, documents, archive
SELECT
    document.source,
    document.uri,
    document.document_id,
    kept.document_id IS NOT NULL AS is_kept
FROM documents AS document
SEMI JOIN wanted USING (document_id)
LEFT JOIN (SELECT document_id FROM archive) AS kept USING (document_id)
ORDER BY document.source, document.uri, document.document_id;
