-- grain: one row per latest article, with whom it names and whom it quotes
-- reads: articles, mentions, entities, quotes, duplicates
WITH named AS (
    SELECT
        article_id,
        version,
        list({name: entity.name, label: entity.label, id: entity.entity_id}
            ORDER BY entity.entity_id) AS mentions
    FROM (
        SELECT DISTINCT article_id, version, entity_id FROM mentions WHERE entity_id IS NOT NULL
    ) AS mention
    JOIN entities AS entity USING (entity_id)
    GROUP BY article_id, version
),
quoted AS (
    SELECT
        article_id,
        version,
        list({text: text, speaker: coalesce(speaker_name, speaker_text)} ORDER BY start) AS quotes
    FROM quotes
    WHERE kind <> 'indirect' AND field = 'body' AND is_repeat IS NOT TRUE
    GROUP BY article_id, version
)
SELECT
    article_id,
    version,
    url,
    site,
    title,
    subtitle,
    authors,
    published_at,
    modified_at,
    language,
    section,
    body,
    word_count,
    comment_count,
    mentions,
    quotes,
    CASE WHEN canonical_article_id <> article_id THEN canonical_article_id END AS copied_from
FROM latest_articles
LEFT JOIN named USING (article_id, version)
LEFT JOIN quoted USING (article_id, version)
LEFT JOIN (SELECT article_id, version, canonical_article_id FROM duplicates) AS copy
    USING (article_id, version)
ORDER BY published_at NULLS LAST, article_id;
