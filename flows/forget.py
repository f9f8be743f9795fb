"""Takedown: one article leaves every table, the archive and all old snapshots, for good."""

import secrets
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import duckdb

from flows.curation import Curation
from flows.curators import curate_within
from flows.errors import SetupError
from flows.held import list_held
from flows.lake import LakeFolder, create_lake, read_sql, require_lake, write_lake
from flows.locks import hold_lock
from flows.renewal import forget_curated
from flows.settings import Settings
from flows.stages import clear_staging
from schemas import TABLES

Connection = duckdb.DuckDBPyConnection

LEDGER = "departures"
PURGES = (
    "CALL ducklake_flush_inlined_data('lake')",
    "CALL ducklake_rewrite_data_files('lake', delete_threshold => 0.0)",
    "CALL ducklake_expire_snapshots('lake', older_than => now())",
    "CALL ducklake_cleanup_old_files('lake', cleanup_all => true)",
    "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true)",
)
"""Rewrite the files that hold deleted rows, drop the snapshots that show them, delete them."""


def forget(lake: LakeFolder, settings: Settings, id: str) -> dict[str, Any]:
    """Remove an article, with all its versions, or a rejected record; returns what went.

    A tombstone of ids alone stays, so that neither the records nor another version of the
    address lands again. Old snapshots go, and with them the way back to what the lake was.
    Raises SetupError for an id that nothing or more than one thing has.
    """
    require_lake(lake.path)
    command_id = f"forget-{secrets.token_hex(3)}"
    with hold_lock(lake.path / "run.lock", command_id, settings.run.lock_expiry_seconds):
        held = list_held(lake)
        if held:
            raise SetupError(
                f"the batch of run {held[0].run_id} is held and may have the article: "
                f"broadsheet release or broadsheet drop {held[0].run_id} first"
            )
        create_lake(lake.path)
        clear_staging(lake.staging, keep=())
        with write_lake(lake.path, settings.run.memory_limit_mb) as connection:
            found = _find(connection, id)
            left_at = datetime.now(UTC)
            moment = {"command_id": command_id, "left_at": left_at}
            connection.execute(read_sql("forget/tombstones"), moment)
            counts = _delete_rows(connection)
            forget_curated(connection)
            curate_within(connection, Curation(command_id, left_at, settings))
        _purge(lake)
    return {"article_id": found, "records": counts["documents"], "rows": counts}


def _find(connection: Connection, id: str) -> str:
    """Fill `forgotten` with the documents of the one article that the id begins."""
    connection.execute(read_sql("forget/forgotten"), {"id": id})
    owners = connection.execute(
        "SELECT DISTINCT coalesce(article_id, document_id) FROM forgotten"
    ).fetchall()
    if not owners:
        raise SetupError(f"no article or document has an id that begins with {id!r}")
    if len(owners) > 1:
        raise SetupError(f"{len(owners)} articles or documents begin with {id!r}; write more of it")
    return str(owners[0][0])


def _delete_rows(connection: Connection) -> dict[str, int]:
    """Delete what belongs to the forgotten documents; examples of checks may quote them."""
    counts = {}
    for name, table in TABLES.items():
        column = next((one for one in ("document_id", "article_id") if one in table.key), None)
        column = column or ("document_id" if "document_id" in table.column_names else None)
        if column is None or name == LEDGER:
            continue
        deleted = connection.execute(
            f"DELETE FROM {name} WHERE {column} IN (SELECT {column} FROM forgotten)"
        ).fetchone()
        counts[name] = int(deleted[0]) if deleted else 0
    connection.execute("UPDATE checks SET examples = [] WHERE len(examples) > 0")
    return counts


def _purge(lake: LakeFolder) -> None:
    """Remove the bytes themselves: data files, old snapshots, free pages of the catalog."""
    for statement in PURGES:
        with write_lake(lake.path) as connection:
            connection.execute(statement)
    with closing(sqlite3.connect(lake.catalog)) as catalog:
        catalog.execute("VACUUM")
        catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if lake.report.exists():
        from flows.report_pages import write_pages_of

        for page in lake.reports.glob("*.html"):  # pages of runs quote texts
            page.unlink()
        write_pages_of(lake, datetime.now(UTC))
