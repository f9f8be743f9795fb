-- grain: quotations whose speaker is a mention with a known entity, brought up to date
-- reads: quotes, mentions
UPDATE quotes
SET speaker_entity_id = speaker.entity_id
FROM (
    SELECT quote.article_id, quote.version, quote.field, quote.start,
        max_by(mention.entity_id, (mention."end", mention.start)) AS entity_id
    FROM quotes AS quote
    JOIN mentions AS mention
        ON mention.article_id = quote.article_id AND mention.version = quote.version
        AND mention.field = quote.field
        AND mention.start < quote.speaker_end AND mention."end" > quote.speaker_start
    WHERE mention.entity_id IS NOT NULL AND quote.speaker_name IS NOT NULL
    GROUP BY ALL
) AS speaker
WHERE quotes.article_id = speaker.article_id
    AND quotes.version = speaker.version
    AND quotes.field = speaker.field
    AND quotes.start = speaker.start
    AND quotes.speaker_entity_id IS DISTINCT FROM speaker.entity_id;
