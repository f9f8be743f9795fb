"""Curations: which landed batches each curator has taken in."""

import pyarrow as pa

from schemas.contract import contract, field

CURATIONS = contract(
    "curations",
    grain="landed batch that a curator has taken in",
    key=("curator", "batch_run_id"),
    sort_by=("curator", "batch_run_id"),
    fields=[
        field("curator", pa.string(), "Who took it in, such as `duplicates`."),
        field("batch_run_id", pa.string(), "Run that landed the batch."),
        field("rules", pa.string(), "Rules by which; when they change, all is taken in anew."),
        field("run_id", pa.string(), "Run that took it in."),
    ],
)
