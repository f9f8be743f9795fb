-- How many articles and words were published, month by month and source by source?
SELECT
    source,
    CAST(date_trunc('month', published_on) AS DATE) AS month,
    sum(article_count) AS articles,
    sum(word_count) AS words,
    sum(quote_count) AS quotations
FROM daily_volume
GROUP BY ALL
ORDER BY month DESC, source
LIMIT 60;
