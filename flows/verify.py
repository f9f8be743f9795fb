"""Verify: recompute what a lake promises of its rows, and name the first rows that break it."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import Any

import duckdb

from flows.answers import plain_value
from flows.lake import read_sql
from flows.steps.record import identity
from schemas import TABLES

Row = dict[str, Any]

MOST_EXAMPLES = 3
OWNER = ("article_id", "version", "document_id")
"""Columns by which rows name the article version that they belong to."""

BOOK_KEEPING = (
    "runs", "receipts", "checks", "findings", "measures", "acknowledgements", "curations",
    "departures", "indexed_articles", "postings",
)  # fmt: skip
"""Tables about runs, and the search index, which numbers articles by arrival; all others are
hashed."""

CIRCUMSTANCES = frozenset(
    {"run_id", "shard_id", "first_seen_at", "last_seen_at", "rejected_at", "attempts"}
)
"""Columns that say when and by whom a row was written, not what it says."""

_LAW = "-- law: "

HASHED = (
    (
        "an article's content hash is that of its title and body",
        "SELECT article_id, version, content_hash AS hash, "
        "encode(coalesce(title, '') || chr(10) || chr(10) || body) AS data FROM articles",
    ),
    (
        "a kept record's bytes are those that its document is named after",
        "SELECT document_id, document_id AS hash, data FROM archive",
    ),
)
"""Laws that SQL has no function for: each row's `data` must have its `hash`."""

HASHED_ROWS = 500
"""Rows whose bytes are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One law: how many rows break it, and the first of them."""

    law: str
    broken_count: int
    examples: list[Row]


def verify(connection: duckdb.DuckDBPyConnection) -> list[Verdict]:
    """Judge every law of `flows/sql/verify/` and the keys of all contracts; rows are only read.

    Works on an open lake, also while a run writes.
    """
    by_sql = [_judge(connection, statement) for statement in _statements()]
    return [*by_sql, *(_judge_hashes(connection, *law) for law in HASHED)]


def hash_tables(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Rows and content hash of each table; equal for equal rows, whatever shards and order."""
    return [
        {"table": name, **_rows(connection, _hash_statement(name))[0]}
        for name in TABLES
        if name not in BOOK_KEEPING
    ]


def print_verdicts(verdicts: Sequence[Verdict], hashes: Sequence[Row], as_json: bool) -> None:
    """Print on stdout each law with the first rows that break it, then the tables' hashes."""
    if as_json:
        laws = [asdict(verdict) for verdict in verdicts]
        print(json.dumps({"laws": laws, "tables": list(hashes)}, ensure_ascii=False, indent=2))
        return
    from rich.text import Text

    from flows.console import out

    for verdict in verdicts:
        is_kept = verdict.broken_count == 0
        mark = ("ok      ", "green") if is_kept else (f"{verdict.broken_count:<7,} ", "bold red")
        out().print(Text.assemble(mark, verdict.law), soft_wrap=True)
        for example in verdict.examples:
            shown = json.dumps(example, ensure_ascii=False)
            out().print(Text(f"        {shown}", "dim"), soft_wrap=True)
    for row in hashes:
        line = f"{row['table']:<12} {row['row_count']:>12,} rows  {row['content_hash']}"
        out().print(line, soft_wrap=True)


def _statements() -> Iterator[str]:
    """The laws in order of their files' names, one for each table where they name `{table}`."""
    folder = files("flows").joinpath("sql", "verify")
    for name in sorted(entry.name.removesuffix(".sql") for entry in folder.iterdir()):
        text = read_sql(f"verify/{name}")
        if "{key}" in text:
            for table in TABLES.values():
                key = ", ".join(f'"{column}"' for column in table.key)
                yield text.format(table=table.name, key=key)
        elif "{table}" in text:
            yield from (text.format(table=name, owner=owner) for name, owner in _children())
        else:
            yield text


def _children() -> Iterator[tuple[str, str]]:
    """Tables whose rows belong to an article version, each with the columns that say to which."""
    for name, table in TABLES.items():
        owner = [column for column in OWNER if column in table.column_names]
        if name != "articles" and {"article_id", "version"} <= set(owner):
            yield name, ", ".join(owner)


def _judge(connection: duckdb.DuckDBPyConnection, statement: str) -> Verdict:
    law = statement.partition("\n")[0].removeprefix(_LAW)
    query = statement.rstrip().removesuffix(";")
    counted = _rows(connection, f"SELECT count(*) AS broken FROM (\n{query}\n)")
    broken = int(counted[0]["broken"])
    examples = _rows(connection, f"FROM (\n{query}\n) LIMIT {MOST_EXAMPLES}") if broken else []
    return Verdict(law, broken, examples)


def _judge_hashes(connection: duckdb.DuckDBPyConnection, law: str, query: str) -> Verdict:
    broken, examples = 0, list[Row]()
    for batch in connection.execute(query).to_arrow_reader(HASHED_ROWS):
        for row in batch.to_pylist():
            if identity(row.pop("data")) != row["hash"]:
                broken += 1
                examples += [row] if len(examples) < MOST_EXAMPLES else []
    return Verdict(law, broken, examples)


def _hash_statement(name: str) -> str:
    kept = [column for column in TABLES[name].column_names if column not in CIRCUMSTANCES]
    columns = ", ".join(f'"{column}" := "{column}"' for column in kept)
    return read_sql("content_hash").format(table=name, columns=columns)


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> list[Row]:
    found = connection.execute(statement).to_arrow_table().to_pylist()
    return [{name: plain_value(value) for name, value in row.items()} for row in found]
