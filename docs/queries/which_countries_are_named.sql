-- Which countries and their peoples are named in most articles?
SELECT country_code, count(DISTINCT article_id) AS articles, count(*) AS mentions
FROM mentions
WHERE country_code IS NOT NULL
GROUP BY country_code
ORDER BY articles DESC, country_code
LIMIT 20;
