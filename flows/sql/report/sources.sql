-- grain: one row per source; text figures are of each article's newest version
-- reads: documents, latest_articles, measures
WITH records AS (
    SELECT
        source,
        count(*) AS records,
        count(*) FILTER (status = 'landed') AS landed,
        count(*) FILTER (status = 'rejected') AS rejected,
        max(last_seen_at) AS last_seen_at
    FROM documents
    GROUP BY source
),
texts AS (
    SELECT
        source,
        count(*) AS articles,
        sum(word_count) AS words,
        CAST(quantile_disc(word_count, 0.5) AS DOUBLE) AS median_words,
        string_agg(DISTINCT language, ', ' ORDER BY language) AS languages
    FROM latest_articles JOIN documents USING (document_id)
    GROUP BY source
),
copies AS (
    SELECT source, sum(value * sample_count) / nullif(sum(sample_count), 0) AS copied_share
    FROM measures
    WHERE metric = 'copies'
    GROUP BY source
)
SELECT records.*, texts.* EXCLUDE (source), copied_share
FROM records
LEFT JOIN texts USING (source)
LEFT JOIN copies USING (source)
ORDER BY records DESC, source
LIMIT 50;
