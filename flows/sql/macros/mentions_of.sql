-- grain: one row per mention in a latest version of whoever bears the name
-- reads: mentions, entities, articles
CREATE OR REPLACE MACRO mentions_of(asked) AS TABLE
SELECT
    mention.surface,
    mention.entity_name AS name,
    mention.label,
    mention.role,
    mention.in_quote,
    article.title,
    article.site,
    article.published_at,
    mention.entity_id,
    mention.article_id,
    mention.version,
    mention.field,
    mention.start
FROM mentions AS mention
JOIN latest_articles AS article USING (article_id, version)
WHERE mention.entity_id IN (FROM entities_named(asked))
ORDER BY article.published_at NULLS LAST, mention.article_id, mention.field, mention.start;
