-- grain: one row per column name of the tables `$sources`, with the comment of the first of them
--        that has one
-- reads: the catalog; parameter: sources
SELECT column_name, arg_min(comment, list_position($sources, table_name)) AS meaning
FROM duckdb_columns()
WHERE database_name = current_database()
    AND comment IS NOT NULL
    AND list_contains($sources, table_name)
GROUP BY column_name;
