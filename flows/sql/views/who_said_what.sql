-- grain: one row per quotation or reported statement of a latest version, in its body or title,
--        with who said it, how sure that is, and where it stands
-- reads: quotes, articles
CREATE OR REPLACE VIEW who_said_what AS
SELECT
    coalesce(quote.speaker_name, quote.speaker_text) AS speaker,
    quote.speaker_role,
    quote.cue,
    quote.text AS words,
    article.title,
    article.site,
    article.published_at,
    quote.article_id,
    quote.version,
    quote.field,
    quote.start,
    quote.kind,
    quote.confidence * coalesce(quote.name_confidence, 1) AS confidence
FROM quotes AS quote
JOIN latest_articles AS article USING (article_id, version);
