"""Source rules: lines that a site's pages repeat around their stories, to be cut from bodies."""

import pyarrow as pa

from schemas.blocks import BODY_ROLES, ROLES
from schemas.contract import TIMESTAMP, contract, field

STATES = ("proposed", "accepted", "revoked")
DECIDERS = ("evidence", "person")

SOURCE_RULES = contract(
    "source_rules",
    grain="line that recurs on the pages of a source's site and is unlikely body",
    key=("rule_id",),
    sort_by=("source", "site", "line"),
    fields=[
        field("rule_id", pa.string(), "128-bit MD5 of source, site and line, in hex."),
        field("source", pa.string(), "Source of the pages."),
        field("site", pa.string(), "Their host; null where they have no address.", nullable=True),
        field("line", pa.string(), "The line, white space squashed."),
        field(
            "role",
            pa.string(),
            "Role by which it was cut most often, and is cut by the rule.",
            allowed=tuple(role for role in ROLES if role not in BODY_ROLES),
        ),
        field(
            "state",
            pa.string(),
            "`accepted` rules cut from the next run on; a `revoked` one stays so.",
            allowed=STATES,
        ),
        field("decided_by", pa.string(), "Who gave it that state.", allowed=DECIDERS),
        field("decided_at", TIMESTAMP, "When a person did.", nullable=True),
        field("article_count", pa.int64(), "Articles of the site that have the line.", minimum=1),
        field("site_article_count", pa.int64(), "Articles of the site.", minimum=1),
        field("kept_count", pa.int64(), "Articles on which the model kept it.", minimum=0),
        field(
            "body_probability",
            pa.float64(),
            "Its mean probability of being body, by the model.",
            minimum=0,
            maximum=1,
            nullable=True,
        ),
        field("first_seen_at", TIMESTAMP, "Start of the first run that read it."),
        field("last_seen_at", TIMESTAMP, "Start of the last run that read it."),
        field("run_id", pa.string(), "Run that last renewed the evidence."),
    ],
)
