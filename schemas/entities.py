"""Entities: who and what the corpus names, counted over the latest versions of articles."""

import pyarrow as pa

from schemas.contract import STRINGS, TIMESTAMP, contract, field

ENTITIES = contract(
    "entities",
    grain="entity in the corpus",
    key=("entity_id",),
    sort_by=("entity_id",),
    fields=[
        field("entity_id", pa.string(), "Readable id, such as `per:maya-cohen`."),
        field("name", pa.string(), "The gazetteer's name, or the fullest that is most printed."),
        field("label", pa.string(), "Kind of entity."),
        field("country_code", pa.string(), "ISO 3166 code of a place or people.", nullable=True),
        field("aliases", STRINGS, "Other names seen."),
        field("role", pa.string(), "Role that most articles give a person.", nullable=True),
        field("article_count", pa.int64(), "Articles that name it.", minimum=1),
        field("mention_count", pa.int64(), "Mentions of it in them.", minimum=1),
        field("first_seen_at", TIMESTAMP, "Earliest publication.", nullable=True),
        field("last_seen_at", TIMESTAMP, "Latest publication.", nullable=True),
        field("run_id", pa.string(), "Run that last changed the row."),
    ],
)
