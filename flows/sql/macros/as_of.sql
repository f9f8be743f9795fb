-- grain: one row per article that the lake had after the run, the version that was then its
--        latest; run ids sort by time
-- reads: articles
CREATE OR REPLACE MACRO as_of(run) AS TABLE
SELECT *
FROM articles
WHERE run_id <= run
QUALIFY row_number() OVER (PARTITION BY article_id ORDER BY version DESC) = 1;
