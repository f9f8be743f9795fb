"""What changed between two versions: cases, and what must hold for any two bodies."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.revisions import Version, changes_between, paragraph_changes
from schemas.revisions import CHANGES

CASES = json.loads((Path(__file__).parents[1] / "cases" / "duplicates_revisions.json").read_text())


def version_of(values: dict[str, Any]) -> Version:
    body = "\n\n".join(values["paragraphs"])
    return Version(values.get("title"), values.get("subtitle"), body, values.get("quotes", ()))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["label"]) for case in CASES])
def test_changes(case: dict[str, Any]) -> None:
    changes = changes_between(version_of(case["before"]), version_of(case["after"]))
    found = [[one.change, one.numbers_removed, one.numbers_added] for one in changes]
    assert found == case["expected"]
    assert {one.change for one in changes} <= set(CHANGES)


sentences = st.sampled_from(
    ["The board met.", "It will vote in May.", "It will vote in June.", "Rain fell.", "No."]
)
bodies = st.lists(sentences, max_size=8).map("\n\n".join)


@given(bodies, bodies)
def test_the_changes_account_for_every_paragraph_of_both(before: str, after: str) -> None:
    changes = paragraph_changes(before, after)
    for side, body in (("before", before), ("after", after)):
        told = Counter(getattr(one, side) for one in changes)
        del told[None]
        assert told == Counter(part for part in body.split("\n\n") if part)


@given(bodies)
def test_nothing_changed_in_the_same_version(body: str) -> None:
    same = Version("A title", None, body, ["No."])
    assert changes_between(same, same) == []


def test_a_thousand_repeated_lines_are_set_against_each_other_in_no_time() -> None:
    before = "\n\n".join(["More soon."] * 1_000)
    after = "\n\n".join(["More later.", "More soon."] * 1_000)
    assert len(changes_between(Version(None, None, before), Version(None, None, after))) >= 1_000
