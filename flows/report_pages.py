"""Where report pages lie: the newest, one for each run, and the index over all of them.

A lake's folder has `report.html` and `reports/`, whose `index.html` lists every run; a run's own
page stays as it was written. All are plain files that open without a server.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from flows.lake import LakeFolder, open_lake, read_sql
from flows.reporting import Report, read_report, render_page
from flows.storage import write_whole

Row = dict[str, Any]


def write_pages(connection: duckdb.DuckDBPyConnection, lake: LakeFolder, now: datetime) -> Path:
    """Write the newest report, its run's own page and the index; returns the newest report."""
    report = read_report(connection, now)
    run = report.values["run"]
    if run is not None:
        lake.reports.mkdir(exist_ok=True)
        write_whole(lake.reports / _page_name(run["run_id"]), report.render("index.html"))
    write_whole(lake.report, report.render("reports/index.html"))
    write_index(connection, lake, now)
    return lake.report


def write_pages_of(lake: LakeFolder, now: datetime) -> Path:
    """Open the lake and write its pages; returns the newest report."""
    with open_lake(lake.path) as connection:
        return write_pages(connection, lake, now)


def write_page(connection: duckdb.DuckDBPyConnection, target: Path, now: datetime) -> None:
    """Write the newest report to a place of its own."""
    report: Report = read_report(connection, now)
    write_whole(target, report.render("reports/index.html"))


def write_index(connection: duckdb.DuckDBPyConnection, lake: LakeFolder, now: datetime) -> Path:
    """Write the index over all runs of the lake; returns its path."""
    found = connection.execute(read_sql("report/index")).to_arrow_table().to_pylist()
    lake.reports.mkdir(exist_ok=True)
    target = lake.reports / "index.html"
    page = render_page(
        "index.html.j2", now=now, lake=lake.path.name, runs=list_runs(found, lake.reports)
    )
    write_whole(target, page)
    return target


def list_runs(rows: Sequence[Row], folder: Path) -> list[Row]:
    """Rows of the index: each run with its verdict, and its page where it has one."""
    return [
        {
            **row,
            "verdict": _verdict(row),
            "page": name if (folder / (name := _page_name(row["run_id"]))).exists() else None,
        }
        for row in rows
    ]


def _page_name(run_id: str) -> str:
    return f"{run_id}.html"


def _verdict(row: Row) -> dict[str, str]:
    """How a run ended, in a word and a tone."""
    if row["status"] == "succeeded" and not row["checks"]:
        has_new = bool(row["records_landed"] or row["records_rejected"])
        word = "Landed unchecked" if has_new else "Nothing new"
        return {"word": word, "tone": "soft"}
    if row["status"] == "succeeded":
        word, tone = ("Landed with warnings", "warn") if row["warnings"] else ("Clean", "good")
        if row["stops"]:
            word, tone = "Landed with errors", "bad"
        return {"word": word, "tone": tone}
    tone = "bad" if row["status"] in ("stopped", "failed") else "warn"
    return {"word": str(row["status"]).capitalize(), "tone": tone}
