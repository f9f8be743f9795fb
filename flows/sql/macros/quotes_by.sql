-- grain: one row per quotation or report in a latest version of whoever bears the name
-- reads: quotes, entities, articles
CREATE OR REPLACE MACRO quotes_by(asked) AS TABLE
SELECT
    coalesce(quote.speaker_name, quote.speaker_text) AS speaker,
    quote.speaker_role,
    quote.cue,
    quote.text AS words,
    quote.kind,
    article.title,
    article.site,
    article.published_at,
    quote.confidence * coalesce(quote.name_confidence, 1) AS confidence,
    quote.article_id,
    quote.version,
    quote.field,
    quote.start
FROM quotes AS quote
JOIN latest_articles AS article USING (article_id, version)
WHERE quote.is_repeat IS NOT TRUE AND (
    quote.speaker_entity_id IN (FROM entities_named(asked))
    OR folded(quote.speaker_name) = folded(asked)
    OR folded(quote.speaker_text) = folded(asked))
ORDER BY article.published_at NULLS LAST, quote.article_id, quote.field, quote.start;
