-- grain: one row per source
-- reads: documents, articles
CREATE OR REPLACE VIEW source_health AS
SELECT
    document.source,
    count(*) AS record_count,
    count(*) FILTER (document.status = 'rejected') AS rejected_count,
    median(article.word_count) AS median_words,
    avg(CAST(article.published_at IS NOT NULL AS INTEGER)) AS dated_share,
    avg(CAST(len(article.authors) > 0 AS INTEGER)) AS bylined_share,
    avg(article.boilerplate_share) AS boilerplate_share,
    max(document.last_seen_at) AS last_seen_at
FROM documents AS document
LEFT JOIN articles AS article USING (document_id)
GROUP BY document.source;
