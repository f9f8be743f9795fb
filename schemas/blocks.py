"""Blocks: every character of a record in exactly one role."""

import pyarrow as pa

from schemas.contract import contract, field

BODY_ROLES = ("paragraph", "subhead", "list", "quote")
ROLES = (
    "title",
    "subtitle",
    "byline",
    "date",
    "dateline",
    "counter",
    "caption",
    *BODY_ROLES,
    "embed",
    "related",
    "comment_ui",
    "share_ui",
    "subscribe_ui",
    "navigation",
    "legal",
    "advert",
    "comment",
    "other",
)

BLOCKS = contract(
    "blocks",
    grain="block of a landed record; blocks tile the decoded record without gap or overlap",
    key=("article_id", "version", "ordinal"),
    sort_by=("article_id", "version", "ordinal"),
    fields=[
        field("article_id", pa.string(), "Article that the record became."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("document_id", pa.string(), "Raw record that the block is part of."),
        field("ordinal", pa.int32(), "Position in the record, from 0.", minimum=0),
        field("role", pa.string(), "What the block is on the page.", allowed=ROLES),
        field("raw_start", pa.int32(), "First code point in the decoded record.", minimum=0),
        field("raw_end", pa.int32(), "Code point after its last.", minimum=0),
        field(
            "source_start",
            pa.int32(),
            "Of an HTML record: first code point in the decoded markup.",
            nullable=True,
            minimum=0,
        ),
        field(
            "source_end",
            pa.int32(),
            "Of an HTML record: code point after its last in the decoded markup.",
            nullable=True,
            minimum=0,
        ),
        field("body_start", pa.int32(), "Where its text begins in `body`.", nullable=True),
        field("body_end", pa.int32(), "Where its text ends in `body`.", nullable=True),
        field("is_kept", pa.bool_(), "Whether its text is part of `body`."),
        field("method", pa.string(), "Rule or model that decided the role."),
        field(
            "score",
            pa.float64(),
            "Probability of the role, where a model decided.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field("text", pa.string(), "The block's text where `body` lacks it.", nullable=True),
        field("run_id", pa.string(), "Run that landed the record."),
    ],
)
