-- Who is quoted by name most, and how often?
SELECT
    speaker_name,
    count(*) AS quotations,
    count(DISTINCT article_id) AS articles,
    arg_min(text, (length(text), text)) AS shortest
FROM quotes
WHERE speaker_name IS NOT NULL AND kind <> 'indirect' AND field = 'body'
    AND is_repeat IS NOT TRUE
GROUP BY speaker_name
ORDER BY quotations DESC, speaker_name
LIMIT 5;
