"""Source lines: how often each line stands on the pages of a site, and what it was there."""

import pyarrow as pa

from schemas.blocks import ROLES
from schemas.contract import TIMESTAMP, contract, field

FATES = ("body", "field", *ROLES)

SOURCE_LINES = contract(
    "source_lines",
    grain="line of a source's site, by what became of it; pages count with their first version",
    key=("source", "site", "line_hash", "fate"),
    sort_by=("source", "site", "line_hash", "fate"),
    fields=[
        field("source", pa.string(), "Source of the pages."),
        field("site", pa.string(), "Their host; null where they have no address.", nullable=True),
        field("line_hash", pa.int64(), "63 bits of the MD5 of the line, white space squashed."),
        field(
            "fate",
            pa.string(),
            "`body` where the model kept it, `field` where a field was read from it, else the role "
            "by which it was cut.",
            allowed=FATES,
        ),
        field(
            "line",
            pa.string(),
            "The line; null while a single article of the site has it.",
            nullable=True,
        ),
        field("article_count", pa.int64(), "Articles on which it had this fate.", minimum=1),
        field("scored_count", pa.int64(), "Of these, on which a model judged it.", minimum=0),
        field(
            "probability_sum",
            pa.int64(),
            "Sum of its probabilities of being body there, in ten-thousandths.",
            minimum=0,
        ),
        field("first_seen_at", TIMESTAMP, "Start of the first run that read it."),
        field("last_seen_at", TIMESTAMP, "Start of the last run that read it."),
    ],
)
