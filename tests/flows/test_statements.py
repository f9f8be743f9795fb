"""Statements: the same words in several articles, in whatever order the articles arrive."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from flows.curation import Curation
from flows.lake import create_lake, insert_rows, write_lake
from flows.settings import load_settings
from flows.statements import curate_statements
from tests.flows.corpus import corpus_rows

WORDS = "The harbour wall will hold for another twenty years if nobody touches it"
CURATION = Curation("later", datetime(2026, 3, 2, tzinfo=UTC), load_settings())
SAID = [  # article, version, day, words, speaker
    ("a", 1, 3, f"{WORDS}.", "Ida Kessel"),
    ("b", 1, 1, f"{WORDS.upper()},", "Ida Kessel"),
    ("c", 1, 2, f"{WORDS}, and that is all", "Olaf Brandt"),
    ("d", 1, 1, "A ferry needs a pier, and a pier needs a town that pays", "Nora Lind"),
    ("e", 1, 4, "I have nothing to say about the wall or about the pier", None),
]


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    create_lake(tmp_path / "lake")
    with write_lake(tmp_path / "lake") as connection:
        yield connection


def add(connection: duckdb.DuckDBPyConnection, said: Sequence[tuple]) -> None:
    """Land articles that quote one thing each, and curate."""
    rows = corpus_rows(1)
    article, quote = rows["articles"][0], rows["quotes"][0]
    for article_id, version, day, words, speaker in said:
        own = {
            "article_id": article_id,
            "version": version,
            "document_id": f"{article_id}{version}",
        }
        published = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
        insert_rows(connection, "articles", [{**article, **own, "published_at": published}])
        insert_rows(
            connection,
            "quotes",
            [
                {
                    **quote,
                    **own,
                    "start": 0,
                    "end": len(words),
                    "text": words,
                    "speaker_name": speaker,
                }
            ],
        )
    curate_statements(connection, CURATION)


def found(connection: duckdb.DuckDBPyConnection) -> list[tuple]:
    return connection.execute(
        "SELECT article_id, version, statement_id, is_first, is_verbatim, is_conflict "
        "FROM statements ORDER BY ALL"
    ).fetchall()


def test_same_words_are_one_statement(lake: duckdb.DuckDBPyConnection) -> None:
    add(lake, SAID)
    assert found(lake) == [
        ("a", 1, "a:0", False, True, False),
        ("b", 1, "a:0", True, True, False),
        ("c", 1, "a:0", False, False, True),
    ]


@pytest.mark.parametrize("parts", [(1, 3), (2,), (4, 4), (1, 2, 3, 4)])
def test_order_of_arrival_does_not_matter(
    lake: duckdb.DuckDBPyConnection, parts: tuple[int, ...]
) -> None:
    said = SAID[::-1]
    for first, last in zip((0, *parts), (*parts, len(said)), strict=True):
        add(lake, said[first:last])
    assert [row[:2] for row in found(lake)] == [("a", 1), ("b", 1), ("c", 1)]
    assert [row[3:] for row in found(lake)] == [
        (False, True, False),
        (True, True, False),
        (False, False, True),
    ]


def test_curating_again_changes_nothing(lake: duckdb.DuckDBPyConnection) -> None:
    add(lake, SAID)
    before = found(lake)
    add(lake, [])
    assert found(lake) == before


def test_a_new_version_takes_its_words_back(lake: duckdb.DuckDBPyConnection) -> None:
    add(lake, SAID[:2])
    assert len(found(lake)) == 2
    add(lake, [("b", 2, 1, "The wall is somebody else's to mind, as it always was", "Ida Kessel")])
    assert found(lake) == []


def test_headlines_make_no_statement(lake: duckdb.DuckDBPyConnection) -> None:
    add(lake, SAID)
    lake.execute(
        "INSERT INTO quotes BY NAME SELECT * REPLACE ('title' AS field, 'Olaf Brandt' AS "
        "speaker_name) FROM quotes"
    )
    before = found(lake)
    add(lake, [])
    assert found(lake) == before
    travelling = lake.execute("SELECT article_count, variant_count FROM travelling_quotes")
    assert travelling.fetchall() == [(3, 1)]
    months = lake.execute("SELECT speaker, quote_count, headline_count FROM quoted_by_month")
    assert sorted(months.fetchall()) == [
        ("Ida Kessel", 2, 0),
        ("Nora Lind", 1, 0),
        ("Olaf Brandt", 1, 5),
    ]


def test_travelling_quotes_tell_where_the_words_came_from(lake: duckdb.DuckDBPyConnection) -> None:
    add(lake, SAID)
    assert lake.execute(
        "SELECT words, speaker, first_article_id, article_count, variant_count, has_conflict "
        "FROM travelling_quotes"
    ).fetchall() == [(f"{WORDS.upper()},", "Ida Kessel", "b", 3, 1, True)]
    months = lake.execute("SELECT speaker, quote_count FROM quoted_by_month").fetchall()
    assert sorted(months) == [("Ida Kessel", 2), ("Nora Lind", 1), ("Olaf Brandt", 1)]
