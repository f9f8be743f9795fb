"""Views and macros on small corpora whose answers can be read off by eye."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.curation import Curation
from flows.indexing import curate_search
from flows.lake import create_lake, open_lake, write_lake
from flows.settings import load_settings
from schemas.views import MACROS, VIEWS
from tests.flows.newsdesk import STARTED_AT, article, land_batch

FERRY = "The night ferry sails again. Nobody had missed the ferry more than the Café Zénith."
BRIDGE = "The bridge is shut for repairs, said the harbour master on Monday."
LONG = "The ferry company said nothing. " + "Words about other things fill this text. " * 40


def row(body: str, name: str, version: int = 1, **values: object) -> dict:
    return article(body, f"https://{name}.example/{name}", version, **values)


def index(lake: Path, run: str = "run-x") -> None:
    with write_lake(lake) as connection:
        curate_search(connection, Curation(run, STARTED_AT, load_settings()))


def found(lake: Path, words: str) -> list[tuple]:
    with open_lake(lake, is_locked=True) as connection:
        return connection.execute(
            "SELECT site, version, score FROM search($1, most := 50)", [words]
        ).fetchall()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("made") / "lake"
    create_lake(lake)
    rows = [row(FERRY, "a"), row(BRIDGE, "b", title="Ferry port shut"), row(LONG, "c")]
    land_batch(lake, rows, "run-1")
    return lake


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "lake"))


def test_search_ranks_titles_and_short_texts_first(lake: Path) -> None:
    index(lake)
    assert [site for site, _, _ in found(lake, "ferry")] == ["b.example", "a.example", "c.example"]


def test_search_takes_no_notice_of_case_and_accents(lake: Path) -> None:
    index(lake)
    assert [site for site, _, _ in found(lake, "ZENITH cafe")] == ["a.example"]
    assert found(lake, "submarine") == []
    assert found(lake, "") == []


def test_reading_what_is_not_indexed_gives_the_same_answer(lake: Path) -> None:
    scanned = found(lake, "ferry harbour monday")
    index(lake)
    assert found(lake, "ferry harbour monday") == scanned
    land_batch(lake, [row("A second ferry was bought.", "d")], "run-2")
    half_scanned = found(lake, "ferry")
    assert len(half_scanned) == 4
    index(lake, "run-y")
    assert found(lake, "ferry") == half_scanned


def test_the_index_is_the_same_in_one_batch_or_in_many(tmp_path: Path) -> None:
    rows = [row(FERRY, "a"), row(BRIDGE, "b"), row(LONG, "c")]
    answers = []
    for name, batches in (("one", [rows]), ("many", [[one] for one in rows])):
        create_lake(tmp_path / name)
        for number, batch in enumerate(batches):
            land_batch(tmp_path / name, batch, f"run-{number}")
            index(tmp_path / name, f"run-{number}")
        answers.append(found(tmp_path / name, "the ferry said nothing on monday"))
    assert answers[0] == answers[1]


def test_a_new_version_takes_the_place_of_the_old_one(lake: Path) -> None:
    index(lake)
    land_batch(lake, [row("The tunnel opens instead.", "a", version=2)], "run-2")
    assert [site for site, _, _ in found(lake, "tunnel")] == ["a.example"]
    index(lake, "run-y")
    assert found(lake, "tunnel")[0][:2] == ("a.example", 2)
    assert "a.example" not in [site for site, _, _ in found(lake, "ferry")]


def test_indexing_again_changes_nothing(lake: Path) -> None:
    index(lake)
    before = all_postings(lake)
    index(lake, "run-y")
    assert all_postings(lake) == before
    assert before


def test_what_is_gone_from_the_lake_leaves_the_index(lake: Path) -> None:
    index(lake)
    with write_lake(lake) as connection:
        connection.execute("DELETE FROM articles WHERE site = 'a.example'")
    index(lake, "run-y")
    assert not [word for word, *_ in all_postings(lake) if word == "zenith"]


def all_postings(lake: Path) -> list[tuple]:
    with open_lake(lake) as connection:
        return connection.execute("SELECT * FROM postings ORDER BY ALL").fetchall()


def test_kwic_shows_whole_words_in_their_place(lake: Path) -> None:
    with open_lake(lake) as connection:
        rows = connection.execute(
            "SELECT before, phrase, after, start FROM kwic('THE FERRY', width := 10) ORDER BY 4"
        ).fetchall()
    assert rows == [
        ("", "The ferry", " company s", 0),
        ("ad missed ", "the ferry", " more than", FERRY.index("the ferry")),
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="abé .\n", max_size=60), st.text(alphabet="abé ", min_size=1, max_size=4))
def test_kwic_finds_what_python_finds(body: str, phrase: str) -> None:
    import duckdb

    from flows.lake import read_sql

    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE latest_articles AS SELECT 'a' AS article_id, 1 AS version, 't' AS title, "
            "'s' AS site, now() AS published_at, $1 AS body",
            [body],
        )
        connection.execute(read_sql("macros/kwic"))
        rows = connection.execute("SELECT start, before, phrase, after FROM kwic($1, 5)", [phrase])
        rows = rows.fetchall()
    inside = r"[^\W_]"
    first = rf"(?<!{inside})" if re.match(inside, phrase) else ""
    last = rf"(?!{inside})" if re.match(inside, phrase[-1]) else ""
    every = [at.start() for at in re.finditer(re.escape(phrase), body, re.I)]
    whole = [
        at for at in every if re.compile(first + re.escape(phrase) + last, re.I).match(body, at)
    ]
    assert [start for start, *_ in rows] == whole
    for start, before, printed, after in rows:
        end = start + len(phrase)
        assert (before, printed, after) == (
            body[max(0, start - 5) : start], body[start:end], body[end : end + 5],
        )  # fmt: skip


def test_latest_articles_survive_a_forgotten_newer_version(tmp_path: Path) -> None:
    create_lake(tmp_path / "lake")
    rows = [row(f"Version {version} of it.", "a", version) for version in (1, 2, 3)]
    land_batch(tmp_path / "lake", [*rows, row("Another.", "b")], "run-1")
    for gone, left in ((2, 3), (3, 1)):
        with write_lake(tmp_path / "lake") as connection:
            connection.execute("DELETE FROM articles WHERE version = $1", [gone])
        with open_lake(tmp_path / "lake") as connection:
            rows = connection.execute(
                "SELECT site, version FROM latest_articles ORDER BY site"
            ).fetchall()
        assert rows == [("a.example", left), ("b.example", 1)]


def test_as_of_a_run_gives_the_versions_of_then(tmp_path: Path) -> None:
    create_lake(tmp_path / "lake")
    land_batch(tmp_path / "lake", [row("First.", "a")], "run-1")
    land_batch(tmp_path / "lake", [row("Second.", "a", 2), row("New.", "b")], "run-2")
    with open_lake(tmp_path / "lake") as connection:
        then = connection.execute("SELECT site, body FROM as_of('run-1')").fetchall()
        now = connection.execute("SELECT site, body FROM as_of('run-2') ORDER BY site").fetchall()
    assert then == [("a.example", "First.")]
    assert now == [("a.example", "Second."), ("b.example", "New.")]


def test_every_view_and_macro_answers_on_an_empty_lake(tmp_path: Path) -> None:
    create_lake(tmp_path / "lake")
    with open_lake(tmp_path / "lake", is_locked=True) as connection:
        for view in VIEWS:
            assert connection.execute(f"FROM {view}").fetchall() == []
        for name, macro in MACROS.items():
            rows = connection.execute(macro.example).fetchall()
            assert rows == ([(0,)] if name == "as_of" else [])
