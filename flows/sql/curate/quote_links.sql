-- grain: one row per two quotations with the same words: at least six in ten runs of four words
--        of the shorter stand in the longer. Of quotations that share a run, each is compared
--        with the 20 next to it in order of their texts, so that a stock phrase costs no square.
-- reads: quotes, quote_shingles, quote_touched; parameter: least_shared
WITH words AS (
    SELECT quote.article_id, quote.version, quote.start,
        regexp_extract_all(lower(quote.text), '[\p{L}\p{N}]+') AS words
    FROM quotes AS quote
    SEMI JOIN quote_touched USING (article_id, version, start)
    WHERE quote.field = 'body'
),
said AS (
    SELECT article_id, version, start, array_to_string(words, ' ') AS normal,
        list_distinct(list_transform(range(len(words) - 3),
            lambda place: CAST(hash(array_to_string(words[place + 1:place + 4], ' ')) >> 1 AS BIGINT))) AS runs
    FROM words
),
placed AS (
    SELECT shingle.shingle, said.*, row_number() OVER (
        PARTITION BY shingle ORDER BY normal, article_id, version, start) AS place
    FROM quote_shingles AS shingle JOIN said USING (article_id, version, start)
)
SELECT DISTINCT
    one.article_id || ':' || one.start AS one,
    other.article_id || ':' || other.start AS other
FROM placed AS one
JOIN placed AS other
    ON other.shingle = one.shingle AND other.place BETWEEN one.place + 1 AND one.place + 20
WHERE len(list_intersect(one.runs, other.runs))
    >= $least_shared * least(len(one.runs), len(other.runs));
