"""A run: what was asked for, the lock it holds, and its row in the lake from start to end."""

import logging
import secrets
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from flows import __version__
from flows.engines import WorkerPool
from flows.errors import SetupError
from flows.lake import (
    LakeFolder,
    create_lake,
    insert_rows,
    name_snapshot,
    open_lake,
    remove_orphans,
    write_lake,
)
from flows.locks import hold_lock
from flows.memory import without_pandas
from flows.patience import Patience
from flows.settings import Settings, Source, choose_sources, load_settings, load_sources
from flows.status import dead_run_count
from flows.storage import require_space

LOG = logging.getLogger(__name__)

ADHOC = "adhoc"
"""Name of the source of paths that no source file declares."""

COUNTS = (
    "files_seen",
    "files_known",
    "files_waiting",
    "files_held",
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
    renewed: str | None = None
    """A statement that selects documents of the lake: they are derived anew, nothing else is."""
    since: date | None = None
    until: date | None = None

    def dumps(self) -> list[Source]:
        """Everything to be read, as sources; paths take the hints of a source of their name.

        Raises SetupError for an unknown source, a path that is not there, days in the wrong
        order, or nothing to read.
        """
        if self.renewed is not None:
            return []
        if self.since and self.until and self.since > self.until:
            raise SetupError(f"--since {self.since} is after --until {self.until}")
        dumps = self._named_paths() if self.paths else choose_sources(self.source, self.config)
        if not dumps:
            raise SetupError("nothing to read: give a path, or declare a source in config/sources/")
        for source in dumps:
            if not source.is_remote and not Path(source.path).exists():
                raise SetupError(f"{source.path}: no such file or folder")
        return dumps

    def _named_paths(self) -> list[Source]:
        """Paths that were asked for are read at once, whatever their files are called."""
        declared = {source.name: source for source in load_sources(self.config)}
        name = self.source or ADHOC
        whole = {"patterns": ("*",), "ignore": (), "settle_seconds": 0.0}
        like = declared.get(name, Source.model_construct(name=name, path=""))
        return [like.model_copy(update={**whole, "path": str(path)}) for path in self.paths]


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
    lake_worker: WorkerPool
    """One process: what is heavy on the lake is done there, so that this one stays small."""
    started_at: datetime
    watcher: Watcher
    flow_run_id: str | None = None
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    kinds: dict[str, dict[str, int]] = field(default_factory=dict)
    status: str = "running"
    staging: Path = Path()
    paths: tuple[str, ...] = ()
    wanted: tuple[str, ...] | None = None
    """Documents that are derived anew; `missing` of them are in no dump and no archive."""
    missing: int = 0
    patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.staging = self.lake.staging
        self.patience = Patience(self.settings.run.attempts, self.settings.run.retry_seconds)


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
    run_id = _name_run(lake, started_at)
    pool = WorkerPool(order.workers or settings.run.workers, settings.run.attempts)
    lake_worker = WorkerPool(1, settings.run.attempts)
    run = Run(
        run_id, engine, order, settings, lake, pool, lake_worker, started_at,
        watcher or Watcher(), flow_run_id,
    )  # fmt: skip
    with (
        without_pandas(),
        closing(pool),
        closing(lake_worker),
        _rehearse(run) if order.dry_run else _hold_lake(run),
    ):
        yield run


def mark_dead_runs(connection: duckdb.DuckDBPyConnection) -> int:
    """Close the rows of runs that died; returns how many. Only who holds the lock can know."""
    dead = connection.execute(
        "UPDATE runs SET status = 'interrupted', error = 'the process ended without a word' "
        "WHERE status IN ('running', 'landed')"
    ).fetchone()
    return int(dead[0]) if dead else 0


def close_dead_runs(lake: LakeFolder, settings: Settings) -> int:
    """Mark runs interrupted that look alive and are dead; returns how many. Waits for nobody."""
    if not dead_run_count(lake, settings):
        return 0
    try:
        with (
            hold_lock(lake.lock, "status", settings.run.lock_expiry_seconds),
            write_lake(lake.path) as connection,
        ):
            return mark_dead_runs(connection)
    except SetupError:  # a run has just begun and does it, or the lake is not ours to write
        return 0


def newest_start(lake: LakeFolder) -> datetime | None:
    """When the newest run started by its own clock; None for a lake without runs."""
    if not lake.is_made:
        return None
    with open_lake(lake.path, may_be_older=True) as connection:
        found = connection.execute("SELECT max(started_at) FROM runs").fetchone()
    return found[0] if found else None


def behind_by(newest: datetime | None, now: datetime) -> str | None:
    """A sentence for a clock that is behind a run of the past; None for one that is not.

    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> behind_by(noon, noon) is None
    True
    >>> behind_by(noon, datetime(2026, 3, 1, 9, tzinfo=UTC))
    'the clock was set back: it says 2026-03-01 09:00, but a run started at 2026-03-01 12:00 (UTC)'
    """
    if newest is None or newest <= now:
        return None
    return (
        f"the clock was set back: it says {now:%Y-%m-%d %H:%M}, but a run started at "
        f"{newest:%Y-%m-%d %H:%M} (UTC)"
    )


def now_after(moment: datetime) -> datetime:
    """The time, never before a moment of the past: a clock may be set back while a run goes."""
    return max(datetime.now(UTC), moment)


def _name_run(lake: LakeFolder, started_at: datetime) -> str:
    """Ids sort in the order of the runs, also where the clock was set back between two."""
    newest = newest_start(lake)
    if sentence := behind_by(newest, started_at):
        LOG.warning(sentence)
    # The second is the least that an id tells apart.
    after = started_at if newest is None else max(started_at, newest + timedelta(seconds=1))
    return f"{after:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"


def run_row(run: Run, **changes: object) -> dict[str, object]:
    """The run's `runs` row as it stands now."""
    return {
        "run_id": run.run_id,
        "status": run.status,
        "engine": run.engine,
        "source": run.order.source,
        "flow_run_id": run.flow_run_id,
        "paths": list(run.paths),
        "started_at": run.started_at,
        "version": __version__,
        **run.counts,
        **changes,
    }


def save_run(connection: duckdb.DuckDBPyConnection, run: Run, **changes: object) -> None:
    """Replace the run's row; the caller's transaction decides when readers see it.

    The snapshot of that transaction bears the run's id, by which readers find it again.
    """
    replace_row(connection, run_row(run, **changes))


def replace_row(connection: duckdb.DuckDBPyConnection, row: Mapping[str, object]) -> None:
    """Replace the row of a run, as `save_run` does."""
    name_snapshot(connection, str(row["run_id"]))
    connection.execute("DELETE FROM runs WHERE run_id = ?", [row["run_id"]])
    insert_rows(connection, "runs", [row])


@contextmanager
def _rehearse(run: Run) -> Iterator[None]:
    """Stage into a folder that goes away: no lock, no row, no trace in the lake."""
    with TemporaryDirectory(prefix="broadsheet-") as folder:
        run.staging = Path(folder)
        yield


@contextmanager
def _hold_lake(run: Run) -> Iterator[None]:
    folder = run.lake.path
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(f"{folder}: the lake cannot be written: {error.strerror}") from None
    bounds = run.settings.run
    with hold_lock(run.lake.lock, run.run_id, bounds.lock_expiry_seconds, bounds.busy_wait_seconds):
        require_space(folder, run.settings.run.min_free_bytes, "nothing was written")
        create_lake(folder)
        _begin(run)
        try:
            yield
        except BaseException as error:
            _end_badly(run, error)
            raise
        run.status = "succeeded"
        _end(run, None)


def _begin(run: Run) -> None:
    """Open the run's row, and close those of runs that died: we hold the lock, so they did."""
    with write_lake(run.lake.path) as connection:
        dead_count = mark_dead_runs(connection)
        save_run(connection, run)
    if dead_count:
        remove_orphans(run.lake.path)


def _end_badly(run: Run, error: BaseException) -> None:
    if not isinstance(error, Exception):  # Ctrl-C, or Prefect's signal that the run is to end
        run.status = "interrupted"
    elif run.status != "stopped":
        run.status = "failed"
    with suppress(Exception):  # a failed commit leaves files, and a full disk needs their room
        remove_orphans(run.lake.path)
    # A lake that cannot be written is why many runs fail; its row is then closed by the next.
    with suppress(Exception):
        _end(run, str(error) or type(error).__name__)


def _end(run: Run, error: str | None) -> None:
    with write_lake(run.lake.path) as connection:
        _learn_counts(connection, run)
        save_run(connection, run, ended_at=now_after(run.started_at), error=error)


def _learn_counts(connection: duckdb.DuckDBPyConnection, run: Run) -> None:
    """Take the counts of a commit that succeeded after its caller had given up waiting for it."""
    columns = ", ".join(run.counts)
    found = connection.execute(
        f"SELECT {columns} FROM runs WHERE run_id = ? AND status = 'landed'", [run.run_id]
    ).fetchone()
    if found:
        run.counts |= dict(zip(run.counts, found, strict=True))
