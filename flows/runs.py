"""A run: what was asked for, the lock it holds, and its row in the lake from start to end."""

import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from flows import __version__
from flows.engines import WorkerPool
from flows.errors import SetupError
from flows.lake import LakeFolder, create_lake, insert_rows, remove_orphans, write_lake
from flows.locks import hold_lock
from flows.settings import Settings, choose_sources, load_settings
from flows.storage import require_space

ADHOC = "adhoc"
"""Name of the source of paths that no source file declares."""

COUNTS = (
    "files_seen",
    "files_known",
    "shard_count",
    "records_read",
    "records_landed",
    "records_rejected",
    "records_known",
    "checks_failed",
)
"""Columns of `runs` that a run counts up."""


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. Without paths, the sources of the configuration are read."""

    paths: tuple[Path, ...] = ()
    lake: Path | None = None
    config: Path | None = None
    source: str | None = None
    workers: int | None = None
    limit: int | None = None
    dry_run: bool = False

    def dumps(self) -> list[tuple[str, Path]]:
        """Source name and path of everything to be read.

        Raises SetupError for an unknown source, a path that is not there, or nothing to read.
        """
        if self.paths:
            dumps = [(self.source or ADHOC, path) for path in self.paths]
        else:
            sources = choose_sources(self.source, self.config)
            dumps = [(source.name, source.path) for source in sources]
        if not dumps:
            raise SetupError("nothing to read: give a path, or declare a source in config/sources/")
        for _, path in dumps:
            if not path.exists():
                raise SetupError(f"{path}: no such file or folder")
        return dumps


class Watcher:
    """Somebody who wants to see a run move. This one does not look."""

    def planned(self, records: int) -> None:
        """So many more records are to be read."""

    def landed(self, receipt: dict[str, Any]) -> None:
        """A shard is staged."""


@dataclass(slots=True)
class Run:
    """A run in progress: its order, settings, lake, and the counts it has so far."""

    run_id: str
    engine: str
    order: Order
    settings: Settings
    lake: LakeFolder
    pool: WorkerPool
    inspector: WorkerPool
    started_at: datetime
    watcher: Watcher
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)
    status: str = "running"
    staging: Path = Path()
    paths: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        self.staging = self.lake.staging


@contextmanager
def open_run(
    order: Order,
    engine: str,
    watcher: Watcher | None = None,
    flow_run_id: str | None = None,
) -> Iterator[Run]:
    """Hold the lake for one run and keep its row true, however the block ends.

    A dead run before it is marked interrupted. Raises SetupError or LakeBusyError before
    anything is written, and DiskFullError when there is too little room to begin.
    """
    settings = load_settings(order.config)
    lake = LakeFolder((order.lake or settings.lake.path).absolute())
    started_at = datetime.now(UTC)
    run_id = f"{started_at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    pool = WorkerPool(order.workers or settings.run.workers, settings.run.attempts)
    inspector = WorkerPool(1, settings.run.attempts)  # one, since the checks' engine is heavy
    run = Run(
        run_id, engine, order, settings, lake, pool, inspector, started_at, watcher or Watcher()
    )
    with (
        closing(pool),
        closing(inspector),
        _rehearse(run) if order.dry_run else _hold_lake(run, flow_run_id),
    ):
        yield run


def run_row(run: Run, **changes: object) -> dict[str, object]:
    """The run's `runs` row as it stands now."""
    return {
        "run_id": run.run_id,
        "status": run.status,
        "engine": run.engine,
        "source": run.order.source,
        "paths": [str(path) for path in run.paths],
        "started_at": run.started_at,
        "version": __version__,
        **run.counts,
        **changes,
    }


def save_run(connection: duckdb.DuckDBPyConnection, run: Run, **changes: object) -> None:
    """Replace the run's row; the caller's transaction decides when readers see it."""
    connection.execute("DELETE FROM runs WHERE run_id = ?", [run.run_id])
    insert_rows(connection, "runs", [run_row(run, **changes)])


@contextmanager
def _rehearse(run: Run) -> Iterator[None]:
    """Stage into a folder that goes away: no lock, no row, no trace in the lake."""
    with TemporaryDirectory(prefix="broadsheet-") as folder:
        run.staging = Path(folder)
        yield


@contextmanager
def _hold_lake(run: Run, flow_run_id: str | None) -> Iterator[None]:
    folder = run.lake.path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{folder}: the lake cannot be written: {error.strerror}") from None
    expiry = run.settings.run.lock_expiry_seconds
    with hold_lock(folder / "run.lock", run.run_id, expiry):
        require_space(folder, run.settings.run.min_free_bytes, "nothing was written")
        create_lake(folder)
        _begin(run, flow_run_id)
        try:
            yield
        except BaseException as error:
            _end_badly(run, error, flow_run_id)
            raise
        run.status = "succeeded"
        _end(run, None, flow_run_id)


def _begin(run: Run, flow_run_id: str | None) -> None:
    """Open the run's row, and close those of runs that died: we hold the lock, so they did."""
    with write_lake(run.lake.path) as connection:
        dead = connection.execute(
            "UPDATE runs SET status = 'interrupted', error = 'the process ended without a word' "
            "WHERE status IN ('running', 'landed')"
        ).fetchone()
        save_run(connection, run, flow_run_id=flow_run_id)
    if dead and dead[0]:
        remove_orphans(run.lake.path)


def _end_badly(run: Run, error: BaseException, flow_run_id: str | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        run.status = "interrupted"
    elif run.status != "stopped":
        run.status = "failed"
    with suppress(Exception):  # a failed commit leaves files, and a full disk needs their room
        remove_orphans(run.lake.path)
    # A lake that cannot be written is why many runs fail; its row is then closed by the next.
    with suppress(Exception):
        _end(run, str(error) or type(error).__name__, flow_run_id)


def _end(run: Run, error: str | None, flow_run_id: str | None) -> None:
    with write_lake(run.lake.path) as connection:
        ended_at = datetime.now(UTC)
        save_run(connection, run, ended_at=ended_at, error=error, flow_run_id=flow_run_id)
