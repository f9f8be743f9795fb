-- Which are the largest sums of money that articles name?
-- $currency VARCHAR = USD: ISO 4217 code
SELECT mention.amount, mention.surface, article.title, article.published_at
FROM mentions AS mention
JOIN latest_articles AS article USING (article_id, version)
WHERE mention.currency = $currency
ORDER BY mention.amount DESC, mention.article_id, mention.start
LIMIT 20;
