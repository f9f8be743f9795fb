"""Acknowledgements: failures that a person has seen, and what they said of them."""

import pyarrow as pa

from schemas.contract import TIMESTAMP, contract, field

ACKNOWLEDGEMENTS = contract(
    "acknowledgements",
    grain="acknowledgement of a failing check, or of a source in it",
    key=("acknowledgement_id",),
    sort_by=("acknowledged_at", "acknowledgement_id"),
    fields=[
        field("acknowledgement_id", pa.string(), "Its time, and a random tail."),
        field("suite", pa.string(), "Suite of the check."),
        field("expectation", pa.string(), "Type of the expectation."),
        field("subject", pa.string(), "Subject of the check."),
        field("source", pa.string(), "Source it is about; null for all.", nullable=True),
        field("run_id", pa.string(), "Run whose result was acknowledged."),
        field(
            "since_on",
            pa.date32(),
            "Day of that run: history of the source begins here anew.",
        ),
        field("until_on", pa.date32(), "Last day on which it counts.", nullable=True),
        field("note", pa.string(), "Why it is well."),
        field("acknowledged_at", TIMESTAMP, "When it was said."),
    ],
)
