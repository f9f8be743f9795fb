"""Duplicates: which articles are copies of which. Declared; filled by duplicate detection."""

import pyarrow as pa

from schemas.contract import contract, field

DUPLICATE_KINDS = ("exact", "near", "revision", "excerpt", "wire", "template")
_LATER = "duplicate detection"

DUPLICATES = contract(
    "duplicates",
    grain="article in a cluster of copies",
    key=("article_id", "version"),
    sort_by=("cluster_id", "article_id", "version"),
    fields=[
        field("article_id", pa.string(), "Article in the cluster.", later=_LATER),
        field("version", pa.int32(), "Its version.", minimum=1, later=_LATER),
        field("cluster_id", pa.string(), "Cluster of copies.", later=_LATER),
        field("kind", pa.string(), "Kind of copy.", allowed=DUPLICATE_KINDS, later=_LATER),
        field("canonical_article_id", pa.string(), "Article it copies.", later=_LATER),
        field("jaccard", pa.float64(), "Shared 5-word shingles.", nullable=True, later=_LATER),
        field("containment", pa.float64(), "Share found there.", nullable=True, later=_LATER),
        field("run_id", pa.string(), "Run that last changed the row.", later=_LATER),
    ],
)
