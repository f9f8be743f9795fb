-- How much of the pages was boilerplate, by role?
SELECT role, count(*) AS blocks, sum(raw_end - raw_start) AS characters
FROM blocks
WHERE NOT is_kept
GROUP BY role
ORDER BY characters DESC, role
LIMIT 8;
