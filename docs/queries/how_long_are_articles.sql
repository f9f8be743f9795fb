-- How long are articles of each form and language, and how hard to read?
SELECT
    kind,
    language,
    count(*) AS articles,
    median(word_count) AS median_words,
    round(median(reading_seconds) / 60, 1) AS minutes,
    round(median(readability), 1) AS lix
FROM latest_articles
GROUP BY kind, language
ORDER BY articles DESC, kind, language
LIMIT 20;
