"""The lake: one DuckLake of Parquet files and a SQLite catalog, one committer, many readers."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import CatalogBusyError, DiskFullError, SetupError, is_interrupt
from flows.locks import one_at_a_time
from flows.parents import leave_if_orphaned
from flows.steps.record import identity
from flows.storage import ROW_GROUP_ROWS, write_whole
from schemas import TABLES
from schemas.contract import Contract, duckdb_type, table_from_rows
from schemas.views import MACROS, VIEWS

LAKE_FORMAT = 1
"""Layout of the lake's folder and meaning of its tables; a newer one is refused."""

EXTENSIONS = ("ducklake", "sqlite_scanner")
STAGED_TABLES = ("documents", "articles", "blocks", "mentions", "quotes", "fingerprints", "rejects")
LAYOUT = {
    "parquet_compression": "zstd",
    "parquet_compression_level": 3,
    "parquet_row_group_size": ROW_GROUP_ROWS,
}
"""How DuckLake writes data files."""

LOOKED_UP = {"indexed_articles": 4096}
"""Rows of a row group in tables of which questions want a few rows from all over."""

INNER_MACROS = ("folded", "words_of", "entities_named")
"""Macros that those of `schemas.views` call."""

STAGED_BESIDE = ("archive", "known")
"""Staged parts that no expectation is about: bytes as they came, and records met before."""


@dataclass(frozen=True, slots=True)
class LakeFolder:
    """Where things are inside a lake's folder."""

    path: Path

    @property
    def catalog(self) -> Path:
        """SQLite file with DuckLake's catalog."""
        return self.path / "catalog.sqlite"

    @property
    def data(self) -> Path:
        """Parquet data files; read them through the catalog, which knows what is deleted."""
        return self.path / "data"

    @property
    def staging(self) -> Path:
        """Shards that are landed and not yet committed."""
        return self.path / "staging"

    @property
    def lock(self) -> Path:
        """File that names the run which holds the lake."""
        return self.path / "run.lock"

    @property
    def held(self) -> Path:
        """Batches that their audit stopped: a folder a run, until it is released or dropped."""
        return self.path / "held"

    @property
    def report(self) -> Path:
        """The page that the last run wrote."""
        return self.path / "report.html"

    @property
    def reports(self) -> Path:
        """Pages of single runs, and the index over them."""
        return self.path / "reports"

    @property
    def marker(self) -> Path:
        """File that says which format the lake has; written when the lake is made."""
        return self.path / "lake.json"

    @property
    def tidied(self) -> Path:
        """File that is as old as the last upkeep."""
        return self.path / "upkeep"

    @property
    def is_made(self) -> bool:
        """Whether a lake is here: not one whose first run died while making it."""
        return self.catalog.exists() and self.marker.exists()


def read_sql(name: str) -> str:
    """The text of `flows/sql/<name>.sql`."""
    return files("flows").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def load_statements() -> list[str]:
    """Statements that load the packaged extensions by path and keep DuckDB quiet and offline.

    Where no packaged build exists (Linux on ARM), DuckDB's own installed copy is loaded.
    """
    offline = "SET autoinstall_known_extensions = false; SET autoload_known_extensions = false"
    quiet = "SET enable_progress_bar = false"  # it would be drawn into the answers of a command
    # Else each scan of the catalog is a transaction of its own, and what it reads ends where the
    # table ended before: between two of them upkeep exchanges files, and a reader finds none.
    whole = "SET GLOBAL sqlite_disable_multithreaded_scans = true"
    return [offline, quiet, *(f"LOAD {_extension(name)}" for name in EXTENSIONS), whole]


def attach_statements(
    folder: Path, *, read_only: bool = True, snapshot: int | None = None
) -> list[str]:
    """Statements that attach the lake as `lake` and make its tables answer to bare names.

    With a snapshot the lake is as it was then.
    """
    lake = LakeFolder(folder.resolve())
    options = [
        "META_JOURNAL_MODE 'WAL'",
        "META_BUSY_TIMEOUT 5000",
        f"DATA_PATH {_literal(f'{lake.data}/')}",
        "OVERRIDE_DATA_PATH true",  # a lake may be copied or moved as a folder
        *(["READ_ONLY"] if read_only else []),
        *([f"SNAPSHOT_VERSION {snapshot}"] if snapshot is not None else []),
    ]
    catalog = _literal(f"ducklake:sqlite:{lake.catalog}")
    return [f"ATTACH {catalog} AS lake ({', '.join(options)})", "USE lake"]


