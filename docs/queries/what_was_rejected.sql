-- What could not be landed, and why?
SELECT reason, parse_filename(uri) AS file, member, message
FROM rejects
WHERE state = 'open'
ORDER BY reason, file
LIMIT 10;
