-- law: every row of {table} belongs to an article version
-- grain: one row per row without its article
SELECT {owner}
FROM {table}
ANTI JOIN articles USING ({owner});
