"""The main flow: dumps in at the left, tables out at the right."""

from contextvars import ContextVar
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run
from prefect.task_runners import ThreadPoolTaskRunner

from flows.pipeline import follow
from flows.runs import Order, Watcher, open_run
from flows.tasks import AS_TASKS

WATCHER: ContextVar[Watcher | None] = ContextVar("watcher", default=None)
"""Who wants to see the run move: set by the command line, absent in scheduled runs."""

THREADS: Any = ThreadPoolTaskRunner(max_workers=64)
"""Threads only wait for processes; there may be as many as shards are handed out ahead."""


@flow(
    name="ingest",
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
) -> dict[str, Any]:
    """Land dumps: list, shard, read to derive, audit, commit, check, report.

    Running it again lands nothing twice. Fails when the audit stops the batch, when the books
    do not balance, or when the set-up is wrong; the lake is then as it was.
    """
    order = Order(tuple(paths or ()), lake, config, source, workers, limit, dry_run, renewed)
    order.dumps()  # what is not there is said before a lake is made
    with open_run(order, "prefect", WATCHER.get(), flow_run.get_id()) as run:
        return follow(run, AS_TASKS)
