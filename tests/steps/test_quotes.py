"""Quotations: spans, kinds and speakers, by cases and by laws."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.settings import load_lexicon, load_speaker_weights
from flows.steps.quote_spans import find_quote_spans
from flows.steps.quotes import (
    compile_speech_knowledge,
    derive_quote_counts,
    find_quotes,
    quotes_of,
)
from schemas import QUOTES

ROOT = Path(__file__).resolve().parents[2]
CASES = json.loads((ROOT / "tests/cases/quotes.json").read_text(encoding="utf-8"))
KNOWLEDGE = compile_speech_knowledge(load_lexicon(), load_speaker_weights())
MARKED_TEXT = st.lists(
    st.sampled_from(
        [
            *"\"“”„«»‹›‘’'‚「」『』 \n,.:()—6s😀a",
            *("\n\n", "said", "Ida Kessel", "she", "the", "mayor", "according to", "who", "and"),
            *("saying", "Dr."),
        ]
    )
).map("".join)


def articles(*bodies: str, language: str = "en") -> pa.Table:
    ids = [str(place) for place in range(len(bodies))]
    return pa.table(
        {
            "article_id": ids,
            "document_id": ids,
            "body": list(bodies),
            "language": [language] * len(bodies),
        }
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["label"])
def test_case(case: dict) -> None:
    table = find_quotes(
        articles(case["input"]["text"], language=case["input"]["language"]), KNOWLEDGE
    )
    columns = ["text", "kind", "speaker_text", "speaker_name"]
    assert table.select(columns).to_pylist() == case["expected"], case["comment"]


def test_role_and_cue_are_told() -> None:
    body = "“We are ready,” said Ida Kessel, a road planner in Orbit. “Soon.”"
    first, second = find_quotes(articles(body), KNOWLEDGE).to_pylist()
    assert first["speaker_role"] == "a road planner in Orbit"
    assert (first["cue"], first["method"], second["method"]) == (
        "said",
        "inversion_after",
        "continued",
    )


@given(st.one_of(st.text(), MARKED_TEXT))
@settings(max_examples=300)
def test_every_place_holds_its_words(body: str) -> None:
    table = find_quotes(articles(body), KNOWLEDGE)
    assert table.schema.names == QUOTES.schema.names
    last = 0
    for row in table.to_pylist():
        assert last <= row["start"] < row["end"] <= len(body)
        assert row["text"] == body[row["start"] : row["end"]]
        last = row["end"]
        if row["speaker_text"] is None:
            assert row["speaker_start"] is None
            assert row["speaker_name"] is None
        else:
            place = slice(row["speaker_start"], row["speaker_end"])
            assert row["speaker_text"] == body[place] != ""


@given(st.lists(MARKED_TEXT, max_size=4))
@settings(max_examples=60)
def test_articles_do_not_touch_each_other(bodies: list[str]) -> None:
    together = find_quotes(articles(*bodies), KNOWLEDGE)
    alone = sum(find_quotes(articles(body), KNOWLEDGE).num_rows for body in bodies)
    assert together.num_rows == alone


@pytest.mark.parametrize(
    "opener", ['"', "“", "«", "‘", "'", "„", "‚", "「", '"a ', "“a ", " 'a", "a' "]
)
def test_hostile_marks_end_soon(opener: str) -> None:
    spans = find_quote_spans(opener * 20_000)
    assert len(spans) <= 20_000


def test_long_line_of_names_and_verbs() -> None:
    body = "“Yes, we will do that,” said " + "Ida Kessel and the mayor, " * 4_000
    assert quotes_of(body, "en", KNOWLEDGE)[0].speaker.name == "Ida Kessel"


def test_counts_are_of_the_article() -> None:
    table = articles("“Four words are here,” she said.", "Nothing is quoted.")
    quotes = find_quotes(table, KNOWLEDGE)
    mentions = pa.table({"document_id": ["1", "1"]})
    derived = derive_quote_counts(table, quotes, mentions)
    assert derived["quote_count"].to_pylist() == [1, 0]
    assert derived["mention_count"].to_pylist() == [0, 2]
    assert derived["quoted_share"].to_pylist() == [20 / 32, 0]
    assert derived["document_id"].to_pylist() == ["0", "1"]


def test_the_sample_story(shared_dir: Path) -> None:
    text = next((shared_dir / "samples").glob("*.txt")).read_text(encoding="utf-8")
    rows = find_quotes(articles(text), KNOWLEDGE).to_pylist()
    assert [row["speaker_text"] for row in rows] == [
        *["a Western diplomat"] * 2,
        *["Dr. Maya Cohen"] * 2,
    ]
    assert [row["speaker_name"] for row in rows] == [None, None, *["Maya Cohen"] * 2]
