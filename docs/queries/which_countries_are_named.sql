-- Which countries are named most, with their peoples and places?
SELECT
    country_code,
    sum(mention_count) AS mentions,
    count(*) AS names,
    arg_max(name, (article_count, name)) AS most_named
FROM entities
WHERE country_code IS NOT NULL
GROUP BY country_code
ORDER BY mentions DESC, country_code
LIMIT 20;
