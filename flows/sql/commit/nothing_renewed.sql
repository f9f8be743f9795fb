-- grain: no row: a run that lands new dumps replaces nothing
CREATE OR REPLACE TEMP TABLE renewed AS
SELECT
    CAST(NULL AS VARCHAR) AS document_id,
    CAST(NULL AS VARCHAR) AS article_id,
    CAST(NULL AS INTEGER) AS version
LIMIT 0;
