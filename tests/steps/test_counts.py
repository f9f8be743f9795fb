"""Counts: by cases and by laws."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.counts import count_words, derive_counts, lexical_diversity, words_of
from schemas import ARTICLES


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The mayor’s well-known aide", 4),
        ("a — b -- c", 3),
        ("1,000 votes in 3.5 hours", 5),
        ("市长辞职", 4),
        ("東京オリンピック 2020", 9),
        ("กกก", 3),
        ("서울 시장이 사임했다", 3),
        ("हिन्दी में समाचार", 3),
        ("مدينة كبيرة", 2),
        ("… — * ***", 0),
        ("", 0),
    ],
)
def test_words(text: str, words: int) -> None:
    assert count_words(text) == words


def test_counts_of_a_body() -> None:
    articles = pa.table({"title": ["t", "u"], "body": ["One two. Three.\n\nFour.", None]})
    derived = derive_counts(articles)
    row, empty = derived.to_pylist()
    assert row | {"readability": None} == {
        "title": "t",
        "body": "One two. Three.\n\nFour.",
        "word_count": 4,
        "char_count": 22,
        "sentence_count": 3,
        "paragraph_count": 2,
        "reading_seconds": 1,
        "lexical_diversity": 1.0,
        "readability": None,
    }
    assert row["readability"] == pytest.approx(4 / 3)
    assert (empty["word_count"], empty["lexical_diversity"], empty["readability"]) == (
        0,
        None,
        None,
    )


def test_columns_have_the_types_of_the_contract() -> None:
    derived = derive_counts(pa.table({"body": ["One two."]}))
    for name in derived.column_names:
        assert derived.schema.field(name).type == ARTICLES.field(name).type


def test_deriving_twice_changes_nothing() -> None:
    once = derive_counts(pa.table({"body": ["One two. Three.", "市长辞职"]}))
    assert derive_counts(once).equals(once)


def _slow_diversity(words: list[str], window: int = 50) -> float:
    tokens = [word.casefold() for word in words]
    width = min(window, len(tokens))
    shares = [len(set(tokens[at : at + width])) / width for at in range(len(tokens) - width + 1)]
    return sum(shares) / len(shares)


@given(st.lists(st.sampled_from(["a", "A", "b", "c", "d", "e"]), min_size=1, max_size=130))
def test_moving_average_equals_its_definition(words: list[str]) -> None:
    assert lexical_diversity(words) == pytest.approx(_slow_diversity(words))


# Ranges of scripts hold places that no character has been given yet; those are left out.
@given(st.text(st.characters(exclude_categories=("Cn", "Co", "Cs"))))
def test_every_word_has_a_letter_or_digit(text: str) -> None:
    words = words_of(text)
    assert all(any(character.isalnum() or character == "_" for character in word) for word in words)
    assert sum(map(len, words)) <= len(text)
