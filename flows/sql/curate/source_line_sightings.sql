-- grain: one row per line of a source's site in the pending batches, by what became of it
-- reads: articles, documents, blocks, pending_batches; parameter: longest
-- A page counts with its first version, and once for every line: as body if it was kept anywhere.
-- What a rule has cut the model had kept. A block of plain text is one line; blocks of HTML have
-- lines. White space is what Python takes for it.
CREATE OR REPLACE TEMP TABLE source_line_sightings AS
WITH pages AS (
    SELECT document.source, article.site, article.article_id, article.version, article.body,
        document.first_seen_at AS seen_at
    FROM articles AS article
    JOIN documents AS document USING (document_id)
    SEMI JOIN pending_batches ON pending_batches.run_id = article.run_id
    WHERE article.version = 1 AND article.body_method <> 'story_of_a_record'
),
pieces AS (
    SELECT page.source, page.site, page.article_id, page.seen_at,
        block.source_start IS NOT NULL AS is_html,
        CASE WHEN block.is_kept
            THEN substr(page.body, block.body_start + 1, block.body_end - block.body_start)
            ELSE block.text END AS shown,
        CASE
            WHEN block.is_kept OR block.method = 'source_rule' THEN 'body'
            WHEN block.role IN
                ('title', 'subtitle', 'byline', 'date', 'dateline', 'counter', 'caption')
                THEN 'field'
            ELSE block.role END AS fate,
        CASE WHEN block.is_kept THEN block.score
            WHEN block.role <> 'title' THEN 1 - block.score END AS probability
    FROM blocks AS block
    SEMI JOIN pending_batches USING (run_id)
    JOIN pages AS page USING (article_id, version)
),
lines AS (
    SELECT source, site, article_id, seen_at, fate, probability,
        trim(regexp_replace(line, '[\s\x{0b}\x{1c}-\x{1f}\x{85}\p{Z}]+', ' ', 'g')) AS line
    FROM (
        SELECT * EXCLUDE (shown),
            unnest(CASE WHEN is_html THEN string_split(shown, chr(10)) ELSE [shown] END) AS line
        FROM pieces
    ) AS split
    WHERE length(line) <= $longest AND regexp_matches(line, '\p{L}.*\p{L}')
),
seen AS (
    SELECT source, site, line, article_id, any_value(seen_at) AS seen_at,
        CASE
            WHEN bool_or(fate = 'body') THEN 'body'
            WHEN bool_or(fate = 'field') THEN 'field'
            ELSE min(fate) END AS fate,
        CAST(round(max(probability) * 10000) AS BIGINT) AS probability
    FROM lines
    GROUP BY source, site, line, article_id
)
SELECT source, site, CAST(md5_number_lower(line) >> 1 AS BIGINT) AS line_hash, fate, line,
    count(*) AS article_count,
    count(probability) AS scored_count,
    CAST(coalesce(sum(probability), 0) AS BIGINT) AS probability_sum,
    min(seen_at) AS first_seen_at,
    max(seen_at) AS last_seen_at
FROM seen
GROUP BY source, site, line, fate;
