-- grain: one row per record that is measured
-- reads: documents; {run_id}, {measured_on} and {chosen} say which, see flows/drift.py
CREATE OR REPLACE TEMP VIEW measured_documents AS
SELECT document.* REPLACE ({run_id} AS run_id), {measured_on} AS measured_on
FROM documents AS document
{chosen};
