-- grain: one row: how many rows {table} has, and a hash of them whatever their order and files
-- reads: {table}; {columns} are the columns that depend on the records alone
SELECT
    count(*) AS row_count,
    CAST(coalesce(sum(md5_number_lower(printed)), 0) AS VARCHAR) AS content_hash
FROM (SELECT CAST(to_json(struct_pack({columns})) AS VARCHAR) AS printed FROM {table});
