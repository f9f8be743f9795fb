"""What a curator has still to take in, and running its statements."""

from dataclasses import dataclass
from typing import Any

import duckdb

from flows.lake import read_sql

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Rules:
    """A curator and the rules by which it works; with other rules all is to be done anew."""

    curator: str
    rules: str

    def parameters(self) -> dict[str, str]:
        """The parameters of statements that ask for them."""
        return {"curator": self.curator, "rules": self.rules}


def find_pending(connection: Connection, rules: Rules) -> bool:
    """Fill `pending_batches` with the batches that were not taken in by these rules.

    Returns whether there are any.
    """
    run_statement(connection, "pending_batches", **rules.parameters())
    return count_rows(connection, "pending_batches") > 0


def is_up_to_date(connection: Connection, rules: Rules) -> bool:
    """Whether nothing changed since the curator last wrote. Fills `pending_batches`.

    Where it has taken in nothing, all may have been forgotten, and what it wrote is to go.
    """
    if find_pending(connection, rules):
        return False
    found = connection.execute(
        "SELECT count(*) FROM curations WHERE curator = $curator AND rules = $rules",
        rules.parameters(),
    ).fetchall()
    return bool(found[0][0])


def forget_other_rules(connection: Connection, rules: Rules) -> bool:
    """Forget that batches were taken in by other rules; returns whether any were."""
    gone = connection.execute(
        "DELETE FROM curations WHERE curator = $curator AND rules <> $rules", rules.parameters()
    ).fetchone()
    return bool(gone and gone[0])


def take_in(connection: Connection, rules: Rules, run_id: str) -> None:
    """Write down that the pending batches are taken in."""
    run_statement(connection, "taken_in", **rules.parameters(), run_id=run_id)


def run_statement(connection: Connection, name: str, **parameters: object) -> int:
    """Run a statement of `flows/sql/curate/`; returns how many rows it changed, if it says."""
    changed = connection.execute(read_sql(f"curate/{name}"), parameters or None).fetchone()
    return int(changed[0]) if changed else 0


def fetch_rows(connection: Connection, name: str) -> list[tuple[Any, ...]]:
    """The rows that a statement of `flows/sql/curate/` selects."""
    rows: list[tuple[Any, ...]] = connection.execute(read_sql(f"curate/{name}")).fetchall()
    return rows


def count_rows(connection: Connection, rows: str) -> int:
    """How many rows a table has, or a table with a condition behind it."""
    found = connection.execute(f"SELECT count(*) FROM {rows}").fetchone()
    return int(found[0]) if found else 0
