"""Departures: rows that a run landed and that are no longer its own, and why."""

import pyarrow as pa

from schemas.contract import TIMESTAMP, contract, field

WHYS = ("renewed", "forgotten")

DEPARTURES = contract(
    "departures",
    grain="document that left the account of the run that landed or rejected it",
    key=("document_id", "landed_run_id"),
    sort_by=("left_at", "document_id"),
    fields=[
        field("document_id", pa.string(), "The record; a forgotten one does not come back."),
        field(
            "article_id",
            pa.string(),
            "Its article; a forgotten one does not come back in another version either.",
            nullable=True,
        ),
        field("landed_run_id", pa.string(), "Run that had landed or rejected it."),
        field("status", pa.string(), "What it was then.", allowed=("landed", "rejected")),
        field("why", pa.string(), "Derived anew by another run, or taken down.", allowed=WHYS),
        field("left_at", TIMESTAMP, "When."),
        field("run_id", pa.string(), "Run or command that did it."),
    ],
)
