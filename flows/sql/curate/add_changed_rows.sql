-- grain: one row per article version whose row is new or changed
-- reads: standing_rows, arranged_rows; parameter: run_id
INSERT INTO duplicates BY NAME
SELECT *, $run_id AS run_id
FROM (SELECT * FROM arranged_rows EXCEPT SELECT * FROM standing_rows) AS changed
ORDER BY cluster_id, article_id, version;
