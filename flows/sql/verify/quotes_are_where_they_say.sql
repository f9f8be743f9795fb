-- law: a body reads, from start to end, the text of the quotation, and likewise its speaker
-- grain: one row per quotation whose places hold other words
SELECT
    article_id,
    version,
    start,
    "end",
    text,
    speaker_text,
    body[start + 1:"end"] AS text_found,
    body[speaker_start + 1:speaker_end] AS speaker_found
FROM quotes
JOIN (SELECT article_id, version, body FROM articles) USING (article_id, version)
WHERE text_found IS DISTINCT FROM text OR speaker_found IS DISTINCT FROM speaker_text;
