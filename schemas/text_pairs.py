"""Text pairs: different texts of which one holds much of the other."""

import pyarrow as pa

from schemas.contract import contract, field

TEXT_PAIRS = contract(
    "text_pairs",
    grain="pair of different texts of which the longer holds half of the shorter, or more",
    key=("text_a", "text_b"),
    sort_by=("text_a", "text_b"),
    fields=[
        field("text_a", pa.string(), "The smaller `text_id` of `fingerprints`."),
        field("text_b", pa.string(), "The greater one."),
        field(
            "jaccard",
            pa.float64(),
            "5-word shingles in both, per shingle in either.",
            minimum=0,
            maximum=1,
        ),
        field(
            "containment",
            pa.float64(),
            "Share of the shorter text's shingles that stand in the other.",
            minimum=0,
            maximum=1,
        ),
        field("changed_numbers", pa.int32(), "Numbers replaced by others.", minimum=0),
        field("is_template", pa.bool_(), "Whether they are one form with other facts."),
        field("run_id", pa.string(), "Run that compared them."),
    ],
)
