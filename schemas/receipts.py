"""Receipts: the counts that each shard leaves behind."""

import pyarrow as pa

from schemas.contract import contract, field

FILES = pa.list_(
    pa.struct(
        [
            pa.field("uri", pa.string()),
            pa.field("size_bytes", pa.int64()),
            pa.field("modified_ns", pa.int64()),
            pa.field("first_record", pa.int64()),
            pa.field("record_count", pa.int64()),
            pa.field("file_records", pa.int64()),
        ]
    )
)
STAGES = pa.list_(
    pa.struct(
        [
            pa.field("stage", pa.string()),
            pa.field("rows_in", pa.int64()),
            pa.field("rows_out", pa.int64()),
            pa.field("seconds", pa.float64()),
        ]
    )
)

RECEIPTS = contract(
    "receipts",
    grain="shard that was landed",
    key=("shard_id", "run_id"),
    sort_by=("run_id", "shard_id"),
    fields=[
        field("shard_id", pa.string(), "Hash of the shard's files, windows, code and settings."),
        field("run_id", pa.string(), "Run that landed it."),
        field("source", pa.string(), "Name of the source."),
        field("files", FILES, "Files and record windows that the shard covers."),
        field("records_read", pa.int64(), "Records met.", minimum=0),
        field("records_landed", pa.int64(), "Records that became articles.", minimum=0),
        field("records_rejected", pa.int64(), "Records rejected.", minimum=0),
        field(
            "records_known", pa.int64(), "Records met before, in this or another run.", minimum=0
        ),
        field("block_count", pa.int64(), "Rows staged for `blocks`.", minimum=0),
        field("mention_count", pa.int64(), "Rows staged for `mentions`.", minimum=0),
        field("quote_count", pa.int64(), "Rows staged for `quotes`.", minimum=0),
        field("stages", STAGES, "Rows in and out and seconds of each stage."),
        field("seconds", pa.float64(), "Wall time of the shard.", minimum=0),
        field("cpu_seconds", pa.float64(), "User and system time of the shard.", minimum=0),
        field("peak_memory_bytes", pa.int64(), "High-water mark of its process.", minimum=0),
        field("code_fingerprint", pa.string(), "Hash of the code that made the rows."),
        field("config_fingerprint", pa.string(), "Hash of the settings that shaped them."),
        field(
            "rules_fingerprint",
            pa.string(),
            "Hash of the source's rules that were in force; null where it had none.",
            nullable=True,
        ),
    ],
)
