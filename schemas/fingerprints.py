"""Fingerprints: by what an article's copies are found without reading it again."""

import pyarrow as pa

from schemas.contract import STRINGS, contract, field

BANDS = pa.list_(pa.field("element", pa.int64(), nullable=False))

FINGERPRINTS = contract(
    "fingerprints",
    grain="article version",
    key=("article_id", "version"),
    sort_by=("article_id", "version"),
    fields=[
        field("article_id", pa.string(), "Article that the text is of."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("document_id", pa.string(), "Raw record the article was made from."),
        field(
            "text_id",
            pa.string(),
            "128-bit BLAKE2b of the body's words in lower case, with the numbers of the title "
            "where the body has under 100 words and all of it where it has under 30; null where "
            "that says too little to be a copy of anything.",
            nullable=True,
        ),
        field(
            "bands",
            BANDS,
            "MinHash bands of the body's 5-word shingles; texts that share one may be alike. "
            "Empty for a short body.",
        ),
        field("shingle_count", pa.int32(), "Different 5-word shingles in the body.", minimum=0),
        field("numbers", STRINGS, "Numbers in the body, each once, in order; at most 100."),
        field("run_id", pa.string(), "Run that landed this version."),
    ],
)
