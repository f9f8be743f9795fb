-- Which reports stand in the corpus more than once, and as what?
SELECT
    any_value(original.title) AS report,
    count(*) AS copies,
    string_agg(DISTINCT copy.kind, ', ' ORDER BY copy.kind) AS kinds,
    round(min(copy.jaccard), 2) AS least_alike
FROM duplicates AS copy
JOIN latest_articles AS original ON original.article_id = copy.canonical_article_id
GROUP BY copy.cluster_id
ORDER BY copies DESC, report
LIMIT 5;
