"""The search index: which words stand in which articles, for `search()`."""

import pyarrow as pa

from schemas.contract import TIMESTAMP, contract, field

INDEXED_ARTICLES = contract(
    "indexed_articles",
    grain="article in the search index, its latest version",
    key=("article_no",),
    sort_by=("article_no",),
    fields=[
        field("article_no", pa.int32(), "Number in the index, by arrival.", minimum=1),
        field("article_id", pa.string(), "Article that it stands for."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("word_count", pa.int32(), "Words indexed: a long text says less a word.", minimum=0),
        field("title", pa.string(), "Headline, so that a search reads no article.", nullable=True),
        field("site", pa.string(), "Host of its address, likewise.", nullable=True),
        field("published_at", TIMESTAMP, "First publication, likewise.", nullable=True),
        field("run_id", pa.string(), "Run that landed this version."),
    ],
)

POSTINGS = contract(
    "postings",
    grain="word of an indexed article",
    key=("word", "article_no"),
    sort_by=("word", "article_no"),
    fields=[
        field("word", pa.string(), "Letters and digits, in lower case, without accents."),
        field("article_no", pa.int32(), "Article, by its number in `indexed_articles`.", minimum=1),
        field(
            "occurrence_count",
            pa.int32(),
            "Times it stands in title, subtitle and body; in the title each counts three times.",
            minimum=1,
        ),
    ],
)
