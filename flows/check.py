"""Check the whole lake as it is now."""

from pathlib import Path
from typing import Any

from prefect import flow

from flows.runs import Order, open_run
from flows.tasks import check_lake


@flow(name="check", persist_result=False)
def check(lake: Path | None = None, config: Path | None = None) -> list[dict[str, Any]]:
    """Run every expectation on the lake and add the results to `checks`."""
    with open_run(Order(lake=lake, config=config), "prefect") as run:
        return check_lake(run)
