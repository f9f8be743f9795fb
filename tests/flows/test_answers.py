import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from flows.answers import answer, reading_statements, write_answer
from flows.errors import SetupError
from tests.flows.corpus import open_corpus

TYPED = """
    SELECT TIMESTAMPTZ '2026-03-01 07:00:00+01' AS at, DATE '2026-03-01' AS "on",
        ['a', 'b'] AS names, {'part': 1} AS parts, NULL AS nothing, sum(2::BIGINT) AS total,
        1 AS twin, 2 AS twin, 'a,"b"' AS text"""


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with open_corpus() as opened:
        yield opened


def test_json_keeps_types_and_tells_twin_columns_apart(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(connection, TYPED, "json", None) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "at": "2026-03-01T06:00:00Z",
        "on": "2026-03-01",
        "names": ["a", "b"],
        "parts": {"part": 1},
        "nothing": None,
        "total": 2,
        "twin": 1,
        "twin_2": 2,
        "text": 'a,"b"',
    }


def test_csv_writes_lists_as_json_and_null_as_nothing(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(connection, TYPED, "csv", None)
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert json.loads(row["names"]) == ["a", "b"]
    assert (row["nothing"], row["text"], row["at"]) == ("", 'a,"b"', "2026-03-01T06:00:00Z")


@pytest.mark.parametrize("format", ["csv", "json", "jsonl", "markdown", "table", "parquet"])
def test_every_format_says_how_many_rows_and_leaves_one_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, format: str
) -> None:
    target = tmp_path / f"articles.{format}"
    assert answer(connection, "FROM articles", format, target) == 30
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
    assert target.stat().st_size > 1000


def test_no_rows_are_well_formed(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(connection, "SELECT 1 AS n WHERE false", "json", None) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_parquet_comes_back_with_its_types(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "a.parquet"
    answer(connection, "SELECT published_at, authors FROM articles", "parquet", target)
    schema = pq.read_schema(target)
    assert str(schema.field("authors").type).startswith("list")
    assert str(schema.field("published_at").type).startswith("timestamp[us")


def test_a_failed_answer_leaves_the_old_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    target = tmp_path / "a.csv"
    target.write_text("old")
    failing = "SELECT CASE WHEN range < 5000 THEN 1 ELSE error('late') END FROM range(9000)"
    with pytest.raises(SetupError, match="late"):
        answer(connection, failing, "csv", target)
    assert target.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_folder_is_one_sentence(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match="cannot be written"):
        answer(connection, "SELECT 1", "csv", tmp_path / "no" / "a.csv")


READING = [
    "SELECT 1",
    "WITH a AS (SELECT 1) FROM a",
    "VALUES (1)",
    "/* why */ EXPLAIN SELECT 1",
    "EXPLAIN ANALYZE SELECT 1",
    "EXPLAIN (FORMAT JSON) SELECT 1",
    "DESCRIBE articles",
    "SHOW TABLES",
    "PRAGMA table_info('runs')",
    "SUMMARIZE runs",
    "PIVOT articles ON kind USING count(*) GROUP BY language",
    "SELECT 1; SELECT 2",
]

CHANGING = [
    "DROP TABLE runs",
    "DELETE FROM runs",
    "SET threads = 1",
    "ATTACH 'x.db'",
    "COPY runs TO 'x.csv'",
    "CALL duckdb_settings()",
    "CREATE TABLE x AS SELECT 1",
    "WITH a AS (SELECT 1) INSERT INTO runs SELECT * FROM a",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO 'x.csv'",
    "EXPLAIN (ANALYZE) DELETE FROM runs",
    "-- é\nEXPLAIN /* so */ ANALYZE INSERT INTO runs SELECT * FROM runs",
    "SELECT 1; DROP TABLE runs",
    "CHECKPOINT",
    "",
    "-- nothing",
]


@pytest.mark.parametrize("sql", READING)
def test_reading_statements_run(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    assert answer(connection, sql, "table", None) >= 1
    assert capsys.readouterr().out


@pytest.mark.parametrize("sql", CHANGING)
def test_anything_else_is_refused_before_it_runs(sql: str) -> None:
    with pytest.raises(SetupError):
        reading_statements(sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT titel FROM articles", '"title"'),
        ("SELECT * FROM artcles", 'Did you mean "articles"?'),
        ("SELECT title FROM articles\nWHERE titel = 1", "LINE 2: WHERE titel"),
        ("SELEC 1", "LINE 1: SELEC 1\n"),
        ("SELECT 'a'::INTEGER", "Conversion Error"),
    ],
)
def test_wrong_sql_names_the_place_and_the_candidates(
    connection: duckdb.DuckDBPyConnection, sql: str, said: str
) -> None:
    with pytest.raises(SetupError) as caught:
        answer(connection, sql, "csv", None)
    assert said in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_terminal_is_never_wider_than_itself(connection: duckdb.DuckDBPyConnection) -> None:
    for sql in ("SELECT title, body FROM articles", "FROM articles"):
        page = io.StringIO()
        write_answer(connection, reading_statements(sql)[0], "table", page, 60)
        plain = _without_colour(page.getvalue()).splitlines()
        assert max(map(len, plain)) <= 60
        assert any("title" in line for line in plain)


def test_a_terminal_gets_no_control_characters(connection: duckdb.DuckDBPyConnection) -> None:
    page = io.StringIO()
    statement = reading_statements("SELECT chr(27) || '[2J' AS evil")[0]
    write_answer(connection, statement, "table", page, 60)
    assert "\x1b[2J" not in page.getvalue()
    assert "\\x1b[2J" in page.getvalue()


def test_a_long_answer_on_a_terminal_says_what_it_leaves_out(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    page = io.StringIO()
    count = write_answer(connection, reading_statements("FROM range(2500)")[0], "table", page, 60)
    assert count == 2500
    assert "2,500 rows, the first 1,000 shown" in page.getvalue()


def test_a_pipe_gets_every_row_whole(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(connection, "SELECT range, repeat('x', 300) FROM range(1200)", "table", None)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1202
    assert lines[-1].endswith("x" * 300)


def test_several_statements_do_not_go_to_one_file(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(SetupError, match="several statements"):
        answer(connection, "SELECT 1; SELECT 2", "csv", tmp_path / "a.csv")


def _without_colour(text: str) -> str:
    from rich.text import Text

    return Text.from_ansi(text).plain
