-- grain: one row per block of a record that is measured
-- reads: blocks, documents; {run_id}, {measured_on} and {chosen} say which, see flows/drift.py
CREATE OR REPLACE TEMP VIEW measured_blocks AS
SELECT
    document.source,
    {run_id} AS run_id,
    {measured_on} AS measured_on,
    block.role,
    block.raw_start,
    block.raw_end
FROM blocks AS block
JOIN documents AS document USING (document_id)
{chosen};
