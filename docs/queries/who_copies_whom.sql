-- Which site has other sites' articles, and how long after?
SELECT
    first_site,
    copying_site,
    copy_count AS copies,
    wire_count AS wire,
    round(median_delay_hours, 1) AS hours_later
FROM who_copied_whom
ORDER BY copies DESC, first_site, copying_site
LIMIT 20;
