"""Checks: what was expected of the data and what was found."""

import pyarrow as pa

from schemas.contract import STRINGS, TIMESTAMP, contract, field

OUTCOMES = ("passed", "failed", "acknowledged", "unjudged", "broken")

CHECKS = contract(
    "checks",
    grain="expectation result",
    key=("run_id", "stage", "suite", "expectation", "subject"),
    sort_by=("run_id", "stage", "suite", "expectation", "subject"),
    fields=[
        field("run_id", pa.string(), "Run that checked."),
        field(
            "stage",
            pa.string(),
            "`audit` looks at the staged batch before it is committed, `lake` at all of it after.",
            allowed=("audit", "lake"),
        ),
        field("suite", pa.string(), "Table that the suite is about."),
        field("expectation", pa.string(), "Type of the expectation."),
        field("subject", pa.string(), "Column or columns, or `table`; numbered where one has two."),
        field(
            "severity",
            pa.string(),
            "`stop` keeps the batch out of the lake; `warn` is only told.",
            allowed=("stop", "warn"),
        ),
        field(
            "is_success",
            pa.bool_(),
            "Whether the data were as expected; false also where that could not be told.",
        ),
        field(
            "outcome",
            pa.string(),
            "`unjudged` has too little to judge by, `broken` could not run, `acknowledged` fails "
            "and a person knows.",
            allowed=OUTCOMES,
        ),
        field("observed", pa.string(), "What was found.", nullable=True),
        field("expected", pa.string(), "What was expected."),
        field("unexpected_count", pa.int64(), "Rows unlike it.", nullable=True, minimum=0),
        field("examples", STRINGS, "Up to 5 unexpected values."),
        field(
            "query",
            pa.string(),
            "SQL that shows all rows unlike it, on the lake.",
            nullable=True,
        ),
        field("why", pa.string(), "Why the expectation exists.", nullable=True),
        field("checked_at", TIMESTAMP, "When it was evaluated."),
    ],
)
