-- grain: one row per run: of what it read, what was rejected, known and landed; of what it
--        landed, what a later version replaced and what copies another article
-- reads: runs, articles, duplicates
CREATE OR REPLACE VIEW run_funnel AS
WITH copies AS (
    SELECT article_id, version
    FROM duplicates
    WHERE canonical_article_id <> article_id AND kind <> 'template'
),
fates AS (
    SELECT
        article.run_id,
        count(*) AS landed_count,
        count(latest.article_id) AS latest_count,
        count(copies.article_id) AS copy_count
    FROM articles AS article
    LEFT JOIN (SELECT article_id, version FROM latest_articles) AS latest
        USING (article_id, version)
    LEFT JOIN copies ON copies.article_id = latest.article_id AND copies.version = latest.version
    GROUP BY article.run_id
)
SELECT
    run_id,
    runs.status,
    runs.started_at,
    runs.records_read,
    runs.records_known,
    runs.records_rejected,
    runs.records_landed,
    coalesce(landed_count - latest_count, 0) AS replaced_count,
    coalesce(copy_count, 0) AS copy_count,
    coalesce(latest_count - copy_count, 0) AS canonical_count
FROM runs
LEFT JOIN fates USING (run_id);
