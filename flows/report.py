"""Write the report page anew."""

from pathlib import Path

from prefect import flow

from flows.runs import Order, open_run
from flows.tasks import write_report


@flow(name="report", persist_result=False)
def report(lake: Path | None = None, config: Path | None = None) -> str:
    """Write the lake's report page and return its path."""
    with open_run(Order(lake=lake, config=config), "prefect") as run:
        return write_report(run)
