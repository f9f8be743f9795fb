"""Quotations: spans, kinds and speakers, by cases and by laws."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.settings import load_lexicon, load_speaker_weights
from flows.steps.quote_spans import find_quote_spans
from flows.steps.quotes import (
    compile_speech_knowledge,
    derive_quote_counts,
    find_quotes,
    in_marks,
    quotes_of,
)
from schemas import QUOTES

ROOT = Path(__file__).resolve().parents[2]


def cases(name: str) -> list[dict]:
    return json.loads((ROOT / f"tests/cases/{name}.json").read_text(encoding="utf-8"))


KNOWLEDGE = compile_speech_knowledge(load_lexicon(), load_speaker_weights())
MARKED_TEXT = st.lists(
    st.sampled_from(
        [
            *"\"“”„«»‹›‘’'‚「」『』 \n,.:()—6s😀a",
            *("\n\n", "said", "Ida Kessel", "she", "the", "mayor", "according to", "who", "and"),
            *("saying", "Dr.", "Kessel says ", "minister: ", "is", "- "),
        ]
    )
).map("".join)


def articles(*bodies: str, language: str = "en", title: str | None = None) -> pa.Table:
    ids = [str(place) for place in range(len(bodies))]
    return pa.table(
        {
            "article_id": ids,
            "document_id": ids,
            "title": [title] * len(bodies),
            "body": list(bodies),
            "language": [language] * len(bodies),
        }
    )


@pytest.mark.parametrize("case", cases("quotes"), ids=lambda case: case["label"])
def test_case(case: dict) -> None:
    table = find_quotes(
        articles(case["input"]["text"], language=case["input"]["language"]), KNOWLEDGE
    )
    columns = ["text", "kind", "speaker_text", "speaker_name"]
    assert table.select(columns).to_pylist() == case["expected"], case["comment"]


@pytest.mark.parametrize("case", cases("quotes_spans"), ids=lambda case: case["label"])
def test_marks(case: dict) -> None:
    table = find_quotes(
        articles(case["input"]["text"], language=case["input"]["language"]), KNOWLEDGE
    )
    assert in_marks(table)["text"].to_pylist() == case["expected"], case["comment"]


def test_there_are_enough_written_cases() -> None:
    written = {case["input"]["text"] for case in [*cases("quotes"), *cases("quotes_spans")]}
    assert len(written) >= 150


@pytest.mark.parametrize("case", cases("quotes_indirect"), ids=lambda case: case["label"])
def test_reported_statements(case: dict) -> None:
    rows = find_quotes(articles(case["input"]["text"]), KNOWLEDGE).to_pylist()
    columns = ("text", "speaker_text", "speaker_name")
    found = [{name: row[name] for name in columns} for row in rows if row["kind"] == "indirect"]
    assert found == case["expected"], case["comment"]


@pytest.mark.parametrize("case", cases("headlines"), ids=lambda case: case["label"])
def test_headlines(case: dict) -> None:
    given = case["input"]
    table = articles(given["text"], language=given["language"], title=given["title"])
    rows = find_quotes(table, KNOWLEDGE).filter(pc.field("field") == "title")
    columns = ["text", "kind", "speaker_text", "speaker_name"]
    assert rows.select(columns).to_pylist() == case["expected"], case["comment"]


def test_headlines_tell_cue_role_and_method() -> None:
    title = "Foreign minister Ida Kessel warns wall could fall"
    table = articles("“We will wait,” said Ida Kessel.", title=title)
    said, headline = find_quotes(table, KNOWLEDGE).to_pylist()
    assert (said["field"], headline["field"]) == ("body", "title")
    told = [headline[name] for name in ("speaker_role", "cue", "method", "confidence")]
    assert told == ["Foreign minister", "warns", "headline_verb", None]


def test_headlines_do_not_count() -> None:
    table = articles("“We will wait,” said Ida Kessel.", title="Kessel: “We will wait for May”")
    quotes = find_quotes(table, KNOWLEDGE)
    derived = derive_quote_counts(table, quotes, pa.table({"document_id": ["0"]}))
    assert quotes["field"].to_pylist() == ["body", "title"]
    assert derived["quote_count"].to_pylist() == [1]
    assert derived["quoted_share"].to_pylist() == [13 / 32]


def test_reported_statements_do_not_count() -> None:
    table = articles("Ida Kessel said that the harbour wall would hold for years.")
    quotes = find_quotes(table, KNOWLEDGE)
    derived = derive_quote_counts(table, quotes, pa.table({"document_id": ["0"]}))
    assert quotes["kind"].to_pylist() == ["indirect"]
    assert derived["quote_count"].to_pylist() == [0]
    assert derived["quoted_share"].to_pylist() == [0]


def test_words_quoted_again_do_not_count() -> None:
    page = "“The wall will hold for years,” said Ida Kessel."
    table = articles(f"{page}\n\n“THE WALL WILL HOLD FOR YEARS!”\n\n{page}")
    quotes = find_quotes(table, KNOWLEDGE)
    derived = derive_quote_counts(table, quotes, pa.table({"document_id": ["0"]}))
    assert quotes["is_repeat"].to_pylist() == [False, True, True]
    assert quotes["speaker_name"].to_pylist() == ["Ida Kessel"] * 3
    assert derived["quote_count"].to_pylist() == [1]


@pytest.mark.parametrize(
    ("body", "is_flagged"),
    [
        ("“The wall will hold for years,” she said.", False),
        ("“The wall will hold for years.\n\n“And the pier,” she said.", False),
        ("“The wall will hold for years, she said.\n\nNobody knows.", True),
        ('"One," she said. "Two, he said.', True),
        ("Nothing is quoted.", False),
    ],
)
def test_broken_balance_is_flagged(body: str, is_flagged: bool) -> None:
    table = articles(body)
    quotes = find_quotes(table, KNOWLEDGE)
    derived = derive_quote_counts(table, quotes, pa.table({"document_id": ["0"]}))
    assert derived["quality_flags"].to_pylist() == [["unbalanced_quotes"] if is_flagged else []]


def test_confidence_is_of_the_source_and_of_the_pronouns_person() -> None:
    body = (
        "Ida Kessel met reporters.\n\n“We are ready to start,” she said.\n\n“Good,” said Nora Lind."
    )
    she, lind = find_quotes(articles(body), KNOWLEDGE).to_pylist()
    assert 0.9 < she["confidence"] <= 1
    assert 0.5 < she["name_confidence"] <= 1
    assert lind["confidence"] > 0.5
    assert lind["name_confidence"] is None


def test_role_and_cue_are_told() -> None:
    body = "“We are ready,” said Ida Kessel, a road planner in Orbit. “Soon.”"
    first, second = find_quotes(articles(body), KNOWLEDGE).to_pylist()
    assert first["speaker_role"] == "a road planner in Orbit"
    assert (first["cue"], first["method"], second["method"]) == (
        "said",
        "inversion_after",
        "continued",
    )


@given(st.one_of(st.text(), MARKED_TEXT), st.one_of(st.none(), st.text(), MARKED_TEXT))
@settings(max_examples=300)
def test_every_place_holds_its_words(body: str, title: str | None) -> None:
    table = find_quotes(articles(body, title=title), KNOWLEDGE)
    assert table.schema.names == QUOTES.schema.names
    last = {"body": 0, "title": 0}
    for row in table.to_pylist():
        text = {"body": body, "title": title}[row["field"]]
        assert last[row["field"]] <= row["start"] < row["end"] <= len(text)
        assert row["text"] == text[row["start"] : row["end"]]
        last[row["field"]] = row["end"]
        if row["speaker_text"] is None:
            assert row["speaker_start"] is None
            assert row["speaker_name"] is None
        else:
            place = slice(row["speaker_start"], row["speaker_end"])
            assert row["speaker_text"] == text[place] != ""


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


@pytest.mark.parametrize(
    "part",
    [
        '"',
        "“",
        "“a” ",
        "“a,” said Ida Kessel, ",
        "said Ida Kessel and ",
        "“a”, ",
        "according to Ida Kessel, “a” ",
        "— said ",
        "Kessel said that Kessel said that ",
        "“a” — ",
        "Kessel: “a” ",
    ],
)
def test_hostile_articles_end_soon(part: str) -> None:
    body = part * 10_000
    quotes = quotes_of(body, "en", KNOWLEDGE)
    assert len(quotes) <= 10_000
    assert all(0 <= quote.span.start < quote.span.end <= len(body) for quote in quotes)


@pytest.mark.parametrize(
    "part", ["“", "‘a ", "“a” ", "Kessel says ", "a: ", "— ", "according to Kessel, ", "Kessel "]
)
def test_hostile_titles_end_soon(part: str) -> None:
    body = "“We will wait,” said Ida Kessel."
    assert len(quotes_of(body, "en", KNOWLEDGE, part * 10_000)) <= 2


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