def view_statements() -> list[str]:
    """Statements that make the views and macros over tables that answer to bare names."""
    names = [
        *(f"macros/{name}" for name in INNER_MACROS),
        *(f"views/{name}" for name in VIEWS),
        *(f"macros/{name}" for name in MACROS),
    ]
    return [read_sql(name) for name in names]


def reader_statements(folder: Path) -> list[str]:
    """Statements by which any DuckDB client of this version reads the lake. Raises SetupError."""
    require_lake(folder)
    return [*load_statements(), *attach_statements(folder), "SET TimeZone = 'UTC'"]


def open_lake(
    folder: Path | str = "data/lake",
    *,
    is_locked: bool = False,
    as_of: str | None = None,
    may_be_older: bool = False,
) -> duckdb.DuckDBPyConnection:
    """Open a lake for reading; tables, views and macros answer to their bare names.

    With `as_of`, a run's id or its beginning, the whole lake is as that run left it. A locked
    connection can read nothing but the lake: no other file, no network, no change of settings.
    Raises SetupError when there is no lake, it is of a newer format, it lacks tables or columns
    that an older version did not make (unless it may be older), or it has no such run.
    """
    path = Path(folder)
    connection = duckdb.connect()
    for statement in reader_statements(path):
        connection.execute(statement)
    if not may_be_older and not is_current(path):
        _require_tables(connection, path)
    if as_of is not None:
        snapshot = snapshot_after(connection, as_of)
        connection.execute("USE memory")
        connection.execute("DETACH lake")
        for statement in attach_statements(path, snapshot=snapshot):
            connection.execute(statement)
    if is_locked:
        _confine(connection, path)
    return connection


def snapshot_after(connection: duckdb.DuckDBPyConnection, run: str) -> int:
    """The snapshot that a run left, by the run's id or its beginning.

    Raises SetupError for a run that the lake does not have, for a beginning that several runs
    have, and for a run whose snapshots upkeep has let go.
    """
    found = connection.execute(read_sql("run_snapshots"), {"run": run}).fetchall()
    runs = connection.execute(
        "SELECT run_id FROM runs WHERE starts_with(run_id, $run)", {"run": run}
    ).fetchall()
    if len(found) == 1:
        return int(found[0][1])
    if len(found) > 1:
        raise SetupError(f"{run}: {len(found)} runs begin so; write more of the id")
    if runs:
        raise SetupError(
            f"{run}: upkeep has let go of what the lake was after this run; "
            "upkeep.keep_snapshot_days says for how long it is kept"
        )
    raise SetupError(f"{run}: no such run; broadsheet runs lists them")


def name_snapshot(connection: duckdb.DuckDBPyConnection, writer: str) -> None:
    """Write into the snapshot that the transaction makes, by whom it is made."""
    connection.execute("CALL lake.set_commit_message('broadsheet', $1)", [writer])


def require_lake(path: Path) -> None:
    """Raise SetupError unless a lake of a format that we know is there."""
    lake = LakeFolder(path)
    if not lake.is_made:
        raise SetupError(f"{path}: no lake here; land one with: broadsheet run --lake {path}")
    _read_marker(lake)


