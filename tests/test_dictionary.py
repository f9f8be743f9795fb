"""The data dictionary in `docs/` is the one that the contracts make, and its SQL runs."""

from pathlib import Path

import duckdb
import pytest

from flows.lake import INNER_MACROS
from schemas import TABLES
from schemas.contract import contract, duckdb_type, field
from schemas.dictionary import EXAMPLES, describe_tables
from schemas.rejects import REASONS
from schemas.views import MACROS, VIEWS


def test_committed_dictionary_is_current(root: Path) -> None:
    committed = (root / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert committed == describe_tables(TABLES.values()), "run `make docs`"


def test_every_table_column_view_and_reason_is_described() -> None:
    text = describe_tables(TABLES.values())
    names = [name for table in TABLES.values() for name in table.column_names]
    names += [*VIEWS, *REASONS]
    assert [name for name in names if f"`{name}`" not in text] == []
    assert [name for name in TABLES if f"\n## {name}\n" not in text] == []


def test_columns_to_be_filled_later_say_so() -> None:
    title = field("title", TABLES["runs"].field("run_id").type, "Its title.", later="the bindery")
    text = describe_tables([contract("runs", grain="book", key=("title",), fields=[title])])
    assert "Its title. Always null until the bindery is built." in text


def test_a_table_without_an_example_is_refused() -> None:
    string = TABLES["runs"].field("run_id").type
    shelf = contract("shelf", grain="book", key=("title",), fields=[field("title", string, "T.")])
    with pytest.raises(KeyError, match="shelf"):
        describe_tables([shelf])


def test_views_are_those_that_the_lake_makes(root: Path) -> None:
    made = {path.stem for path in (root / "flows" / "sql" / "views").glob("*.sql")}
    assert set(VIEWS) == made


def test_macros_are_those_that_the_lake_makes(root: Path) -> None:
    made = {path.stem for path in (root / "flows" / "sql" / "macros").glob("*.sql")}
    assert {*MACROS, *INNER_MACROS} == made


@pytest.fixture(scope="module")
def empty_lake(root: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for table in TABLES.values():
        columns = ", ".join(f'"{part.name}" {duckdb_type(part.type)}' for part in table.fields)
        connection.execute(f"CREATE TABLE {table.name} ({columns})")
    views = root / "flows" / "sql" / "views"
    connection.execute((views / "latest_articles.sql").read_text(encoding="utf-8"))
    return connection


@pytest.mark.parametrize("name", TABLES)
def test_examples_run(name: str, empty_lake: duckdb.DuckDBPyConnection) -> None:
    assert empty_lake.execute(EXAMPLES[name]).fetchall() == []
