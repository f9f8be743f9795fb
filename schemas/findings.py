"""Findings: every row that is unlike an expectation, by its key."""

import pyarrow as pa

from schemas.contract import contract, field

FINDINGS = contract(
    "findings",
    grain="row, or source, that is unlike an expectation",
    key=("stage", "run_id", "suite", "expectation", "subject", "row_key"),
    sort_by=("stage", "suite", "expectation", "subject", "row_key"),
    fields=[
        field(
            "run_id",
            pa.string(),
            "Run that found it first; a row of the lake that is right again is taken out.",
        ),
        field(
            "stage",
            pa.string(),
            "`audit` found it in a staged batch, `lake` in the lake, `text` in a landed text.",
            allowed=("audit", "lake", "text"),
        ),
        field("suite", pa.string(), "Table that the row is in; `sources` where it is a source."),
        field("expectation", pa.string(), "Type of the expectation."),
        field("subject", pa.string(), "What it is about, as in `checks`; the metric of a text."),
        field("row_key", pa.string(), "Key of the row, as JSON."),
        field("source", pa.string(), "Source that the row is from.", nullable=True),
        field("document_id", pa.string(), "Record that the row is from.", nullable=True),
        field("observed", pa.string(), "What was found, at most 200 characters.", nullable=True),
    ],
)
