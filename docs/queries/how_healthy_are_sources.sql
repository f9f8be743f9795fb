-- How well do the sources read: rejects, dates, bylines, furniture?
SELECT
    source,
    record_count AS records,
    rejected_count AS rejected,
    median_words,
    round(100 * dated_share, 1) AS dated_percent,
    round(100 * bylined_share, 1) AS bylined_percent,
    round(100 * boilerplate_share, 1) AS furniture_percent
FROM source_health
ORDER BY records DESC, source
LIMIT 50;
