"""Mentions: every entity that a text names, with its place."""

import pyarrow as pa

from schemas.contract import STRINGS, contract, field

FIELDS = ("title", "subtitle", "body", "caption")

LINK_METHODS = (
    "alias",  # the user's table
    "name",  # the name itself, as printed
    "surname",  # the one person of the article whose name ends so
    "first_name",  # the one person of the article whose name begins so
    "acronym",  # defined in the article: Long Name (LN)
    "organisation",  # an international organisation
    "country",
    "place",  # another name of a place that has one
    "city",  # the one city of that name, or by far the largest, or a capital
    "context",  # of several places, the one in a country that the article names
    "demonym",  # a word for a country's people
    "role",  # the article says who holds it
    "corpus_surname",  # the person who bears it in nearly all articles of the corpus
)

MENTIONS = contract(
    "mentions",
    grain="entity mention",
    key=("article_id", "version", "field", "start", "end"),
    sort_by=("article_id", "version", "field", "start"),
    fields=[
        field("article_id", pa.string(), "Article that names the entity."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("document_id", pa.string(), "Raw record the article was made from."),
        field(
            "field",
            pa.string(),
            "Column that the offsets point into; captions are parted by a blank line.",
            allowed=FIELDS,
        ),
        field("start", pa.int32(), "First code point in that column.", minimum=0),
        field("end", pa.int32(), "Code point after its last.", minimum=1),
        field("surface", pa.string(), "The words as printed: the column's text[start:end]."),
        field("label", pa.string(), "Kind of entity: PERSON, ORG, GPE, LOC, NORP, FAC, ..."),
        field("sentence", pa.int32(), "Sentence of the column it stands in, from 0.", minimum=0),
        field("in_quote", pa.bool_(), "Whether it stands inside a quotation."),
        field(
            "entity_id",
            pa.string(),
            "Entity it names; null where that is not clear, and for dates and amounts.",
            nullable=True,
        ),
        field(
            "entity_name",
            pa.string(),
            "Name of the entity: the gazetteer's, or the fullest in the article.",
            nullable=True,
        ),
        field(
            "link_method",
            pa.string(),
            "Rule that found the entity.",
            nullable=True,
            allowed=LINK_METHODS,
        ),
        field("country_code", pa.string(), "ISO 3166 code of a place or people.", nullable=True),
        field(
            "candidates", STRINGS, "Entities it could be, where it could be several.", nullable=True
        ),
        field("role", pa.string(), "Role that the article puts beside a person.", nullable=True),
        field("amount", pa.float64(), "What an amount of money comes to.", nullable=True),
        field("currency", pa.string(), "ISO 4217 code of the amount.", nullable=True),
        field(
            "resolved_on",
            pa.date32(),
            "Day that a date names, seen from the day of publication.",
            nullable=True,
        ),
        field("run_id", pa.string(), "Run that landed the article."),
    ],
)
