"""The lake: made from the contracts, read-only for readers, refusing what it does not know."""

import json
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from flows.errors import SetupError
from flows.lake import LakeFolder, create_lake, insert_rows, open_lake, write_lake
from schemas import TABLES
from tests.flows.corpus import corpus_rows


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    create_lake(tmp_path / "lake")
    return tmp_path / "lake"


def count(lake: Path, table: str) -> int:
    with open_lake(lake) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


ENTITY = {
    "entity_id": "per:ana-moreau",
    "name": "Ana Moreau",
    "label": "PERSON",
    "aliases": ["Moreau"],
    "article_count": 1,
    "mention_count": 2,
    "run_id": "r",
}


def test_every_contract_is_a_table_with_its_meanings(lake: Path) -> None:
    with open_lake(lake) as connection:
        told = connection.execute(
            "SELECT table_name, column_name, comment FROM duckdb_columns() "
            "WHERE database_name = 'lake' AND schema_name = 'main'"
        ).fetchall()
    comments = {(table, column): comment for table, column, comment in told}
    for table in TABLES.values():
        for column in table.fields:
            assert comments[table.name, column.name] == column.meaning


def test_making_a_lake_again_changes_nothing(lake: Path) -> None:
    before = LakeFolder(lake).catalog.read_bytes()
    create_lake(lake)
    assert LakeFolder(lake).catalog.read_bytes() == before


def test_a_transaction_that_fails_leaves_nothing(lake: Path) -> None:
    with pytest.raises(RuntimeError), write_lake(lake) as connection:
        insert_rows(connection, "entities", [ENTITY])
        raise RuntimeError
    assert count(lake, "entities") == 0


def test_readers_see_committed_rows_while_a_writer_is_open(lake: Path) -> None:
    with write_lake(lake) as connection:
        insert_rows(connection, "entities", [ENTITY])
        assert count(lake, "entities") == 0
    assert count(lake, "entities") == 1


def test_a_column_that_a_newer_contract_has_is_added(lake: Path) -> None:
    with write_lake(lake) as connection:
        connection.execute("ALTER TABLE entities DROP COLUMN country_code")
    marker = LakeFolder(lake).marker
    marker.write_text(json.dumps({"format": 1, "declared": "by an older version"}))
    create_lake(lake)
    with open_lake(lake) as connection:
        names = [row[0] for row in connection.execute("DESCRIBE entities").fetchall()]
    assert "country_code" in names


def test_older_rows_get_what_they_held_before_the_column(lake: Path) -> None:
    with write_lake(lake) as connection:
        connection.execute("ALTER TABLE quotes RESET SORTED BY")
        connection.execute("ALTER TABLE quotes DROP COLUMN field")
        row = corpus_rows(1)["quotes"][0]
        del row["field"]
        connection.register("older", pa.Table.from_pylist([row]))
        connection.execute("INSERT INTO quotes BY NAME SELECT * FROM older")
    LakeFolder(lake).marker.write_text(json.dumps({"format": 1, "declared": "older"}))
    create_lake(lake)
    with open_lake(lake) as connection:
        assert connection.execute("SELECT field FROM quotes").fetchall() == [("body",)]


def test_a_column_of_another_type_is_refused_with_the_way_out(lake: Path) -> None:
    with write_lake(lake) as connection:
        connection.execute("ALTER TABLE entities DROP COLUMN name")
        connection.execute("ALTER TABLE entities ADD COLUMN name INTEGER")
    LakeFolder(lake).marker.write_text(json.dumps({"format": 1, "declared": "older"}))
    with pytest.raises(SetupError, match=r"column name is INTEGER .*--lake"):
        create_lake(lake)


def test_a_lake_of_a_newer_format_is_refused(lake: Path) -> None:
    LakeFolder(lake).marker.write_text(json.dumps({"format": 99, "declared": ""}))
    for attempt in (create_lake, open_lake):
        with pytest.raises(SetupError, match=r"format 99.*newer Broadsheet"):
            attempt(lake)


def test_no_lake_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no lake here"):
        open_lake(tmp_path)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/hostname')",
        "ATTACH '/tmp/other.duckdb'",
        "INSERT INTO entities SELECT * FROM entities",
        "CREATE TABLE extra (a INTEGER)",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_a_locked_connection_does_nothing_but_read_the_lake(lake: Path, statement: str) -> None:
    with open_lake(lake, is_locked=True) as connection, pytest.raises(duckdb.Error):
        connection.execute(statement)


def test_a_lake_that_was_never_finished_is_none(lake: Path) -> None:
    """What a run leaves that died while it made the lake."""
    LakeFolder(lake).marker.unlink()
    with pytest.raises(SetupError, match="no lake here"):
        open_lake(lake)
    create_lake(lake)
    assert count(lake, "articles") == 0


def test_a_lake_of_an_older_version_is_one_sentence_until_it_is_brought_up_to_date(
    lake: Path,
) -> None:
    marker = json.loads(LakeFolder(lake).marker.read_text())
    with write_lake(lake) as connection:
        connection.execute("DROP TABLE findings")
        connection.execute("ALTER TABLE entities DROP COLUMN country_code")
    LakeFolder(lake).marker.write_text(json.dumps(marker | {"declared": "older"}))
    with pytest.raises(SetupError, match=r"findings.*entities|entities.*findings"):
        open_lake(lake)
    open_lake(lake, may_be_older=True).close()
    create_lake(lake)
    assert count(lake, "findings") == 0


def test_all_scans_of_the_catalog_are_of_one_moment(tmp_path: Path) -> None:
    """Also in the connections that DuckLake makes: what is set for one alone is not seen there."""
    create_lake(tmp_path)
    with open_lake(tmp_path) as connection:
        found = connection.cursor().execute(
            "SELECT value FROM duckdb_settings() WHERE name = 'sqlite_disable_multithreaded_scans'"
        )
        assert found.fetchall() == [("true",)]
