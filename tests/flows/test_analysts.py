"""Where analysts work: the command, one line of Python, exports, the notebook."""

import importlib.util
import json
import re
import runpy
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from flows.errors import SetupError
from flows.exporting import export_lake
from flows.lake import LakeFolder, create_lake, load_statements, open_lake
from flows.saved import load_queries
from schemas import TABLES
from schemas.views import MACROS, VIEWS
from tests.flows.landing import broadsheet, land


@pytest.fixture(scope="module")
def lake(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("sample") / "lake"
    land(root / "data" / "raw" / "sample", lake)
    return lake


def ask(lake: Path, *arguments: object):
    return broadsheet("sql", *arguments, "--lake", lake)


def test_a_saved_query_runs_by_its_name_with_values(lake: Path) -> None:
    done = ask(lake, "what_fits", "words=ferry", "most=1", "--format", "json")
    assert [row["title"] for row in json.loads(done.stdout)] == [
        "Greek ferry group prices first green bond"
    ]


def test_any_query_takes_values(lake: Path) -> None:
    done = ask(lake, "SELECT $n || '!' AS said", "n=x;y'", "--format", "csv")
    assert done.stdout.splitlines() == ["said", "x;y'!"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["who_is_quotet"], "did you mean who_is_quoted"),
        (["what_fits", "mots=1"], "it asks for: words, most"),
        (["what_fits", "most=many"], "not a value of type INTEGER"),
        (["SELECT $site"], "add a value: site=VALUE"),
        (["SELECT titel FROM articles"], '"title"'),
        (["SELECT titel FROM articles"], "LINE 1"),
        (["SELECT * FROM artikles"], "articles"),
        (["SELEC 1"], "LINE 1"),
        (["DELETE FROM articles"], "changes only by runs"),
        (["--schema", "artikles"], "did you mean articles"),
        (["SELECT 1", "--as-of", "2001"], "no such run"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(lake: Path, arguments: list, told: str) -> None:
    done = ask(lake, *arguments)
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr


def test_a_lake_that_is_not_there_is_empty_or_newer_is_told(tmp_path: Path) -> None:
    missing = ask(tmp_path / "none", "who_is_quoted")
    create_lake(tmp_path / "empty")
    empty = ask(tmp_path / "empty", "who_is_quoted", "--format", "json")
    marker = LakeFolder(tmp_path / "empty").marker
    marker.write_text(json.dumps({"format": 99}))
    newer = ask(tmp_path / "empty", "who_is_quoted")
    assert (missing.returncode, empty.returncode, newer.returncode) == (2, 0, 2)
    assert "no lake here" in missing.stderr
    assert json.loads(empty.stdout) == []
    assert "install a newer Broadsheet" in newer.stderr


def test_a_lake_of_an_older_version_answers_and_is_told(tmp_path: Path) -> None:
    create_lake(tmp_path / "old")
    assert ask(tmp_path / "old", "SELECT 1 AS n").stderr == ""
    marker = LakeFolder(tmp_path / "old").marker
    marker.write_text(json.dumps({"format": 1, "declared": "by an older version"}))
    told = ask(tmp_path / "old", "SELECT 1 AS n", "--format", "csv")
    assert (told.returncode, told.stdout.split()) == (0, ["n", "1"])
    assert "broadsheet maintain" in told.stderr
    assert broadsheet("maintain", "--lake", tmp_path / "old").returncode == 0
    assert ask(tmp_path / "old", "SELECT 1 AS n").stderr == ""


def test_the_lake_says_what_it_holds(lake: Path) -> None:
    rows = json.loads(ask(lake, "--schema", "--format", "json").stdout)
    kinds = {row["name"].partition("(")[0]: row["kind"] for row in rows}
    assert kinds == (
        dict.fromkeys(TABLES, "table")
        | dict.fromkeys(VIEWS, "view")
        | dict.fromkeys(MACROS, "macro")
    )


@pytest.mark.parametrize("name", [*TABLES, *VIEWS, *MACROS])
def test_every_table_view_and_macro_is_described(name: str, lake: Path) -> None:
    from flows.catalog import introduce, list_columns

    meaning, example = introduce(name)
    with open_lake(lake, is_locked=True) as connection:
        columns = connection.execute(list_columns(connection, name)).fetchall()
        connection.execute(example).fetchall()
    assert meaning.startswith(name)
    assert columns
    if name in TABLES:
        assert all(meaning for *_, meaning in columns)


def test_columns_answer_with_their_meaning_and_a_query(lake: Path) -> None:
    done = ask(lake, "--schema", "quotes")
    assert "One row per quotation." in done.stdout
    assert "Fullest form of the speaker's name in the article." in done.stdout
    assert "SELECT speaker_name" in done.stdout


def test_saved_queries_are_listed_with_what_they_ask(lake: Path) -> None:
    rows = json.loads(ask(lake, "--list", "--format", "json").stdout)
    asked = {row["name"]: row["parameters"] for row in rows}
    assert asked["what_fits"] == "words='harbour ferry' most=10"


def test_any_client_attaches_the_lake_by_the_printed_lines(lake: Path) -> None:
    lines = ask(lake, "--attach").stdout
    with duckdb.connect() as client:
        client.execute(lines)
        assert client.execute("SELECT count(*) > 0 FROM search('ferry')").fetchone() == (True,)
        with pytest.raises(duckdb.Error, match="read-only"):
            client.execute("DELETE FROM articles")


def test_the_line_of_the_docs_attaches_the_lake(lake: Path, root: Path) -> None:
    text = (root / "docs" / "sql.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"^ATTACH .*$", text, re.M)
    with duckdb.connect() as client:
        for statement in load_statements():
            client.execute(statement)
        client.execute(line.replace("data/lake", str(lake)))
        assert client.execute("SELECT count(*) FROM latest_articles").fetchone() == (46,)


def test_every_saved_query_stands_in_the_docs(root: Path) -> None:
    text = (root / "docs" / "sql.md").read_text(encoding="utf-8")
    assert [name for name in load_queries() if f"`{name}`" not in text] == []


def test_runs_are_told_apart_by_the_command(lake: Path) -> None:
    run = json.loads(broadsheet("runs", "--json", "--lake", lake).stdout)[0]["run_id"]
    then = ask(lake, "SELECT count(*) AS n FROM articles", "--as-of", run, "--format", "json")
    assert json.loads(then.stdout) == [{"n": 47}]
    done = broadsheet("diff", run, "--lake", lake)
    assert done.returncode == 0
    assert "Nothing came, changed or went." in done.stdout


def test_one_line_of_python_gives_frames(lake: Path) -> None:
    found = open_lake(lake).sql("SELECT title, word_count FROM latest_articles")
    assert isinstance(found.to_arrow_table(), pa.Table)
    if importlib.util.find_spec("pandas"):
        assert list(found.df().columns) == ["title", "word_count"]
    if importlib.util.find_spec("polars"):
        assert found.pl().shape == (46, 2)


def rows_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple]:
    return connection.execute(f"SELECT * FROM {relation} ORDER BY ALL").fetchall()


@pytest.mark.parametrize("format", ["parquet", "duckdb"])
def test_exports_answer_as_the_lake_does_without_an_extension(
    format: str, lake: Path, tmp_path: Path
) -> None:
    with open_lake(lake) as ours:
        export_lake(ours, tmp_path / "out", format)
        with duckdb.connect(tmp_path / "out" / "corpus.duckdb", read_only=True) as theirs:
            theirs.execute("SET autoload_known_extensions = false; SET TimeZone = 'UTC'")
            for name in (*TABLES, *VIEWS, "search('ferry')", "kwic('the city')"):
                assert rows_of(theirs, name) == rows_of(ours, name), name


def test_a_moved_export_is_read_by_its_script(
    lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_lake(lake) as ours:
        export_lake(ours, tmp_path / "out", "parquet")
    (tmp_path / "out").rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path / "moved")
    with duckdb.connect() as connection:
        connection.execute(Path("views.sql").read_text(encoding="utf-8"))
        assert connection.execute("SELECT count(*) FROM latest_articles").fetchone() == (46,)


def test_parquet_files_are_sorted_as_their_contracts_say(lake: Path, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    with open_lake(lake) as ours:
        export_lake(ours, tmp_path / "out", "parquet")
    for name, table in TABLES.items():
        rows = pq.read_table(tmp_path / "out" / f"{name}.parquet", columns=list(table.sort_by))
        first = rows[table.sort_by[0]].drop_null().to_pylist()
        assert first == sorted(first), name


def test_csv_has_a_file_per_table(lake: Path, tmp_path: Path) -> None:
    done = broadsheet("export", tmp_path / "out", "--format", "csv", "--lake", lake)
    assert done.returncode == 0, done.stderr
    assert {path.stem for path in (tmp_path / "out").iterdir()} == set(TABLES)
    count = f"SELECT count(*) FROM read_csv('{tmp_path}/out/articles.csv')"
    assert duckdb.execute(count).fetchone() == (47,)


def test_news_articles_say_who_speaks(lake: Path, tmp_path: Path) -> None:
    done = broadsheet("export", tmp_path / "out", "--format", "jsonld", "--lake", lake)
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    assert len(articles) == 46
    assert {article["@type"] for article in articles} == {"NewsArticle"}
    speakers = {
        part["spokenByCharacter"]["name"]
        for article in articles
        for part in article.get("hasPart", ())
        if "spokenByCharacter" in part
    }
    assert "Ana Moreau" in speakers
    assert not [article for article in articles if None in article.values()]


def test_a_folder_that_holds_something_is_left_alone(lake: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with open_lake(lake) as ours, pytest.raises(SetupError, match="not empty"):
        export_lake(ours, tmp_path, "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.skipif(
    not (importlib.util.find_spec("marimo") and importlib.util.find_spec("altair")),
    reason="the notebook group is not installed",
)
def test_the_notebook_runs_from_top_to_bottom(
    root: Path, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE", str(lake))
    notebook = runpy.run_path(str(root / "docs" / "notebooks" / "explore.py"))
    _, found = notebook["app"].run()
    charts = {name: chart.to_dict() for name, chart in found.items() if name.endswith("_chart")}
    assert len(charts) == 4
    assert all(chart["datasets"] for chart in charts.values())
    assert len(found["best"]) > 0
