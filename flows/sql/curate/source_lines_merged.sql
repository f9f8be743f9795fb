-- grain: one row per line seen in the pending batches, by fate, with what was known of it before
-- reads: source_line_sightings, source_lines
CREATE OR REPLACE TEMP TABLE source_lines_merged AS
WITH known AS (
    SELECT before.*
    FROM source_lines AS before
    SEMI JOIN source_line_sightings AS seen
        ON seen.source = before.source
        AND seen.site IS NOT DISTINCT FROM before.site
        AND seen.line_hash = before.line_hash
),
summed AS (
    SELECT source, site, line_hash, fate,
        max(line) AS line,
        CAST(sum(article_count) AS BIGINT) AS article_count,
        CAST(sum(scored_count) AS BIGINT) AS scored_count,
        CAST(sum(probability_sum) AS BIGINT) AS probability_sum,
        min(first_seen_at) AS first_seen_at,
        max(last_seen_at) AS last_seen_at
    FROM (FROM source_line_sightings UNION ALL BY NAME FROM known) AS together
    GROUP BY source, site, line_hash, fate
)
SELECT * REPLACE (
    CASE WHEN sum(article_count) OVER of_line > 1 THEN max(line) OVER of_line END AS line)
FROM summed
WINDOW of_line AS (PARTITION BY source, site, line_hash);
