"""Articles: what a record says, cleaned and measured."""

import pyarrow as pa

from schemas.contract import STRINGS, TIMESTAMP, contract, field

KINDS = ("article", "brief", "live_blog", "gallery", "opinion", "sponsored", "stub")
PRECISIONS = ("year", "month", "day", "minute", "second")

ARTICLES = contract(
    "articles",
    grain="article version",
    key=("article_id", "version"),
    partition_by=("year(published_at)", "month(published_at)"),
    sort_by=("published_at", "article_id", "version"),
    fields=[
        field("article_id", pa.string(), "Hash of the normalised URL, else the document's id."),
        field("version", pa.int32(), "1 for the first version of a URL, then 2, 3.", minimum=1),
        field("document_id", pa.string(), "Raw record this version was made from."),
        field("url", pa.string(), "Address that the record states.", nullable=True),
        field("site", pa.string(), "Host of `url` without `www.`.", nullable=True),
        field("title", pa.string(), "Headline.", nullable=True),
        field("subtitle", pa.string(), "Standfirst below the headline.", nullable=True),
        field("byline_raw", pa.string(), "Byline as printed.", nullable=True),
        field("authors", STRINGS, "Names in the byline; empty where there is none."),
        field("published_at", TIMESTAMP, "First publication, as stated.", nullable=True),
        field(
            "published_precision",
            pa.string(),
            "Finest part of `published_at` that was stated.",
            nullable=True,
            allowed=PRECISIONS,
        ),
        field("published_method", pa.string(), "Where the date was read.", nullable=True),
        field(
            "published_utc_offset",
            pa.int32(),
            "Time zone that the date was stated in, in minutes east of UTC; `published_at` plus "
            "it is the publisher's own clock. Null where none was stated.",
            nullable=True,
            minimum=-18 * 60,
            maximum=18 * 60,
        ),
        field("modified_at", TIMESTAMP, "Last change, as stated.", nullable=True),
        field("language", pa.string(), "ISO 639 code of the body's language.", nullable=True),
        field(
            "language_confidence",
            pa.float64(),
            "Share of the body's text in that language, by the detector.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field("section", pa.string(), "Section or desk, as stated.", nullable=True),
        field("dateline_place", pa.string(), "Place in the dateline.", nullable=True),
        field("dateline_agency", pa.string(), "Agency in the dateline.", nullable=True),
        field("body", pa.string(), "Kept blocks, one blank line between paragraphs."),
        field("body_method", pa.string(), "Rules, model or extractor that chose the body."),
        field(
            "body_confidence",
            pa.float64(),
            "How sure it is that the body is right, where a model chose.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field(
            "field_methods", STRINGS, "Where each field was read, as `field=method`.", nullable=True
        ),
        field("captions", STRINGS, "Image captions, in order."),
        field("comment_count", pa.int64(), "Comments, as printed.", nullable=True, minimum=0),
        field("view_count", pa.int64(), "Views, as printed.", nullable=True, minimum=0),
        field("share_count", pa.int64(), "Shares, as printed.", nullable=True, minimum=0),
        field(
            "stated_minutes",
            pa.int64(),
            "Minutes of reading time, as printed.",
            nullable=True,
            minimum=0,
        ),
        field("kind", pa.string(), "Form of the text.", allowed=KINDS),
        field("word_count", pa.int32(), "Words in `body`.", minimum=0),
        field("char_count", pa.int32(), "Unicode code points in `body`.", minimum=0),
        field("sentence_count", pa.int32(), "Sentences in `body`.", minimum=0),
        field("paragraph_count", pa.int32(), "Paragraphs in `body`.", minimum=0),
        field("reading_seconds", pa.int32(), "Silent reading at 238 words a minute.", minimum=0),
        field(
            "lexical_diversity",
            pa.float64(),
            "Moving-average type-token ratio over windows of 50 words.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field(
            "readability",
            pa.float64(),
            "LIX: words per sentence plus the percentage of words over six letters.",
            nullable=True,
            minimum=0,
        ),
        field(
            "quote_count", pa.int32(), "Quotations in marks; reported ones do not count.", minimum=0
        ),
        field(
            "quoted_share",
            pa.float64(),
            "Share of `body` characters inside quotations.",
            minimum=0,
            maximum=1,
        ),
        field("mention_count", pa.int32(), "Rows of this version in `mentions`.", minimum=0),
        field(
            "boilerplate_share",
            pa.float64(),
            "Share of the record's visible characters that are in no article field.",
            minimum=0,
            maximum=1,
        ),
        field("quality_flags", STRINGS, "What a reader of this row should know, as codes."),
        field("content_hash", pa.string(), "128-bit BLAKE2b of title and body, in hex."),
        field("run_id", pa.string(), "Run that landed this version."),
    ],
)
