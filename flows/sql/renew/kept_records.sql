-- grain: one row per wanted record whose bytes are kept, with the place that it had
-- reads: wanted, documents, archive; parameter: source
SELECT
    archive.*,
    document.uri,
    document.member,
    document.record_ordinal,
    document.kind,
    document.byte_start,
    document.byte_end
FROM archive
JOIN documents AS document USING (document_id)
SEMI JOIN wanted USING (document_id)
WHERE document.source = $source
ORDER BY document.uri, document.member NULLS FIRST, document.record_ordinal;
