"""Measures: what the texts of a source were like, batch by batch; the history drift is seen in."""

import pyarrow as pa

from schemas.contract import contract, field

MEASURES = contract(
    "measures",
    grain="source, landed batch and metric",
    key=("source", "run_id", "metric"),
    sort_by=("source", "metric", "run_id"),
    fields=[
        field("source", pa.string(), "Name of the source."),
        field("run_id", pa.string(), "Run that landed the batch."),
        field("measured_on", pa.date32(), "Day on which that run began, in UTC."),
        field(
            "metric",
            pa.string(),
            "What was measured: `mojibake`, `dated`, `words`, `role:caption`, `language:en`, ...",
        ),
        field(
            "value",
            pa.float64(),
            "Share of the rows, or a median or count where the metric is one.",
        ),
        field("sample_count", pa.int64(), "Rows that it was measured on.", minimum=0),
    ],
)
