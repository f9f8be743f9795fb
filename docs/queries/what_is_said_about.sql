-- Which quotations name somebody or something, and who speaks?
-- $name VARCHAR = Brussels: a person, place or organisation, under any of its names
WITH named AS (
    SELECT article_id, version, start
    FROM mentions
    WHERE field = 'body' AND in_quote AND entity_id IN (FROM entities_named($name))
)
SELECT
    coalesce(quote.speaker_name, quote.speaker_text) AS speaker,
    quote.text AS words,
    article.title,
    article.published_at
FROM quotes AS quote
JOIN named
    ON named.article_id = quote.article_id
    AND named.version = quote.version
    AND named.start >= quote.start
    AND named.start < quote."end"
    AND quote.field = 'body'
JOIN latest_articles AS article
    ON article.article_id = quote.article_id AND article.version = quote.version
GROUP BY ALL
ORDER BY article.published_at DESC NULLS LAST, words
LIMIT 50;
