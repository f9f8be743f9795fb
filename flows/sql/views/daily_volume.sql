-- grain: one row per source and day of publication
-- reads: articles, documents
CREATE OR REPLACE VIEW daily_volume AS
SELECT
    source,
    CAST(published_at AS DATE) AS published_on,
    count(*) AS article_count,
    sum(word_count) AS word_count,
    sum(quote_count) AS quote_count
FROM latest_articles
JOIN documents USING (document_id)
WHERE published_at IS NOT NULL
GROUP BY ALL;
