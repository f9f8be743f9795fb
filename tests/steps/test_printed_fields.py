"""Fields that a text prints: dates, distances in time, names, the path to the section."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.settings import load_lexicon
from flows.steps.bylines import find_names
from flows.steps.dates import PrintedDate, find_date, find_distance
from flows.steps.lexicon import compile_structure_lexicon
from flows.steps.story import read_section

ROOT = Path(__file__).resolve().parents[2]
LEXICON = compile_structure_lexicon(load_lexicon())
CASES = json.loads((ROOT / "tests/cases/printed_fields.json").read_text())
FETCHED_AT = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)


def printed(found: PrintedDate | None) -> str | None:
    if found is None:
        return None
    zone = "" if found.utc_offset is None else f" {found.utc_offset:+d}"
    return f"{found.at.isoformat()} {found.precision} {found.label}{zone}"


READERS = {
    "distance": lambda text: printed(find_distance(text, FETCHED_AT, LEXICON)),
    "date": lambda text: printed(find_date(text, LEXICON)),
    "names": lambda text: list(find_names(text, LEXICON)),
    "section": lambda text: read_section(text, LEXICON),
}


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict) -> None:
    [(reader, text)] = case["input"].items()
    assert READERS[reader](text) == case["expected"]
