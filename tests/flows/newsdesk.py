"""Articles straight into a lake, curated batch by batch: what a run does, without the reading."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.curation import Curation
from flows.duplicates import curate_duplicates
from flows.lake import create_lake, open_lake, write_lake
from flows.settings import Settings, load_settings
from flows.steps.fingerprints import find_fingerprints
from flows.steps.record import identity
from schemas import TABLES
from schemas.contract import Field, table_from_rows

STARTED_AT = datetime(2026, 3, 1, tzinfo=UTC)


def article(body: str, url: str, version: int = 1, **values: Any) -> dict[str, Any]:
    """A row of `articles` with so much of it set; the rest is as empty as the contract allows."""
    blank = {field.name: _blank(field) for field in TABLES["articles"].fields}
    return {
        **blank,
        "article_id": identity(url.encode()),
        "version": version,
        "document_id": identity(f"{url} {version} {body}".encode()),
        "url": url,
        "site": url.split("/")[2] if "//" in url else None,
        "body": body,
        **values,
    }


def land_batch(
    lake: Path, rows: Sequence[Mapping[str, Any]], run_id: str, settings: Settings | None = None
) -> None:
    """Insert the articles and their fingerprints, then curate duplicates, as a run does."""
    articles = table_from_rows(TABLES["articles"], rows)
    prints = find_fingerprints(articles).drop_columns(["version", "run_id"])
    prints = prints.append_column("version", articles["version"])
    with write_lake(lake) as connection:
        for name, table in (
            ("articles", articles.drop_columns(["run_id"])),
            ("fingerprints", prints),
        ):
            connection.register("batch", table)
            connection.execute(
                f"INSERT INTO {name} BY NAME SELECT *, '{run_id}' AS run_id FROM batch"
            )
            connection.unregister("batch")
        curate_duplicates(connection, Curation(run_id, STARTED_AT, settings or load_settings()))


def land_in_batches(
    lake: Path, batches: Iterable[Sequence[Mapping[str, Any]]], settings: Settings | None = None
) -> Path:
    """A new lake with these batches in it, one run each."""
    create_lake(lake)
    for number, rows in enumerate(batches):
        land_batch(lake, rows, f"run-{number}", settings)
    return lake


def rows_of(lake: Path, table: str) -> list[tuple]:
    """All rows of a table, but for the runs, in a fixed order."""
    with open_lake(lake) as connection:
        return connection.execute(f"SELECT * EXCLUDE (run_id) FROM {table} ORDER BY ALL").fetchall()


def _blank(field: Field) -> Any:
    if field.nullable:
        return None
    if pa.types.is_list(field.type):
        return []
    if field.allowed:
        return field.allowed[0]
    return "" if pa.types.is_string(field.type) else 0
