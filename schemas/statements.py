"""Statements: the same words quoted by several articles, and who is said to have said them."""

import pyarrow as pa

from schemas.contract import contract, field

STATEMENTS = contract(
    "statements",
    grain="quotation of a statement that several articles quote",
    key=("article_id", "version", "start"),
    sort_by=("statement_id", "article_id", "version", "start"),
    fields=[
        field("article_id", pa.string(), "Article that quotes."),
        field("version", pa.int32(), "Its version, the latest.", minimum=1),
        field("start", pa.int32(), "Where the quotation begins in `body`.", minimum=0),
        field("statement_id", pa.string(), "Shared by all quotations of the statement."),
        field("is_first", pa.bool_(), "True for the earliest published, one a statement."),
        field("is_verbatim", pa.bool_(), "The words are those of the first, case and marks aside."),
        field("is_conflict", pa.bool_(), "A named speaker other than the one most articles name."),
        field("run_id", pa.string(), "Run that last changed the row."),
    ],
)

QUOTE_SHINGLES = contract(
    "quote_shingles",
    grain="run of four words in a quotation, every third by hash",
    key=("article_id", "version", "start", "shingle"),
    sort_by=("shingle", "article_id", "version", "start"),
    fields=[
        field("article_id", pa.string(), "Article that quotes."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("start", pa.int32(), "Where the quotation begins in `body`.", minimum=0),
        field("shingle", pa.int64(), "Hash of the words, lower-cased, without marks."),
    ],
)
