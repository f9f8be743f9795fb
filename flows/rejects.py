"""Working with rejects: list them, show one with its meaning, let some be."""

import json
from typing import Any

import duckdb

from flows.answers import plain_value
from flows.console import out
from flows.errors import SetupError
from flows.lake import LakeFolder, read_sql, require_lake, write_lake
from flows.locks import hold_lock
from flows.settings import Settings
from schemas.rejects import REASONS

Row = dict[str, Any]


def list_rejects(
    connection: duckdb.DuckDBPyConnection, code: str | None, run_id: str | None, state: str | None
) -> list[Row]:
    """The rejects of a code, a run and a state, or all: open ones first, then by place."""
    require_code(code)
    wanted = {"code": code, "run": run_id, "state": state}
    found = connection.execute(read_sql("rejects"), wanted).to_arrow_table().to_pylist()
    return [{name: plain_value(value) for name, value in row.items()} for row in found]


def show_reject(connection: duckdb.DuckDBPyConnection, id: str) -> list[Row]:
    """All that is known of the rejects of a document. SetupError where there is none."""
    found = connection.execute(
        "SELECT * FROM rejects WHERE starts_with(document_id, $id) ORDER BY document_id, reason",
        {"id": id},
    )
    rows = found.to_arrow_table().to_pylist()
    if not rows:
        raise SetupError(f"no reject has an id that begins with {id!r}; see: broadsheet rejects")
    return [
        {**{name: plain_value(value) for name, value in row.items()},
         "meaning": REASONS.get(str(row["reason"]), "")}
        for row in rows
    ]  # fmt: skip


def waive_rejects(
    lake: LakeFolder, settings: Settings, code: str | None, run_id: str | None
) -> int:
    """Mark open rejects as waived: seen, and nothing is to be done. Returns how many."""
    require_code(code)
    require_lake(lake.path)
    expiry = settings.run.lock_expiry_seconds
    with hold_lock(lake.path / "run.lock", "waive", expiry), write_lake(lake.path) as connection:
        done = connection.execute(read_sql("waive"), {"code": code, "run": run_id}).fetchone()
    return int(done[0]) if done else 0


def require_code(code: str | None) -> None:
    """Raise SetupError for a reason that no reject can have."""
    if code is not None and code not in REASONS:
        raise SetupError(f"no reject has the code {code!r}; codes are: {', '.join(REASONS)}")


def print_rejects(rows: list[Row], as_json: bool) -> None:
    """Print rejects on stdout: a block of lines each, or a JSON array."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2, default=str))
        return
    from rich.text import Text

    for row in rows:
        head = f"{row['id']}  {row['reason']}  {row['state']}, tries: {row['attempts']}"
        out().print(Text(head, "bold"), soft_wrap=True)
        out().print(Text(f"    {row['place']}  {row['message']}"), soft_wrap=True)
    out().print(f"{len(rows):,} rejects")
