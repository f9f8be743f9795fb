"""What a lake says of itself: its tables, views and macros, and the saved queries, in rows."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import duckdb
import pyarrow as pa

from flows.errors import SetupError
from flows.lake import read_sql
from flows.saved import SavedQuery, load_queries
from schemas import TABLES
from schemas.dictionary import EXAMPLES
from schemas.views import MACROS, VIEWS

VIEW_SOURCES = ("quotes", "mentions", "entities", "documents", "duplicates", "rejects", "runs")
"""After `articles`: the tables whose columns views hand on under their own names."""

CONTENTS = "SELECT name, kind, meaning FROM catalog_contents"
COLUMNS = "SELECT column_name, type, nullable, meaning FROM catalog_columns"
QUERIES = "SELECT name, question, parameters FROM saved_queries"


def list_contents(connection: duckdb.DuckDBPyConnection) -> str:
    """Make the rows of all tables, views and macros; returns the statement that reads them."""
    rows = [
        *((name, "table", f"One row per {table.grain}.") for name, table in TABLES.items()),
        *((name, "view", meaning) for name, meaning in VIEWS.items()),
        *((macro.signature, "macro", macro.meaning) for macro in MACROS.values()),
    ]
    _register(connection, "catalog_contents", ("name", "kind", "meaning"), rows)
    return CONTENTS


def list_columns(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Make the rows of the columns of a table, a view or a macro's answer.

    Meanings are the lake's comments; a view's column means what the table's of that name means.
    Raises SetupError, with what is close to it, for a name that the lake does not have.
    """
    if name in MACROS:
        described = f"DESCRIBE {MACROS[name].example}"
    elif name in TABLES or name in VIEWS:
        described = f'DESCRIBE "{name}"'
    else:
        raise SetupError(_unknown(name, (*TABLES, *VIEWS, *MACROS)))
    comments = _comments(connection, name)
    rows = [
        (column, type, "yes" if nullable == "YES" else "no", comments.get(column, ""))
        for column, type, nullable, *_ in connection.execute(described).fetchall()
    ]
    _register(connection, "catalog_columns", ("column_name", "type", "nullable", "meaning"), rows)
    return COLUMNS


def introduce(name: str) -> tuple[str, str]:
    """What a table, view or macro is, in a line, and a query to begin with."""
    if name in MACROS:
        return f"{MACROS[name].signature}: {MACROS[name].meaning}", MACROS[name].example
    if name in VIEWS:
        return f"{name}: {VIEWS[name]}", f"SELECT * FROM {name} LIMIT 20;"
    table = TABLES[name]
    key = ", ".join(table.key)
    return f"{name}: One row per {table.grain}. Key: {key}.", EXAMPLES[name]


def list_queries(connection: duckdb.DuckDBPyConnection) -> str:
    """Make the rows of the saved queries; returns the statement that reads them."""
    rows = [(query.name, query.question, _asked(query)) for query in load_queries().values()]
    _register(connection, "saved_queries", ("name", "question", "parameters"), rows)
    return QUERIES


def _asked(query: SavedQuery) -> str:
    return " ".join(f"{one.name}={_quoted(one.default)}" for one in query.parameters)


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text or not text else text


def _comments(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, str]:
    """Meaning by column: the table's own, else what the name means where a view may take it."""
    sources = [name] if name in TABLES else ["articles", *(VIEW_SOURCES if name in VIEWS else ())]
    found: dict[str, str] = dict(
        connection.execute(read_sql("column_meanings"), {"sources": sources}).fetchall()
    )
    return found


def _unknown(name: str, known: Iterable[str]) -> str:
    close = get_close_matches(name, list(known), n=3, cutoff=0.5)
    advice = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"the lake has no table, view or macro {name!r}{advice} --schema alone lists them"


def _register(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: tuple[str, ...],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    listed = [dict(zip(columns, row, strict=True)) for row in rows]
    schema = pa.schema([(column, pa.string()) for column in columns])
    connection.register(name, pa.Table.from_pylist(listed, schema))
