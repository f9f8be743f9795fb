"""The archive: the bytes of records, kept where `[lake] archive` says so."""

import pyarrow as pa

from schemas.contract import contract, field

ARCHIVE = contract(
    "archive",
    grain="record whose bytes are kept, once whatever the number of its copies",
    key=("document_id",),
    sort_by=("document_id",),
    fields=[
        field("document_id", pa.string(), "128-bit BLAKE2b of `data`, in hex."),
        field("media_type", pa.string(), "What the bytes are, by their content."),
        field("hints", pa.string(), "What the container said of the record, as JSON."),
        field(
            "fields",
            pa.string(),
            "Values of a table's row by column, as JSON; null where there was no table.",
            nullable=True,
        ),
        field("data", pa.binary(), "The record as read."),
    ],
)
