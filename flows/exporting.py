"""Exports: the corpus as plain files that anybody can read, sorted, one per table."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from flows.answers import plain_value
from flows.errors import SetupError
from flows.lake import read_sql, view_statements
from flows.storage import ROW_GROUP_ROWS, whole_folder
from schemas import TABLES
from schemas.contract import Contract

FORMATS = ("parquet", "duckdb", "csv", "jsonld")
DATABASE = "corpus.duckdb"
"""A DuckDB file that needs no extension: of views on the Parquet files, or of tables."""
SCRIPT = "views.sql"
"""The same views for a folder that was moved: to be read by a DuckDB that was started in it."""
NEWS_ARTICLES = "articles.jsonl"
BATCH_ROWS = 2_000

_PARQUET = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_ROWS}"
_KINDS = {"PERSON": "Person", "ORG": "Organization", "GPE": "Place", "LOC": "Place", "FAC": "Place"}

Row = dict[str, Any]


def export_lake(connection: duckdb.DuckDBPyConnection, target: Path, format: str) -> list[Path]:
    """Write a new folder with the whole lake in one snapshot; returns its files.

    `parquet` is a sorted file per table, and a DuckDB file of views and macros over them;
    `duckdb` one file that holds the tables themselves; `csv` a file per table, lists as text;
    `jsonld` a schema.org NewsArticle per latest article. The folder appears whole or not at
    all. Raises SetupError for an unknown format and for a folder that holds something.
    """
    if format not in FORMATS:
        raise SetupError(f"no format {format!r}; choose one of: {', '.join(FORMATS)}")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SetupError(f"{target}: already there and not empty; name a new folder")
    try:
        with whole_folder(target.absolute()) as folder:
            connection.execute("BEGIN")
            _WRITERS[format](connection, folder)
            connection.execute("COMMIT")
        if format == "parquet":
            _write_views(target.absolute())
    except (PermissionError, NotADirectoryError) as error:
        raise SetupError(f"{target}: cannot be written: {error.strerror}") from None
    return sorted(target.iterdir())


def news_article(row: Row) -> Row:
    """An article as a schema.org NewsArticle in JSON-LD; what is not known is left out.

    >>> news_article({"article_id": "a1", "title": "Quay sold", "authors": ["Dora Whitlock"]})[
    ...     "author"]
    [{'@type': 'Person', 'name': 'Dora Whitlock'}]
    """
    site, copied = row.get("site"), row.get("copied_from")
    parts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "identifier": row["article_id"],
        "version": row.get("version"),
        "url": row.get("url"),
        "headline": row.get("title"),
        "alternativeHeadline": row.get("subtitle"),
        "author": [{"@type": "Person", "name": name} for name in row.get("authors") or ()],
        "publisher": site and {"@type": "Organization", "name": site, "url": f"https://{site}/"},
        "datePublished": row.get("published_at"),
        "dateModified": row.get("modified_at"),
        "inLanguage": row.get("language"),
        "articleSection": row.get("section"),
        "wordCount": row.get("word_count"),
        "commentCount": row.get("comment_count"),
        "isBasedOn": copied and {"@type": "NewsArticle", "identifier": copied},
        "mentions": [_thing(named) for named in row.get("mentions") or ()],
        "hasPart": [_quotation(quote) for quote in row.get("quotes") or ()],
        "articleBody": row.get("body"),
    }
    return {name: value for name, value in parts.items() if value not in (None, [], "")}


def _thing(named: Row) -> Row:
    kind = _KINDS.get(named["label"], "Thing")
    return {"@type": kind, "name": named["name"], "identifier": named["id"]}


def _quotation(quote: Row) -> Row:
    spoken: Row = {"@type": "Quotation", "text": quote["text"]}
    if quote["speaker"]:
        spoken["spokenByCharacter"] = {"@type": "Person", "name": quote["speaker"]}
    return spoken


def _write_parquet(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for name, table in TABLES.items():
        _copy(connection, table, folder / f"{name}.parquet", _PARQUET)
    views = [_view(name, Path(f"{name}.parquet")) for name in TABLES]
    (folder / SCRIPT).write_text("\n".join([*views, *view_statements()]), encoding="utf-8")


def _write_views(folder: Path) -> None:
    """Make the DuckDB file where the folder stands for good: a view keeps the place of its file."""
    try:
        with duckdb.connect(folder / DATABASE) as database:
            for name in TABLES:
                database.execute(_view(name, folder / f"{name}.parquet"))
            for statement in view_statements():
                database.execute(statement)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _write_duckdb(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    with duckdb.connect(folder / DATABASE) as database:
        for name, table in TABLES.items():
            rows = connection.execute(_sorted(table)).to_arrow_reader(BATCH_ROWS)
            database.register("rows", rows)
            database.execute(f"CREATE TABLE {name} AS FROM rows")
            database.unregister("rows")
        for statement in view_statements():
            database.execute(statement)


def _write_csv(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    for name, table in TABLES.items():
        _copy(connection, table, folder / f"{name}.csv", "FORMAT csv, HEADER")


def _write_jsonld(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    with (folder / NEWS_ARTICLES).open("w", encoding="utf-8") as stream:
        for row in _articles(connection):
            stream.write(json.dumps(news_article(row), ensure_ascii=False) + "\n")


def _articles(connection: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    found = connection.execute(read_sql("export/news_articles")).to_arrow_reader(BATCH_ROWS)
    for batch in found:
        for row in batch.to_pylist():
            yield {name: plain_value(value) for name, value in row.items()}


def _copy(connection: duckdb.DuckDBPyConnection, table: Contract, path: Path, options: str) -> None:
    connection.execute(f"COPY ({_sorted(table)}) TO {_literal(path)} ({options})")


def _sorted(table: Contract) -> str:
    order = ", ".join(f'"{column}"' for column in table.sort_by)
    return f"SELECT * FROM {table.name} ORDER BY {order}"


def _view(name: str, path: Path) -> str:
    return f"CREATE OR REPLACE VIEW {name} AS FROM read_parquet({_literal(path)});"


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


_WRITERS = {
    "parquet": _write_parquet,
    "duckdb": _write_duckdb,
    "csv": _write_csv,
    "jsonld": _write_jsonld,
}
