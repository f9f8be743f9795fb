"""Upkeep: small files made large, old snapshots let go, orphans removed, the index renewed.

Readers are never in the way: they go on reading the snapshot that they began with, whose files
stay for a while after nothing needs them any more.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from flows.curation import Curation
from flows.engines import WorkerPool
from flows.indexing import curate_search
from flows.lake import (
    LakeFolder,
    create_lake,
    name_snapshot,
    open_lake,
    read_sql,
    require_lake,
    write_lake,
)
from flows.locks import hold_lock
from flows.settings import Settings
from flows.wording import counted

WRITER = "upkeep"
"""Name of the snapshots that upkeep makes."""

COMPACTIONS = (
    "CALL ducklake_flush_inlined_data('lake')",  # rows of tiny inserts, from catalog to Parquet
    # DuckLake merges no file with a deleted row in it, so that all of these are written anew.
    "CALL ducklake_rewrite_data_files('lake', delete_threshold => 0)",
    "CALL ducklake_merge_adjacent_files('lake')",
)


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What was done."""

    files_before: int
    files_after: int
    snapshots_expired: int
    files_removed: int


def tidy(path: Path, settings: Settings) -> Upkeep:
    """Maintain a lake that no run holds. Raises SetupError, LakeBusyError while a run does."""
    require_lake(path)
    with hold_lock(path / "run.lock", WRITER, settings.run.lock_expiry_seconds):
        create_lake(path)  # an older lake gets its index and macros
        return maintain_lake(path, settings, datetime.now(UTC))


def print_upkeep(done: Upkeep, as_json: bool) -> None:
    """Say on stdout what was done."""
    if as_json:
        print(json.dumps(asdict(done)))
        return
    print(
        f"{counted(done.files_before, 'file')} became {done.files_after:,}; "
        f"{counted(done.snapshots_expired, 'snapshot')} let go, "
        f"{counted(done.files_removed, 'file')} removed"
    )


def is_due(path: Path, settings: Settings, now: datetime) -> bool:
    """Whether the last upkeep is long enough ago; a new lake counts from when it was made."""
    lake = LakeFolder(path)
    last = lake.tidied if lake.tidied.exists() else lake.marker
    age = now - datetime.fromtimestamp(last.stat().st_mtime, UTC)
    return age >= timedelta(hours=settings.upkeep.hours_between)


def maintain_lake(path: Path, settings: Settings, now: datetime) -> Upkeep:
    """Tidy the lake; rows, and what they were after the runs to keep, do not change. Idempotent.

    Only the process that holds the run lock may call this. Every part is a transaction of its
    own: an upkeep that is killed leaves a lake that is as good as before. Raises WorkerLostError
    when the process that compacts dies as often as `run.attempts` allows.
    """
    files_before = _count_files(path)
    with write_lake(path, settings.run.memory_limit_mb) as connection:
        name_snapshot(connection, WRITER)
        curate_search(connection, Curation(WRITER, now, settings))
    expired = _expire(path, settings, now)
    with closing(WorkerPool(1, settings.run.attempts)) as pool:
        for compaction in COMPACTIONS:
            pool.call(_compact, path, settings, compaction)
    removed = _remove(path, settings, now)
    LakeFolder(path).tidied.touch()
    return Upkeep(files_before, _count_files(path), expired, removed)


def _compact(path: Path, settings: Settings, compaction: str) -> None:
    """Compact in a process of its own: DuckLake has been seen to crash in it, once in hundreds."""
    try:
        _compact_by(path, settings, compaction, threads=None)
    except duckdb.OutOfMemoryException:  # each thread holds a row group: one needs the least
        _compact_by(path, settings, compaction, threads=1)


def _compact_by(path: Path, settings: Settings, compaction: str, threads: int | None) -> None:
    with write_lake(path, settings.run.memory_limit_mb) as connection:
        if threads is not None:
            connection.execute(f"SET threads = {threads}")
        name_snapshot(connection, WRITER)
        connection.execute(compaction)


def _expire(path: Path, settings: Settings, now: datetime) -> int:
    """Let go of snapshots inside runs, and of runs that are no longer kept."""
    limits: Mapping[str, object] = {
        "writer": WRITER,
        "runs_before": now - timedelta(days=settings.upkeep.keep_snapshot_days),
        "others_before": now - timedelta(days=settings.upkeep.keep_file_days),
    }
    with write_lake(path) as connection:
        rows = connection.execute(read_sql("old_snapshots"), limits).fetchall()
        if rows:
            versions = ", ".join(str(snapshot) for (snapshot,) in rows)
            connection.execute(f"CALL ducklake_expire_snapshots('lake', versions => [{versions}])")
    return len(rows)


def _remove(path: Path, settings: Settings, now: datetime) -> int:
    """Remove files that no snapshot needs, after their time, and files that none ever knew."""
    days = settings.upkeep.keep_file_days
    # DuckLake compares these instants by their days where the catalog is SQLite, so that one
    # more day is needed for a file to have had its time.
    until = now - timedelta(days=days + 1) if days else now + timedelta(days=1)
    with write_lake(path) as connection:
        gone = _count(connection, "ducklake_cleanup_old_files", until)
        gone += _count(connection, "ducklake_delete_orphaned_files", now + timedelta(days=1))
    return gone


def _count(connection: duckdb.DuckDBPyConnection, function: str, until: datetime) -> int:
    return len(connection.execute(f"CALL {function}('lake', older_than => $1)", [until]).fetchall())


def _count_files(path: Path) -> int:
    with open_lake(path) as connection:
        found = connection.execute(
            "SELECT sum(file_count + delete_file_count) FROM ducklake_table_info('lake')"
        ).fetchone()
    return int(found[0] or 0) if found else 0
