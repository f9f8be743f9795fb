"""What somebody asks of a lake at the command line or in the shell, brought to its answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from flows.answers import answer
from flows.catalog import introduce, list_columns, list_contents, list_queries
from flows.saved import SavedQuery, bind_values, find_query, is_name, read_query


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed: SQL or a name, values, and whether the schema or a list is wanted."""

    text: str | None
    values: Sequence[str] = ()
    is_schema: bool = False
    is_list: bool = False


def fulfil(
    connection: duckdb.DuckDBPyConnection, wish: Wish, format: str, output: Path | None
) -> None:
    """Write the answer. Raises SetupError for what the lake does not know, and as `answer` does."""
    if wish.is_list:
        answer(connection, list_queries(connection), format, output)
    elif wish.is_schema and wish.text:
        describe(connection, wish.text, format, output)
    elif wish.is_schema:
        answer(connection, list_contents(connection), format, output)
    else:
        query = find(wish.text or "")
        values = bind_values(connection, query, wish.values)
        answer(connection, query.sql, format, output, values)


def find(text: str) -> SavedQuery:
    """The saved query of that name; else the text itself, with the parameters that it declares."""
    return find_query(text) if is_name(text) else read_query("the query", text)


def describe(
    connection: duckdb.DuckDBPyConnection, name: str, format: str, output: Path | None
) -> None:
    """Write the columns of a table, view or macro; around a table to read, what it is for."""
    columns = list_columns(connection, name)
    is_to_read = format == "table" and output is None
    meaning, example = introduce(name)
    if is_to_read:
        print(f"{meaning}\n")
    answer(connection, columns, format, output)
    if is_to_read:
        print(f"\n{example}")
