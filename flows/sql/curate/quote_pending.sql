-- grain: one row per quotation whose shingles are not up to date: `is_new` for one of a latest
--        version without any, else one of a version that is no longer the latest. Over 10,000
--        characters it is marks that were never closed, whose words would cost their square
-- reads: quotes, latest_articles, quote_shingles; parameter: fewest_words
CREATE OR REPLACE TEMP TABLE quote_pending AS
WITH current AS (
    SELECT quote.article_id, quote.version, quote.start
    FROM quotes AS quote
    SEMI JOIN latest_articles USING (article_id, version)
    WHERE quote.kind <> 'indirect' AND quote.field = 'body'
        AND length(quote.text) <= 10_000
        AND len(regexp_extract_all(quote.text, '[\p{L}\p{N}]+')) >= $fewest_words
),
known AS (
    SELECT DISTINCT article_id, version, start FROM quote_shingles
)
SELECT *, true AS is_new FROM (FROM current ANTI JOIN known USING (article_id, version, start))
UNION ALL
SELECT *, false FROM (FROM known ANTI JOIN current USING (article_id, version, start));
