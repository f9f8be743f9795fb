-- How much of a site comes from agencies and other sites?
SELECT
    site,
    article_count AS articles,
    wire_count AS wire,
    round(100 * wire_share, 1) AS percent,
    unmarked_count AS unmarked
FROM wire_share
ORDER BY wire DESC, site
LIMIT 20;
