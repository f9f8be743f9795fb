-- What was published on some days, newest first?
-- $since DATE = 2026-01-01: first day
-- $until DATE = 2026-12-31: last day
SELECT published_at, site, title, word_count
FROM canonical_articles
WHERE published_at >= $since AND published_at < $until + INTERVAL 1 DAY
ORDER BY published_at DESC, article_id
LIMIT 50;
