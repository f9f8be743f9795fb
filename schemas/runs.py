"""Runs: who did what to the lake, when, and how it ended."""

import pyarrow as pa

from schemas.contract import STRINGS, TIMESTAMP, contract, field

STATUSES = (
    "running",
    "landed",
    "succeeded",
    "stopped",
    "released",
    "dropped",
    "failed",
    "interrupted",
)

RUNS = contract(
    "runs",
    grain="run",
    key=("run_id",),
    sort_by=("run_id",),
    fields=[
        field("run_id", pa.string(), "Start of the run in UTC and a random tail; sorts by time."),
        field(
            "status",
            pa.string(),
            "`landed` is committed but not yet checked; `stopped` by its audit, then `released` or "
            "`dropped` by a person.",
            allowed=STATUSES,
        ),
        field("engine", pa.string(), "What ran it.", allowed=("prefect", "direct")),
        field("flow_run_id", pa.string(), "Prefect's id of the run.", nullable=True),
        field("source", pa.string(), "Name of the source.", nullable=True),
        field("paths", STRINGS, "Files and folders that were asked for."),
        field("started_at", TIMESTAMP, "Start."),
        field("ended_at", TIMESTAMP, "End; null while it runs.", nullable=True),
        field("files_seen", pa.int64(), "Files listed.", nullable=True, minimum=0),
        field("files_known", pa.int64(), "Of these, landed before.", nullable=True, minimum=0),
        field(
            "files_waiting",
            pa.int64(),
            "Left for the next run, as they were still being written.",
            nullable=True,
            minimum=0,
        ),
        field(
            "files_held",
            pa.int64(),
            "Left out, as a stopped run holds them.",
            nullable=True,
            minimum=0,
        ),
        field("shard_count", pa.int64(), "Shards of new work.", nullable=True, minimum=0),
        field("records_read", pa.int64(), "Records met.", nullable=True, minimum=0),
        field("records_landed", pa.int64(), "Records landed.", nullable=True, minimum=0),
        field("records_rejected", pa.int64(), "Records rejected.", nullable=True, minimum=0),
        field("records_known", pa.int64(), "Records met before.", nullable=True, minimum=0),
        field("checks_failed", pa.int64(), "Failed expectations.", nullable=True, minimum=0),
        field("error", pa.string(), "One sentence, where it failed.", nullable=True),
        field("version", pa.string(), "Version of Broadsheet."),
    ],
)
