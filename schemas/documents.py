"""Raw records: what was read, from where, and what became of it."""

import pyarrow as pa

from schemas.contract import TIMESTAMP, contract, field

CHARSET_METHODS = ("bom", "declared", "utf8", "detected", "fallback", "given")
KINDS = ("text", "html", "jsonl", "json", "csv", "parquet", "warc", "unknown")

DOCUMENTS = contract(
    "documents",
    grain="raw record read, by its bytes; the same bytes met again are the same document",
    key=("document_id",),
    sort_by=("uri", "member", "record_ordinal"),
    fields=[
        field("document_id", pa.string(), "128-bit BLAKE2b of the record's bytes, in hex."),
        field("source", pa.string(), "Name of the source that the record came with."),
        field("uri", pa.string(), "File or object that holds the record."),
        field("member", pa.string(), "Path inside archives, outermost first.", nullable=True),
        field(
            "external_id",
            pa.string(),
            "Id that the record carries itself: JSON id, WARC-Record-ID.",
            nullable=True,
        ),
        field("record_ordinal", pa.int64(), "Position in its file, from 0.", minimum=0),
        field(
            "byte_start",
            pa.int64(),
            "First byte of the record in the unpacked file or member.",
            nullable=True,
            minimum=0,
        ),
        field("byte_end", pa.int64(), "Byte after its last.", nullable=True, minimum=0),
        field("kind", pa.string(), "Format of the file that holds it.", allowed=KINDS),
        field("media_type", pa.string(), "What the bytes are, by their content."),
        field("charset", pa.string(), "Encoding they were decoded with.", nullable=True),
        field(
            "charset_method",
            pa.string(),
            "How the encoding was found; `given` where the container holds text.",
            nullable=True,
            allowed=CHARSET_METHODS,
        ),
        field("byte_count", pa.int64(), "Size of the record.", minimum=0),
        field("fetched_at", TIMESTAMP, "When the scraper fetched it.", nullable=True),
        field("status", pa.string(), "What became of it.", allowed=("landed", "rejected")),
        field("first_seen_at", TIMESTAMP, "Start of the run that read it first."),
        field("last_seen_at", TIMESTAMP, "Start of the run that read it last."),
        field("shard_id", pa.string(), "Receipt under which it was landed or rejected."),
        field("run_id", pa.string(), "Run that landed or rejected it."),
    ],
)
