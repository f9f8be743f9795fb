-- grain: one row per speaker: the 12 most quoted, each with the longest quotation that fits
-- reads: quotes, latest_articles
WITH said AS (
    SELECT quotes.*, latest_articles.title
    FROM quotes JOIN latest_articles USING (article_id, version)
    WHERE quotes.speaker_name IS NOT NULL AND quotes.kind <> 'indirect'
        AND quotes.field = 'body' AND quotes.is_repeat IS NOT TRUE
)
SELECT
    speaker_name,
    mode(speaker_role ORDER BY speaker_role) AS speaker_role,
    count(*) AS quotes,
    count(DISTINCT article_id) AS articles,
    first(struct_pack(text := text, title := title, article_id := article_id)
        ORDER BY length(text) > 220, length(text) DESC, article_id, start) AS example
FROM said
GROUP BY speaker_name
ORDER BY quotes DESC, speaker_name
LIMIT 12;
