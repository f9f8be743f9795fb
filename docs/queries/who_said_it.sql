-- What did somebody say, and where?
-- $name VARCHAR = Ana Moreau: the speaker, under any of their names
SELECT published_at, words, kind, title, site, round(confidence, 2) AS confidence
FROM quotes_by($name)
ORDER BY published_at DESC NULLS LAST, article_id, start
LIMIT 50;
