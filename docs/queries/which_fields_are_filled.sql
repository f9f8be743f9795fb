-- Which fields do the articles of a source have?
SELECT source, field, filled_count, round(100 * filled_share, 1) AS percent
FROM field_coverage
ORDER BY source, percent DESC, field
LIMIT 100;
