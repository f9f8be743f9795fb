"""Duplicates: which articles are copies of which, and what kind of copy each is."""

import pyarrow as pa

from schemas.contract import contract, field

DUPLICATE_KINDS = ("exact", "near", "revision", "excerpt", "wire", "template")

DUPLICATES = contract(
    "duplicates",
    grain="article version in a cluster of copies",
    key=("article_id", "version"),
    sort_by=("cluster_id", "article_id", "version"),
    fields=[
        field("article_id", pa.string(), "Article in the cluster."),
        field("version", pa.int32(), "Its version.", minimum=1),
        field("cluster_id", pa.string(), "Cluster: the smallest text id of its copies."),
        field(
            "kind",
            pa.string(),
            "What it is to the canonical article; the canonical one has the first of these kinds "
            "that another copy has. A `template` fills the same form with other facts and is no "
            "copy.",
            allowed=DUPLICATE_KINDS,
        ),
        field("canonical_article_id", pa.string(), "Article that it copies; itself, if it is it."),
        field(
            "jaccard",
            pa.float64(),
            "5-word shingles shared with the canonical text, per shingle of either; null where "
            "the two were not compared or share too little.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field(
            "containment",
            pa.float64(),
            "Share of the shorter text's shingles that stand in the other; null likewise.",
            nullable=True,
            minimum=0,
            maximum=1,
        ),
        field(
            "is_capped",
            pa.bool_(),
            "Whether not all pairs were compared or followed: over 8 different texts in the "
            "cluster, or a text that stands in many unrelated ones.",
        ),
        field("run_id", pa.string(), "Run that last changed the row."),
    ],
)
