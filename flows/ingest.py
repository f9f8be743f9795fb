"""The main flow: dumps in at the left, tables out at the right."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.lake import LakeFolder
from flows.pipeline import follow
from flows.runs import Order, Run, Watcher, open_run
from flows.settings import load_settings
from flows.tasks import AS_TASKS

WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
"""Who wants to see the run move: set by the command line, absent in scheduled runs."""

THREADS: Any = ThreadPoolTaskRunner(max_workers=64)
"""Threads only wait for processes; there may be as many as shards are handed out ahead."""


def name_run() -> str:
    """What is read, as the page shows it: `ingest courier`."""
    parameters = flow_run.get_parameters()
    paths = [Path(path).name for path in parameters.get("paths") or ()]
    return f"ingest {parameters.get('source') or ', '.join(paths[:3]) or 'all sources'}"


@flow(
    name="ingest",
    flow_run_name=name_run,
    task_runner=THREADS,
    validate_parameters=True,
    persist_result=False,
)
def ingest(
    paths: list[Path] | None = None,
    lake: Path | None = None,
    config: Path | None = None,
    source: str | None = None,
    workers: int | None = None,
    limit: int | None = None,
    dry_run: bool = False,
    renewed: str | None = None,
    since: date | None = None,
    until: date | None = None,
) -> dict[str, Any]:
    """Land dumps: list, shard, read to derive, audit, commit, check, report.

    Running it again lands nothing twice. Fails when the audit stops the batch, when the books
    do not balance, or when the set-up is wrong; the lake is then as it was.
    """
    order = Order(
        tuple(paths or ()), lake, config, source, workers, limit, dry_run, renewed, since, until
    )
    if not LakeFolder((lake or load_settings(config).lake.path).absolute()).is_made:
        order.dumps()  # what is not there is said before a lake is made, else written into it
    logging.getLogger("flows").setLevel(logging.INFO)
    with (
        emit_end() as opened,
        open_run(order, "prefect", WATCHER.get(), flow_run.get_id()) as run,
    ):
        opened.append(run)
        return follow(run, AS_TASKS)


@contextmanager
def emit_end() -> Iterator[list[Run]]:
    """Emit an event when a run has ended: `broadsheet.run.succeeded`, `.warned`, `.stopped`..."""
    opened: list[Run] = []
    try:
        yield opened
    finally:
        for run in opened:
            end = run.status
            if end == "succeeded" and run.counts["checks_failed"]:
                end = "warned"
            emit_event(
                f"broadsheet.run.{end}",
                resource={
                    "prefect.resource.id": f"broadsheet.source.{run.order.source or 'all'}",
                    "prefect.resource.name": run.order.source or "all sources",
                    "broadsheet.lake": str(run.lake.path),
                },
                payload={"run_id": run.run_id, **run.counts},
            )
