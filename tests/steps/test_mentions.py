"""Mentions: places, labels and flags, with a recogniser that tests can read."""

import re
from collections.abc import Sequence

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from flows.gazetteer import load_name_knowledge
from flows.steps.labels import Span, settle_labels
from flows.steps.mentions import find_mentions, flag_unrecognised
from schemas import MENTIONS

KNOWLEDGE = load_name_knowledge()
NO_QUOTES = pa.table(
    {
        "document_id": pa.array([], pa.string()),
        "start": pa.array([], pa.int32()),
        "end": pa.array([], pa.int32()),
    }
)


def capitals(texts: Sequence[str]) -> list[list[Span]]:
    """Take every run of capitalised words for a person."""
    run = re.compile(r"[“ \n]*[A-Z][a-z]+(?: [A-Z][a-z]+)*(?:[’']s)?[” \n]*")
    return [[(*found.span(), "PERSON") for found in run.finditer(text)] for text in texts]


def article(body: str, **columns: object) -> pa.Table:
    row = {"article_id": "a", "document_id": "d", "body": body, "language": "en", **columns}
    return pa.Table.from_pylist([row])


def test_places_sentences_and_quotations() -> None:
    body = "Ida Kessel left. “Brandt’s plan,” said Kessel.\n\nOlaf came."
    quotes = pa.table({"document_id": ["d"], "start": [18], "end": [32]})
    table = find_mentions(article(body, title="Brandt wins"), quotes, {"en": capitals}, KNOWLEDGE)
    columns = ["field", "surface", "sentence", "in_quote"]
    assert [tuple(row.values()) for row in table.select(columns).to_pylist()] == [
        ("title", "Brandt", 0, False),
        ("body", "Ida Kessel", 0, False),
        ("body", "Brandt", 1, True),
        ("body", "Kessel", 1, False),
        ("body", "Olaf", 2, False),
    ]
    assert table.schema.names == MENTIONS.schema.names


def test_rows_follow_the_articles_across_languages() -> None:
    articles = pa.concat_tables(
        [
            article("Ida met Olaf.", document_id="x", language="de"),
            article("Nora left.", document_id="y", language="en"),
            article("Jan left.", document_id="z", language="fi"),
            article("Otto left.", document_id="v", language="de"),
        ]
    )
    found = find_mentions(articles, NO_QUOTES, {"en": capitals, "de": capitals}, KNOWLEDGE)
    assert found["surface"].to_pylist() == ["Ida", "Olaf", "Nora", "Otto"]


def test_no_articles() -> None:
    empty = article("Ida").slice(0, 0)
    assert find_mentions(empty, NO_QUOTES, {"en": capitals}, KNOWLEDGE).num_rows == 0


def test_an_unread_language_is_flagged_once() -> None:
    articles = pa.table(
        {"language": ["en", "fi", None], "quality_flags": [["short"], ["short"], None]}
    )
    flagged = flag_unrecognised(articles, {"en"})
    expected = [["short"], ["short", "no_entity_model"], ["no_entity_model"]]
    assert flagged["quality_flags"].to_pylist() == expected
    assert flag_unrecognised(flagged, {"en"}).equals(flagged)


@given(st.text(st.sampled_from("IdaKesl 's’“”\n.😀"), max_size=80))
def test_surface_is_what_the_column_holds(body: str) -> None:
    for row in find_mentions(article(body), NO_QUOTES, {"en": capitals}, KNOWLEDGE).to_pylist():
        assert row["surface"] == body[row["start"] : row["end"]] != ""


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Ida", "Kessel", "Ida Kessel", "Qatar", "two", "the Qatar"]),
            st.sampled_from(["PERSON", "ORG", "GPE", "DATE"]),
        )
    )
)
def test_labels_settle_once(named: list[tuple[str, str]]) -> None:
    places = frozenset({"Qatar"})
    settled = settle_labels(named, places)
    names = [surface for surface, _ in named]
    assert settle_labels(list(zip(names, settled, strict=True)), places) == settled
    for (surface, label), result in zip(named, settled, strict=True):
        if label == "DATE":
            assert result == "DATE"
        elif "Qatar" in surface:
            assert result == "GPE"
