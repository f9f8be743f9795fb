-- grain: one row per touched quotation of a statement that several articles quote
-- reads: quotes, articles, quote_grouped; parameter: run_id
INSERT INTO statements BY NAME
WITH said AS (
    SELECT quote.article_id, quote.version, quote.start, grouped.statement_id,
        article.published_at,
        regexp_replace(lower(quote.text), '[^\p{L}\p{N}]+', ' ', 'g') AS words,
        lower(regexp_extract(quote.speaker_name, '[^ ]+$')) AS surname
    FROM quotes AS quote
    JOIN quote_grouped AS grouped
        ON grouped.quotation = quote.article_id || ':' || quote.start
    JOIN latest_articles AS article USING (article_id, version)
    WHERE quote.kind <> 'indirect' AND quote.field = 'body'
),
usual AS (
    SELECT statement_id, mode(surname ORDER BY surname) AS usual FROM said GROUP BY statement_id
),
judged AS (
    SELECT *,
        row_number() OVER statement = 1 AS is_first,
        first(trim(words)) OVER statement = trim(words) AS is_verbatim,
        min(article_id) OVER (PARTITION BY statement_id)
            <> max(article_id) OVER (PARTITION BY statement_id) AS is_shared
    FROM said JOIN usual USING (statement_id)
    WINDOW statement AS (
        PARTITION BY statement_id ORDER BY published_at NULLS LAST, article_id, start)
)
SELECT article_id, version, start, statement_id, is_first, is_verbatim,
    coalesce(surname <> usual, false) AS is_conflict, $run_id AS run_id
FROM judged
WHERE is_shared
ORDER BY statement_id, article_id, version, start;
