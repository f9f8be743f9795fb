-- law: a column reads, from start to end, the text of the quotation, and likewise its speaker
-- grain: one row per quotation whose places hold other words
SELECT
    article_id,
    version,
    field,
    start,
    "end",
    text,
    speaker_text,
    words[start + 1:"end"] AS text_found,
    words[speaker_start + 1:speaker_end] AS speaker_found
FROM (
    SELECT quote.*, CASE quote.field WHEN 'title' THEN article.title ELSE article.body END AS words
    FROM quotes AS quote
    JOIN articles AS article USING (article_id, version)
)
WHERE text_found IS DISTINCT FROM text OR speaker_found IS DISTINCT FROM speaker_text;
