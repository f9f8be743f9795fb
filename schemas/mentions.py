"""Mentions: every entity that a text names, with its place."""

import pyarrow as pa

from schemas.contract import contract, field

FIELDS = ("title", "subtitle", "body", "caption")

MENTIONS = contract(
    "mentions",
    grain="entity mention",
    key=("article_id", "version", "field", "start", "end"),
    sort_by=("article_id", "version", "field", "start"),
    fields=[
        field("article_id", pa.string(), "Article that names the entity."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("document_id", pa.string(), "Raw record the article was made from."),
        field("field", pa.string(), "Column that the offsets point into.", allowed=FIELDS),
        field("start", pa.int32(), "First code point in that column.", minimum=0),
        field("end", pa.int32(), "Code point after its last.", minimum=1),
        field("surface", pa.string(), "The words as printed: the column's text[start:end]."),
        field("label", pa.string(), "Kind of entity: PERSON, ORG, GPE, LOC, NORP, FAC, ..."),
        field("sentence", pa.int32(), "Sentence of the column it stands in, from 0.", minimum=0),
        field("in_quote", pa.bool_(), "Whether it stands inside a quotation."),
        field(
            "entity_id",
            pa.string(),
            "Entity it names.",
            nullable=True,
            later="entity linking",
        ),
        field(
            "link_method",
            pa.string(),
            "How the entity was found.",
            nullable=True,
            later="entity linking",
        ),
        field("run_id", pa.string(), "Run that landed the article."),
    ],
)
