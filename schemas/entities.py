"""Entities: who and what the corpus names. Declared; filled by entity linking."""

import pyarrow as pa

from schemas.contract import STRINGS, TIMESTAMP, contract, field

_LATER = "entity linking"

ENTITIES = contract(
    "entities",
    grain="entity in the corpus",
    key=("entity_id",),
    sort_by=("entity_id",),
    fields=[
        field("entity_id", pa.string(), "Readable id, such as `per:maya-cohen`.", later=_LATER),
        field("name", pa.string(), "Fullest name.", later=_LATER),
        field("label", pa.string(), "Kind of entity.", later=_LATER),
        field("country_code", pa.string(), "ISO 3166 code.", nullable=True, later=_LATER),
        field("aliases", STRINGS, "Other names seen.", later=_LATER),
        field("article_count", pa.int64(), "Articles that name it.", minimum=0, later=_LATER),
        field("mention_count", pa.int64(), "Mentions of it.", minimum=0, later=_LATER),
        field("first_seen_at", TIMESTAMP, "Earliest publication.", nullable=True, later=_LATER),
        field("last_seen_at", TIMESTAMP, "Latest publication.", nullable=True, later=_LATER),
        field("run_id", pa.string(), "Run that last changed the row.", later=_LATER),
    ],
)
