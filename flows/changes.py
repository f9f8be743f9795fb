"""What came, changed and went in each table of the lake between two runs."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb

from flows.answers import cell_text
from flows.console import out
from flows.errors import SetupError
from flows.lake import read_sql, snapshot_after
from schemas import TABLES
from schemas.contract import Contract

MOST_HEADLINES = 10

_RUN = re.compile(r"\d{8}T[0-9a-f-]*")
_MARKS = {"came": ("+", "green"), "changed": ("~", "yellow"), "gone": ("-", "red")}


@dataclass(frozen=True, slots=True)
class Change:
    """A table: how many of its rows came, changed and went; of articles, the headlines."""

    table: str
    came: int
    changed: int
    gone: int
    headlines: tuple[tuple[str, str], ...] = ()


def is_run(id: str) -> bool:
    """Whether an id is that of a run, or its beginning; ids of records are hexadecimal.

    >>> is_run("20261126T093929-2834a0"), is_run("20261126093929abcdef")
    (True, False)
    """
    return _RUN.fullmatch(id) is not None


def changes_between_runs(
    connection: duckdb.DuckDBPyConnection, before: str, after: str | None
) -> list[Change]:
    """Compare the lake as two runs left it; without a second run, as the lake is now.

    Only rows that were written in between are read. Raises SetupError as `snapshot_after` does,
    and where the second run is the earlier one.
    """
    first = snapshot_after(connection, before)
    last = snapshot_after(connection, after) if after else _newest(connection)
    if last < first:
        raise SetupError(f"{after} was before {before}; name the earlier run first")
    found = (_compare(connection, table, first, last) for table in TABLES.values())
    return [change for change in found if change.came or change.changed or change.gone]


def show_changes(changes: Sequence[Change], as_json: bool) -> None:
    """Print on stdout a line per table that changed, then headlines; or JSON."""
    if as_json:
        print(json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=2))
        return
    from rich.text import Text

    out().print(Text(f"{'table':<18}{'came':>12}{'changed':>12}{'gone':>12}", "bold"))
    for change in changes:
        counts = f"{change.came:>12,}{change.changed:>12,}{change.gone:>12,}"
        out().print(Text(f"{change.table:<18}{counts}"), soft_wrap=True)
    for change in changes:
        for kind, headline in change.headlines:
            mark, colour = _MARKS[kind]
            out().print(Text(f"{mark} {cell_text(headline)}", colour), soft_wrap=True)
    if not changes:
        out().print("Nothing came, changed or went.")


def _compare(
    connection: duckdb.DuckDBPyConnection, table: Contract, first: int, last: int
) -> Change:
    present = _columns_at(connection, table.name, last)
    columns = [name for name in _columns_at(connection, table.name, first) if name in present]
    if not columns:  # a table that one of the two did not have
        came = _count_at(connection, table.name, last) if present else 0
        return Change(table.name, came, 0, 0)
    statement = read_sql("changes").format(
        table=table.name,
        key=_quoted(table.key),
        columns=_quoted(columns),
        first=first,
        last=last,
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE changed_rows AS {statement}")
    counts = dict(
        connection.execute("SELECT change, count(*) FROM changed_rows GROUP BY change").fetchall()
    )
    headlines = tuple(_headlines(connection)) if table.name == "articles" else ()
    came, changed, gone = (counts.get(kind, 0) for kind in _MARKS)
    return Change(table.name, came, changed, gone, headlines)


def _headlines(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    rows = connection.execute(
        'SELECT change, coalesce("row".title, "row".url, "row".article_id) FROM changed_rows '
        'ORDER BY change, "row".published_at DESC NULLS LAST, "row".article_id LIMIT $1',
        [MOST_HEADLINES],
    )
    yield from rows.fetchall()


def _columns_at(connection: duckdb.DuckDBPyConnection, table: str, snapshot: int) -> list[str]:
    """Columns that a table had at a snapshot; none where it was not there yet."""
    try:
        described = connection.execute(f"DESCRIBE FROM {table} AT (VERSION => {snapshot})")
    except duckdb.CatalogException:
        return []
    return [str(row[0]) for row in described.fetchall()]


def _count_at(connection: duckdb.DuckDBPyConnection, table: str, snapshot: int) -> int:
    found: Any = connection.execute(
        f"SELECT count(*) FROM {table} AT (VERSION => {snapshot})"
    ).fetchone()
    return int(found[0])


def _newest(connection: duckdb.DuckDBPyConnection) -> int:
    found: Any = connection.execute(
        "SELECT max(snapshot_id) FROM ducklake_snapshots('lake')"
    ).fetchone()
    return int(found[0])


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
