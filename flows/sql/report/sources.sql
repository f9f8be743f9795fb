-- grain: one row per source; text figures are of each article's newest version
-- reads: documents, articles
WITH latest AS (
    SELECT * FROM articles
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
),
records AS (
    SELECT
        source,
        count(*) AS records,
        count(*) FILTER (status = 'landed') AS landed,
        count(*) FILTER (status = 'rejected') AS rejected
    FROM documents
    GROUP BY source
),
texts AS (
    SELECT
        source,
        count(*) AS articles,
        sum(word_count) AS words,
        median(word_count) AS median_words,
        count(published_at) / count(*) AS dated_share,
        count(*) FILTER (len(authors) > 0 OR byline_raw IS NOT NULL) / count(*) AS bylined_share,
        string_agg(DISTINCT language, ', ' ORDER BY language) AS languages
    FROM latest JOIN documents USING (document_id)
    GROUP BY source
)
SELECT records.*, texts.* EXCLUDE (source)
FROM records LEFT JOIN texts USING (source)
ORDER BY records DESC, source
LIMIT 50;
