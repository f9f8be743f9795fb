"""Merges of entities: a lone surname that means one person in nearly all of the corpus."""

import pyarrow as pa

from schemas.contract import contract, field

ENTITY_MERGES = contract(
    "entity_merges",
    grain="lone surname that is one with a person",
    key=("alias_id",),
    sort_by=("alias_id",),
    fields=[
        field("alias_id", pa.string(), "Id that the surname alone has: `per:kessel`."),
        field("entity_id", pa.string(), "Person whose mentions it is counted with."),
        field("surname", pa.string(), "The surname in lower case."),
        field("sighting_count", pa.int64(), "Articles with a full name ending so.", minimum=1),
        field(
            "share",
            pa.float64(),
            "Share of them that print this person's name.",
            minimum=0,
            maximum=1,
        ),
        field("run_id", pa.string(), "Run that wrote the row."),
    ],
)
