"""Acknowledging: a person has seen that a check fails, and says why that is well."""

import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flows.errors import SetupError
from flows.lake import insert_rows, open_lake, read_sql, write_lake
from flows.locks import hold_lock
from flows.suites import SOURCES

Row = dict[str, Any]


def acknowledge(
    lake: Path, name: str, source: str | None, note: str, until: date | None, expiry_seconds: float
) -> list[Row]:
    """Acknowledge a check that failed in the newest run; returns what was written, by source.

    `name` is `suite.subject`, the suite, the subject or the expectation. A check of a source
    begins its history anew on the day of the run; another one is not told again until the day
    given. Raises SetupError for a check that did not fail, and for a table that breaks its
    contract: that is mended, not acknowledged. Waits for nobody: LakeBusyError during a run.
    """
    if not note.strip():
        raise SetupError("say with --note why it is well, for those who read it later")
    run_id, day, failed = _failed(lake)
    chosen = [row for row in failed if name in _names(row)]
    if not chosen:
        names = ", ".join(dict.fromkeys(f"{row['suite']}.{row['subject']}" for row in failed))
        raise SetupError(f"{name}: no such check failed in run {run_id}; failed: {names or 'none'}")
    said_at = datetime.now(UTC)
    rows = [
        {
            "acknowledgement_id": f"{said_at:%Y%m%dT%H%M%S}-{secrets.token_hex(3)}",
            "suite": row["suite"],
            "expectation": row["expectation"],
            "subject": row["subject"],
            "source": where,
            "run_id": run_id,
            "since_on": day,
            "until_on": until,
            "note": note.strip(),
            "acknowledged_at": said_at,
        }
        for row in chosen
        for where in _sources(lake, run_id, row, source)
    ]
    with (
        hold_lock(lake / "run.lock", "acknowledge", expiry_seconds),
        write_lake(lake) as connection,
    ):
        insert_rows(connection, "acknowledgements", rows)
    return rows


def _failed(lake: Path) -> tuple[str, date, list[Row]]:
    """The newest run that checked, its day, and the checks that failed in it."""
    with open_lake(lake) as connection:
        newest = connection.execute(
            "SELECT run_id, CAST(started_at AS DATE) FROM runs "
            "WHERE run_id = (SELECT max(run_id) FROM checks)"
        ).fetchone()
        if newest is None:
            raise SetupError(f"{lake}: nothing has been checked in this lake yet")
        found = connection.execute(read_sql("checks/failed"), {"run_id": newest[0]})
        return newest[0], newest[1], found.to_arrow_table().to_pylist()


def _names(row: Row) -> tuple[str, ...]:
    return (f"{row['suite']}.{row['subject']}", row["suite"], row["subject"], row["expectation"])


def _sources(lake: Path, run_id: str, row: Row, source: str | None) -> Sequence[str | None]:
    """The sources that an acknowledgement is about; none where it is about a table."""
    name = f"{row['suite']}.{row['subject']}"
    if row["outcome"] == "broken":
        raise SetupError(
            f"{name} could not be evaluated, which nobody can acknowledge: {row['observed']}"
        )
    if row["suite"] != SOURCES:
        if row["severity"] == "stop":
            raise SetupError(f"{name} breaks its contract: that is mended, not acknowledged")
        if source is not None:
            raise SetupError(f"{name} is about a table and not about sources; leave --source out")
        return [None]
    with open_lake(lake) as connection:
        found = connection.execute(
            "SELECT DISTINCT source FROM findings WHERE run_id = ? AND suite = ? AND subject = ? "
            "ORDER BY source",
            [run_id, SOURCES, row["subject"]],
        ).fetchall()
    failing = [where for (where,) in found]
    if source is not None and source not in failing:
        raise SetupError(f"{name} failed for {', '.join(failing)}, and not for {source}")
    return failing if source is None else [source]
