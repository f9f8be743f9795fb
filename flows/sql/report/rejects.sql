-- grain: one row per reason, with its two first rejects as examples
-- reads: rejects
WITH numbered AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY reason) AS records,
        row_number() OVER (
            PARTITION BY reason ORDER BY run_id DESC, uri, member NULLS FIRST, record_ordinal
        ) AS place
    FROM rejects
)
SELECT
    reason,
    any_value(records) AS records,
    list({
        'document_id': document_id,
        'message': message,
        'uri': uri,
        'member': member,
        'record_ordinal': record_ordinal,
        'byte_start': byte_start,
        'byte_end': byte_end,
        'excerpt': excerpt
    } ORDER BY place) AS examples
FROM numbered
WHERE place <= 2
GROUP BY reason
ORDER BY records DESC, reason;
