-- grain: one row per new quotation and kept run of four words: those whose hash is a multiple of
--        three, and the smallest, so that every quotation has one
-- reads: quotes, quote_pending
INSERT INTO quote_shingles
WITH words AS (
    SELECT quote.article_id, quote.version, quote.start,
        regexp_extract_all(lower(quote.text), '[\p{L}\p{N}]+') AS words
    FROM quotes AS quote
    SEMI JOIN (FROM quote_pending WHERE is_new) USING (article_id, version, start)
    WHERE quote.field = 'body'
),
runs AS (
    SELECT article_id, version, start,
        list_transform(range(len(words) - 3),
            lambda place: CAST(hash(array_to_string(words[place + 1:place + 4], ' ')) >> 1 AS BIGINT)) AS runs
    FROM words
)
SELECT DISTINCT article_id, version, start,
    unnest(list_append(list_filter(runs, lambda run: run % 3 = 0), list_min(runs))) AS shingle
FROM runs
ORDER BY shingle, article_id, version, start;
