-- Who signs most articles, how long are these, and how much of them is quoted?
SELECT
    author,
    count(*) AS articles,
    median(word_count) AS median_words,
    round(100 * avg(quoted_share), 1) AS quoted_percent
FROM (SELECT unnest(authors) AS author, word_count, quoted_share FROM latest_articles) AS signed
GROUP BY author
ORDER BY articles DESC, author
LIMIT 20;