def _require_tables(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    made = set(
        connection.execute(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE database_name = 'lake'"
        ).fetchall()
    )
    lacking = [
        table.name
        for table in TABLES.values()
        if not {(table.name, column) for column in table.column_names} <= made
    ]
    if lacking:
        raise SetupError(
            f"{path}: an older version made this lake, {', '.join(lacking)} "
            f"{'lacks' if len(lacking) == 1 else 'lack'} what this one reads; a run brings it up "
            f"to date, or: broadsheet maintain --lake {path}"
        )


def create_lake(path: Path) -> None:
    """Make the folder, the catalog, all tables and views; columns that are new are added.

    Does nothing to a lake that these contracts and views have made before. Raises SetupError
    for a newer format, a changed column type, or no write access.
    """
    lake = LakeFolder(path)
    try:
        lake.staging.mkdir(parents=True, exist_ok=True)
        lake.data.mkdir(exist_ok=True)
    except OSError as error:
        raise SetupError(f"{path}: the lake cannot be written: {error.strerror}") from None
    if is_current(path):
        return
    with write_lake(path) as connection:
        for option, value in LAYOUT.items():
            connection.execute("CALL lake.set_option($1, $2)", [option, value])
        for table in TABLES.values():
            _create_or_extend(connection, table)
        for statement in [*view_statements(), *_view_comments()]:
            connection.execute(statement)
    with write_lake(path) as connection:  # options of a table want one that is committed
        for name, rows in LOOKED_UP.items():
            connection.execute(
                "CALL lake.set_option('parquet_row_group_size', $1, table_name => $2)", [rows, name]
            )
    write_whole(lake.marker, json.dumps(_marker()) + "\n")


def is_current(path: Path) -> bool:
    """Whether the lake has the tables, views and macros of this version.

    Raises SetupError for a newer format.
    """
    lake = LakeFolder(path)
    return lake.catalog.exists() and _read_marker(lake) == _marker()


@contextmanager
def write_lake(path: Path, memory_limit_mb: int = 400) -> Iterator[duckdb.DuckDBPyConnection]:
    """One transaction over all tables: committed at the end of the block, or nothing is.

    Only the process that holds the run lock may call this, or a worker of it. A worker may live a
    moment longer than a process that was killed; who takes the lock after that one waits here
    until it is gone, and it begins nothing any more.
    """
    with one_at_a_time(LakeFolder(path).catalog):
        leave_if_orphaned()
        with _transaction(path, memory_limit_mb) as connection:
            yield connection


@contextmanager
def _transaction(path: Path, memory_limit_mb: int) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    try:
        for statement in load_statements():
            connection.execute(statement)
        connection.execute(f"SET memory_limit = '{memory_limit_mb}MB'")
        # It would keep what is read of every staged file, and nothing is read for long.
        connection.execute("SET enable_external_file_cache = false")
        connection.execute(f"SET temp_directory = {_literal(str(path / 'staging' / '.spill'))}")
        connection.execute("SET TimeZone = 'UTC'")
        for statement in attach_statements(path, read_only=False):
            connection.execute(statement)
        connection.execute("BEGIN")
        yield connection
        connection.execute("COMMIT")
    except duckdb.Error as error:
        raise _explained(error, path) from error
    except RuntimeError as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from None
        raise
    finally:
        connection.close()


@contextmanager
def rehearsal_lake(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake read-only, or empty tables where there is none: something to count against."""
    if LakeFolder(path).is_made:
        connection = open_lake(path)
    else:
        connection = duckdb.connect()
        for table in TABLES.values():
            connection.execute(_create_statement(table))
    try:
        yield connection
    finally:
        connection.close()


def remove_orphans(path: Path) -> None:
    """Delete data files that no snapshot knows: what a killed commit left behind."""
    with write_lake(path) as connection:
        connection.execute("CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)")


def insert_rows(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Append a few rows to a table, by the contract's columns."""
    if rows:
        connection.register("new_rows", table_from_rows(TABLES[table], rows))
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM new_rows")
        connection.unregister("new_rows")


def stage_views(staging: Path, shard_ids: Sequence[str]) -> list[str]:
    """Statements that show the staged parts of the shards as `staged_<table>` views.

    Each has the contract's columns and `staged_in`, the id of the shard that holds the row.
    """
    return [
        f"CREATE OR REPLACE TEMP VIEW staged_{name} AS SELECT * EXCLUDE (filename), "
        f"parse_path(filename)[-2] AS staged_in FROM read_parquet("
        f"{_part_list(staging, shard_ids, name)}, filename = true)"
        for name in (*STAGED_TABLES, *STAGED_BESIDE)
    ]


def created_columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Columns of a table in the lake and their types; empty when there is no such table."""
    rows = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = 'lake' AND table_name = ?",
        [table],
    ).fetchall()
    return dict(rows)


def as_utc(moment: datetime) -> str:
    """An instant as a DuckDB literal."""
    return f"TIMESTAMPTZ {_literal(moment.isoformat())}"


def _create_or_extend(connection: duckdb.DuckDBPyConnection, table: Contract) -> None:
    present = created_columns(connection, table.name)
    if not present:
        connection.execute(_create_statement(table))
        if table.partition_by:
            parts = ", ".join(table.partition_by)
            connection.execute(f"ALTER TABLE {table.name} SET PARTITIONED BY ({parts})")
        order = ", ".join(f'"{column}"' for column in table.sort_by)
        connection.execute(f"ALTER TABLE {table.name} SET SORTED BY ({order})")
        connection.execute(
            f"COMMENT ON TABLE {table.name} IS {_literal(f'One row per {table.grain}.')}"
        )
    for column in table.fields:
        kind = duckdb_type(column.type)
        if not present or column.name not in present:
            if present:
                value = f" DEFAULT {_literal(column.before)}" if column.before else ""
                connection.execute(
                    f'ALTER TABLE {table.name} ADD COLUMN "{column.name}" {kind}{value}'
                )
            connection.execute(
                f'COMMENT ON COLUMN {table.name}."{column.name}" IS {_literal(column.meaning)}'
            )
        elif present[column.name].replace('"', "") != kind:  # DuckDB quotes some names
            raise SetupError(
                f"lake table {table.name}: column {column.name} is {present[column.name]} where "
                f"this version wants {kind}; land the dumps into a new lake with --lake"
            )


def _view_comments() -> list[str]:
    return [f"COMMENT ON VIEW {name} IS {_literal(meaning)}" for name, meaning in VIEWS.items()]


def _create_statement(table: Contract) -> str:
    columns = ", ".join(
        f'"{column.name}" {duckdb_type(column.type)}{"" if column.nullable else " NOT NULL"}'
        for column in table.fields
    )
    return f"CREATE TABLE {table.name} ({columns})"


def _marker() -> dict[str, Any]:
    """What a lake of this version says of itself."""
    declared = repr((TABLES, view_statements(), LAYOUT, LOOKED_UP))
    return {"format": LAKE_FORMAT, "declared": identity(declared.encode())}


def _read_marker(lake: LakeFolder) -> dict[str, Any]:
    """What the lake says of itself; nothing where its first run died before saying it."""
    try:
        marker: dict[str, Any] = json.loads(lake.marker.read_text(encoding="utf-8"))
        found = int(marker["format"])
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError):
        raise SetupError(f"{lake.marker}: not the marker of a lake; restore or remove it") from None
    if found > LAKE_FORMAT:
        raise SetupError(
            f"{lake.path}: the lake has format {found}, this version knows up to {LAKE_FORMAT}; "
            "install a newer Broadsheet"
        )
    return marker


def _confine(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    folder = _literal(str(path.resolve()))
    connection.execute(f"SET allowed_directories = [{folder}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _extension(name: str) -> str:
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        return name
    root = Path(spec.submodule_search_locations[0])
    return _literal(
        str(root / "extensions" / f"v{duckdb.__version__}" / f"{name}.duckdb_extension")
    )


def _part_list(staging: Path, shard_ids: Sequence[str], name: str) -> str:
    paths = (_literal(str(staging / shard_id / f"{name}.parquet")) for shard_id in shard_ids)
    return f"[{', '.join(paths)}]"


def _explained(error: duckdb.Error, path: Path) -> Exception:
    message = str(error)
    if "No space left" in message or "disk is full" in message:  # DuckDB's words, SQLite's words
        return DiskFullError(
            f"{path}: the disk is full; the lake is as it was before this commit and "
            "the staged shards are kept; free some space and run the same command again"
        )
    if "database is locked" in message:
        return CatalogBusyError(f"{path}: another program holds the lake's catalog; try again")
    return error


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
