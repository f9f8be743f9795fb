-- grain: one row per article version that is measured, with its source and when it was read
-- reads: articles, documents; {run_id}, {measured_on} and {chosen} say which, see flows/drift.py
CREATE OR REPLACE TEMP VIEW measured_articles AS
SELECT
    article.* REPLACE ({run_id} AS run_id),
    document.source,
    {measured_on} AS measured_on,
    -- a crawl's own date may be a wrong one; nothing is from after the day on which it landed
    greatest(document.fetched_at, CAST({measured_on} AS TIMESTAMPTZ)) AS seen_at
FROM articles AS article
JOIN documents AS document USING (document_id)
{chosen};
