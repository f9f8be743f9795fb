-- grain: one row per source, batch and metric of the batches that are measured
-- reads: marked, profiled, measured_documents, measured_blocks
CREATE OR REPLACE TEMP TABLE measured AS
WITH batches AS (
    SELECT
        source,
        run_id,
        measured_on,
        count(*) AS sample_count,
        CAST(count(*) AS DOUBLE) AS articles,
        CAST(median(word_count) AS DOUBLE) AS words,
        CAST(median(paragraph_count) AS DOUBLE) AS paragraphs,
        avg(CAST(COLUMNS([
            'widget_text', 'mojibake', 'cut_short', 'paywall_stub', 'title_repeated',
            'future_date', 'early_date', 'odd_byline', 'other_language', 'empty_body',
            'titled', 'dated', 'bylined', 'addressed', 'sectioned', 'captioned', 'datelined',
            'quoted', 'mentioned'
        ]) AS INTEGER))
    FROM marked
    GROUP BY source, run_id, measured_on
),
roles AS (
    SELECT source, run_id, measured_on, role, sum(raw_end - raw_start) AS chars, count(*) AS blocks
    FROM measured_blocks
    GROUP BY source, run_id, measured_on, role
)
SELECT source, run_id, measured_on, metric, value, sample_count
FROM batches
UNPIVOT (value FOR metric IN (COLUMNS(* EXCLUDE (source, run_id, measured_on, sample_count))))
UNION ALL
SELECT * FROM profiled
UNION ALL
SELECT
    source, run_id, measured_on, 'rejected', avg(CAST(status = 'rejected' AS INTEGER)), count(*)
FROM measured_documents
GROUP BY source, run_id, measured_on
UNION ALL
SELECT
    source,
    run_id,
    measured_on,
    'role:' || role,
    chars / greatest(sum(chars) OVER batch, 1),
    CAST(sum(blocks) OVER batch AS BIGINT)
FROM roles
WINDOW batch AS (PARTITION BY source, run_id);
