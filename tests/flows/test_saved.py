"""Saved queries: read from their files, found by name, run with checked values."""

from datetime import date

import duckdb
import pytest

from flows.errors import SetupError
from flows.saved import bind_values, find_query, load_queries, read_query

TEXT = """-- How many?
-- $since DATE = 2026-01-01: first day
-- $unit VARCHAR = month (day, month): length of a step
-- $site VARCHAR = : site, or nothing for all
SELECT 1;"""


def bind(*words: str, text: str = TEXT) -> dict:
    with duckdb.connect() as connection:
        return bind_values(connection, read_query("how_many", text), words)


def test_there_are_twenty_five_or_more() -> None:
    assert len(load_queries()) >= 25


def test_defaults_are_cast_and_an_empty_one_is_null() -> None:
    assert bind() == {"since": date(2026, 1, 1), "unit": "month", "site": None}


def test_given_values_take_the_place_of_defaults() -> None:
    given = bind("since=2025-03-04", "unit=day", "site=a.example = b")
    assert given == {"since": date(2025, 3, 4), "unit": "day", "site": "a.example = b"}


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("since=yesterday", "not a value of type DATE"),
        ("unit=hour", "choose one of: day, month"),
        ("sits=a.example", "asks for no 'sits'; it asks for: since, unit, site"),
        ("a.example", "write NAME=VALUE"),
        ("unit=", "choose one of"),
    ],
)
def test_a_wrong_value_is_told(word: str, told: str) -> None:
    with pytest.raises(SetupError, match=told):
        bind(word)


def test_sql_without_declarations_takes_any_value_as_text() -> None:
    assert bind("n=5", text="SELECT $n") == {"n": "5"}


def test_an_unknown_name_is_told_with_what_is_close() -> None:
    with pytest.raises(SetupError, match="did you mean who_is_quoted"):
        find_query("who_is_quotet")
