-- grain: one row per named speaker, site and month of publication: how often they are quoted
-- reads: quotes, articles
CREATE OR REPLACE VIEW quoted_by_month AS
SELECT
    quote.speaker_name AS speaker,
    article.site,
    CAST(date_trunc('month', article.published_at) AS DATE) AS month,
    count(*) FILTER (quote.field = 'body' AND quote.kind <> 'indirect') AS quote_count,
    count(*) FILTER (quote.field = 'body' AND quote.kind = 'indirect') AS report_count,
    count(*) FILTER (quote.field = 'title') AS headline_count,
    count(DISTINCT quote.article_id) AS article_count
FROM quotes AS quote
JOIN latest_articles AS article USING (article_id, version)
WHERE quote.speaker_name IS NOT NULL AND quote.is_repeat IS NOT TRUE
GROUP BY ALL;
