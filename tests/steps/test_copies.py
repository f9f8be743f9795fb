"""Kinds of copies by cases, and what must hold for any two texts."""

import json
import random
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.clusters import Copy, Tie, arrange
from flows.steps.copies import Text, compare
from flows.steps.fingerprints import fingerprint, normalised
from flows.steps.record import identity

CASES = json.loads((Path(__file__).parents[1] / "cases" / "duplicates.json").read_text())


def copy_of(values: dict[str, Any]) -> Copy:
    print_ = fingerprint(values.get("title"), values["body"])
    published = values["published"]
    return Copy(
        article_id=values["url"],
        version=values.get("version", 1),
        document_id=identity(repr(values).encode()),
        text_id=print_.text_id or "",
        shingle_count=print_.shingle_count,
        site=values["url"].split("/")[2],
        published_at=datetime.fromisoformat(f"{published}T00:00:00+00:00") if published else None,
        agency=values.get("agency"),
        preference=values.get("preference", 0),
    )


def arranged(inputs: list[dict[str, Any]]) -> tuple[list[Copy], list[dict[str, Any]]]:
    """All copies, and the rows of their clusters, with every pair of long texts compared."""
    copies = [copy_of(values) for values in inputs]
    texts = {copy.text_id: values for copy, values in zip(copies, inputs, strict=True)}
    with_text = [copy for copy in copies if copy.text_id]
    long = {name for name, one in texts.items() if fingerprint(None, one["body"]).bands.size}
    ready = {name: Text.of(texts[name]["body"], texts[name].get("title")) for name in long}
    found = [
        Tie(*pair, compare(*(ready[name] for name in pair)))
        for pair in combinations(sorted(long), 2)
    ]
    return copies, arrange(with_text, [tie for tie in found if tie.comparison.is_kept])


@pytest.mark.parametrize("case", [pytest.param(case, id=case["label"]) for case in CASES])
def test_kinds(case: dict[str, Any]) -> None:
    copies, rows = arranged(case["input"])
    by_key = {(row["article_id"], row["version"]): row for row in rows}
    found = [by_key.get((copy.article_id, copy.version), {}).get("kind") for copy in copies]
    assert found == case["expected"]
    if "canonical" in case:
        assert {row["canonical_article_id"] for row in rows} == {
            copies[case["canonical"]].article_id
        }


@pytest.mark.parametrize("case", [pytest.param(case, id=case["label"]) for case in CASES])
def test_rows_do_not_depend_on_the_order_of_copies(case: dict[str, Any]) -> None:
    shuffled = random.Random(5).sample(case["input"], len(case["input"]))
    key = lambda row: (row["article_id"], row["version"])  # noqa: E731
    assert sorted(arranged(shuffled)[1], key=key) == sorted(arranged(case["input"])[1], key=key)


words = st.lists(
    st.sampled_from(["harbour", "board", "vote", "tide", "3", "14", "240", "of"]), max_size=60
)


@given(words, words)
def test_similarity_is_that_of_the_sets_of_shingles(one: list[str], other: list[str]) -> None:
    def shingles(text: list[str]) -> set[tuple[str, ...]]:
        return {tuple(text[i : i + 5]) for i in range(max(1, len(text) - 4))} if text else set()

    left, right = shingles(one), shingles(other)
    found = compare(Text.of(" ".join(one)), Text.of(" ".join(other)))
    expected = len(left & right) / len(left | right) if left and right else 0.0
    assert found.jaccard == pytest.approx(expected)
    assert 0 <= found.jaccard <= found.containment <= 1


@given(words, words)
def test_a_comparison_says_the_same_from_both_sides(one: list[str], other: list[str]) -> None:
    left, right = Text.of(" ".join(one)), Text.of(" ".join(other))
    assert compare(left, right)[:2] == compare(right, left)[:2]


@given(st.text(max_size=200))
def test_a_text_is_as_its_words_are(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once or "i̇" in once  # a Turkish capital has two lower-case letters
    assert fingerprint("t", text).text_id == fingerprint("t", f"  {text}\n!").text_id


def test_repeats_of_one_phrase_are_compared_in_no_time_and_change_no_number() -> None:
    spam = Text.of("buy now 7 " * 50_000)
    found = compare(spam, Text.of("buy now 8 " * 50_000))
    assert (found.jaccard, found.is_kept) == (0.0, False)
    assert compare(spam, Text.of("buy now 7 " * 40_000 + "and go")).containment == 1.0


def test_broken_unicode_has_a_fingerprint() -> None:
    torn = "the harbour \ud800 board " * 20
    assert fingerprint(None, torn).bands.size == 32
