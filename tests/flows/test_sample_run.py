"""The tracked sample dumps become exactly what `tests/golden/sample_expected.json` says."""

import json
from pathlib import Path
from typing import Any

import pytest

from flows.lake import open_lake
from tests.flows.landing import land

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = json.loads((ROOT / "tests" / "golden" / "sample_expected.json").read_text("utf-8"))

KNOWN_FAILURES = {}


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What became of every record, by its place in the sample folder."""
    sample = ROOT / "data" / "raw" / "sample"
    lake = tmp_path_factory.mktemp("sample") / "lake"
    land(sample, lake)
    with open_lake(lake) as connection:
        rows = connection.execute(
            """SELECT document.uri, member, record_ordinal, status, reason, title, body,
                comment_count, view_count, language
            FROM documents AS document
            LEFT JOIN articles USING (document_id)
            LEFT JOIN (SELECT document_id, reason FROM rejects) USING (document_id)"""
        )
        names = [column[0] for column in rows.description]
        found = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    return {_key(row, sample): row for row in found}


def test_every_record_is_accounted_for(records: dict[str, dict[str, Any]]) -> None:
    assert set(records) == set(EXPECTED)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(key, marks=pytest.mark.xfail(strict=True, reason=KNOWN_FAILURES[key]))
        if key in KNOWN_FAILURES
        else key
        for key in EXPECTED
    ],
)
def test_a_record_becomes_what_was_written(key: str, records: dict[str, dict[str, Any]]) -> None:
    expected, found = EXPECTED[key], records[key]
    assert (found["status"], found["reason"]) == (expected["status"], expected.get("reason"))
    if expected["status"] == "rejected":
        return
    words = found["body"].split()
    assert found["title"] == expected["title"]
    assert " ".join(words[:5]) == expected.get(
        "first_words_after_dateline", expected["first_words"]
    )
    assert " ".join(words[-3:]) == expected["last_words"]
    for name in ("comment_count", "view_count", "language"):
        assert found[name] == expected.get(name, found[name])


def _key(row: dict[str, Any], sample: Path) -> str:
    member = f"!/{row['member']}" if row["member"] else ""
    place = Path(row["uri"]).relative_to(sample).as_posix()
    return f"{place}{member}#{row['record_ordinal']}"
