-- grain: one row per record of a trial, landed or rejected, in the order of its file
-- reads: documents, articles, rejects
SELECT
    parse_filename(documents.uri) || coalesce('!/' || documents.member, '')
        || '#' || documents.record_ordinal AS place,
    coalesce(articles.title, 'rejected: ' || rejects.reason, 'no title') AS becomes,
    articles.url,
    articles.published_at AS published,
    articles.language,
    articles.word_count AS words,
    replace(left(coalesce(articles.body, rejects.message, ''), 90), chr(10), ' ') AS body,
    rejects.reason
FROM documents
LEFT JOIN articles USING (document_id)
LEFT JOIN rejects USING (document_id)
ORDER BY documents.uri, documents.member NULLS FIRST, documents.record_ordinal;
