-- What should a reader know of the articles, by flag?
SELECT flag, count(*) AS articles, min(title) AS example
FROM (SELECT unnest(quality_flags) AS flag, title FROM latest_articles) AS flagged
GROUP BY flag
ORDER BY articles DESC, flag
LIMIT 20;
