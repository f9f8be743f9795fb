-- What was cut from the pages, by role?
SELECT role, count(*) AS blocks, sum(raw_end - raw_start) AS characters
FROM blocks
WHERE NOT is_kept AND role NOT IN ('title', 'subtitle', 'byline', 'date', 'dateline', 'caption')
GROUP BY role
ORDER BY characters DESC, role
LIMIT 8;
