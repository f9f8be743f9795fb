-- grain: one row per indexed article whose version is not the latest any more, was landed anew
--        or is gone
-- reads: indexed_articles, articles
CREATE OR REPLACE TEMP TABLE search_stale AS
SELECT article_no
FROM indexed_articles
ANTI JOIN (SELECT article_id, version, run_id FROM latest_articles) AS latest
    USING (article_id, version, run_id);
