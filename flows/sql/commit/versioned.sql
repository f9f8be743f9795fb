-- grain: one row per staged row of a new article version, under its final version number
-- reads: staged_{table}, new_versions; parameter: run_id
INSERT INTO {table} BY NAME
SELECT staged.* EXCLUDE (staged_in) REPLACE (
    new_versions.version AS version,
    $run_id AS run_id)
FROM staged_{table} AS staged
JOIN new_versions
    ON new_versions.document_id = staged.document_id
    AND new_versions.staged_in = staged.staged_in
ORDER BY {order};
