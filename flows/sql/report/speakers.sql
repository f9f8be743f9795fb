-- grain: one row per speaker: the 12 most quoted, each with the longest quotation that fits
-- reads: quotes, articles
WITH latest AS (
    SELECT * FROM articles
    QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1
),
said AS (
    SELECT quotes.*, latest.title
    FROM quotes JOIN latest USING (article_id, version)
    WHERE quotes.speaker_name IS NOT NULL AND quotes.kind <> 'indirect'
        AND quotes.is_repeat IS NOT TRUE
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
