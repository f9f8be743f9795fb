"""Revisions: what changed between two versions of an article."""

import pyarrow as pa

from schemas.contract import STRINGS, contract, field

CHANGES = (
    "headline",
    "subtitle",
    "paragraph_added",
    "paragraph_removed",
    "paragraph_changed",
    "paragraph_moved",
    "quotation_added",
    "quotation_removed",
)

REVISIONS = contract(
    "revisions",
    grain="change between one version of an article and the next",
    key=("article_id", "version", "ordinal"),
    sort_by=("article_id", "version", "ordinal"),
    fields=[
        field("article_id", pa.string(), "Article that changed."),
        field("version", pa.int32(), "Version after the change.", minimum=2),
        field("previous_version", pa.int32(), "Version before it.", minimum=1),
        field("ordinal", pa.int32(), "Position among the changes of that version.", minimum=0),
        field("change", pa.string(), "What changed.", allowed=CHANGES),
        field("before", pa.string(), "Text before; null where it is new.", nullable=True),
        field("after", pa.string(), "Text after; null where it is gone.", nullable=True),
        field("numbers_removed", STRINGS, "Numbers that only the text before has."),
        field("numbers_added", STRINGS, "Numbers that only the text after has."),
        field("run_id", pa.string(), "Run that compared the versions."),
    ],
)
