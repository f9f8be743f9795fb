-- Who is quoted most, and how often?
SELECT speaker, count(*) AS quotations, any_value(words) AS for_instance
FROM who_said_what
WHERE speaker IS NOT NULL
GROUP BY speaker
ORDER BY quotations DESC, speaker
LIMIT 5;
