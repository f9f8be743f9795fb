-- grain: one row per article: the 6 of the newest landed batch with the most oddities, then with
--        the most of their page cut
-- reads: findings, articles, documents, measures
WITH batch AS (SELECT max(run_id) AS run_id FROM measures),
odd AS (
    SELECT
        document_id,
        count(*) AS oddities,
        list({'metric': subject, 'observed': observed} ORDER BY subject) AS findings
    FROM findings
    WHERE stage = 'text' AND run_id = (SELECT run_id FROM batch)
    GROUP BY document_id
),
ranked AS (
    SELECT
        article.article_id,
        article.version,
        article.document_id,
        coalesce(oddities, 0) AS oddities,
        coalesce(odd.findings, []) AS findings,
        boilerplate_share,
        word_count,
        title
    FROM articles AS article LEFT JOIN odd USING (document_id)
    WHERE article.run_id = (SELECT run_id FROM batch)
    ORDER BY oddities DESC, boilerplate_share DESC, article.document_id
    LIMIT 6
)
SELECT ranked.*, document.source, document.uri
FROM ranked JOIN documents AS document USING (document_id)
ORDER BY oddities DESC, boilerplate_share DESC, document_id;
