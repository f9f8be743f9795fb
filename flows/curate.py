"""Curate the lake as it is now."""

from pathlib import Path

from prefect import flow

from flows.runs import Order, open_run
from flows.tasks import curate_lake


@flow(name="curate", persist_result=False)
def curate(lake: Path | None = None, config: Path | None = None) -> None:
    """Bring up to date what only the whole lake can tell."""
    with open_run(Order(lake=lake, config=config), "prefect") as run:
        curate_lake(run)
