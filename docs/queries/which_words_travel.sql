-- Which words are quoted by most articles, and do they agree on who said them?
SELECT words, speaker, article_count AS articles, site_count AS sites, has_conflict
FROM travelling_quotes
ORDER BY articles DESC, words
LIMIT 20;
