-- Which sites write most about somebody or something, as a share of their articles?
-- $name VARCHAR = Brazil: a person, place or organisation, under any of its names
WITH totals AS (
    SELECT site, count(*) AS articles FROM latest_articles GROUP BY site
),
named AS (
    SELECT article.site, count(DISTINCT mention.article_id) AS naming
    FROM mentions AS mention
    JOIN latest_articles AS article USING (article_id, version)
    WHERE mention.entity_id IN (FROM entities_named($name))
    GROUP BY article.site
)
SELECT totals.site, naming, articles, round(naming / articles, 4) AS share
FROM named
JOIN totals ON totals.site IS NOT DISTINCT FROM named.site
ORDER BY share DESC, naming DESC, totals.site
LIMIT 20;
