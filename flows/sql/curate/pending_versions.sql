-- grain: one row per pending article version that has one before it, with both
-- reads: articles, fingerprints, pending_batches, quotes
CREATE OR REPLACE TEMP TABLE pending_versions AS
WITH renewed AS (
    SELECT DISTINCT article_id
    FROM fingerprints
    SEMI JOIN pending_batches USING (run_id)
    WHERE version > 1
),
versions AS (
    SELECT article_id, version, title, subtitle, body, run_id
    FROM articles
    SEMI JOIN renewed USING (article_id)
),
quoted AS (
    SELECT article_id, version, list(text ORDER BY "start") AS quotations
    FROM quotes
    SEMI JOIN renewed USING (article_id)
    -- reported words are no quotation: their paragraph tells the change, or the title does
    WHERE kind <> 'indirect' AND field = 'body'
    GROUP BY article_id, version
)
SELECT
    row_number() OVER (ORDER BY after.article_id, after.version) AS place,
    after.article_id,
    after.version,
    before.version AS previous_version,
    before.title AS title_before,
    before.subtitle AS subtitle_before,
    before.body AS body_before,
    coalesce(quoted_before.quotations, []) AS quotations_before,
    after.title,
    after.subtitle,
    after.body,
    coalesce(quoted_after.quotations, []) AS quotations
FROM versions AS after
SEMI JOIN pending_batches ON pending_batches.run_id = after.run_id
ASOF JOIN versions AS before
    ON before.article_id = after.article_id AND before.version < after.version
LEFT JOIN quoted AS quoted_before
    ON quoted_before.article_id = before.article_id AND quoted_before.version = before.version
LEFT JOIN quoted AS quoted_after
    ON quoted_after.article_id = after.article_id AND quoted_after.version = after.version
ORDER BY place;
