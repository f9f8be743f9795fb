"""The commit of a staged batch: one transaction over all tables, or nothing.

A run has it done by a process of its own, so that what DuckDB takes for it goes with that process.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from flows.curation import Curation
from flows.curators import curate_within
from flows.lake import insert_rows, read_sql, stage_views, write_lake
from flows.renewal import forget_curated, keep_history, take_old_rows
from flows.runs import replace_row
from flows.workshop import Receipt
from schemas import TABLES

Connection = duckdb.DuckDBPyConnection
Kinds = dict[str, dict[str, int]]
"""By kind of file, how many records had which fate."""

FATES = ("landed", "rejected", "known")
VERSIONED_TABLES = ("articles", "blocks", "mentions", "quotes", "fingerprints")


class BooksError(RuntimeError):
    """Records read are not the sum of those landed, rejected and known: a defect of ours."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is committed: staged shards by their receipts, and what the audit said of them.

    A batch without `checks` was audited by the run that it stopped; `findings` is the file in
    which the audit left its findings. `run` is the row of the run as it is to be, but for its
    counts. `wanted` are the documents that the batch renews, None for a batch of new ones.
    """

    curation: Curation
    lake: Path
    staging: Path
    receipts: tuple[Receipt, ...]
    checks: tuple[Mapping[str, Any], ...]
    findings: Path
    run: Mapping[str, object]
    wanted: tuple[str, ...] | None


def commit(batch: Batch) -> tuple[Kinds, dict[str, int]]:
    """Land a batch; returns what became of its records by kind of file, and in all.

    Raises BooksError, and lands nothing, when the records do not add up.
    """
    curation, receipts = batch.curation, batch.receipts
    with write_lake(batch.lake, curation.settings.run.memory_limit_mb) as connection:
        for statement in staged_views(batch.staging, receipts):
            connection.execute(statement)
        if batch.wanted is not None:
            take_old_rows(connection, batch.wanted, _reread(receipts), _moment(curation))
        kinds, counts = count_batch(connection, receipts, is_renewal=batch.wanted is not None)
        _insert_batch(connection, curation)
        own = {"run_id": curation.run_id}
        insert_rows(connection, "receipts", [{**row, **own} for row in receipts])
        insert_rows(connection, "checks", batch.checks)
        if batch.checks:
            connection.execute(read_sql("findings/of_batch").format(found=batch.findings))
        if batch.wanted is not None:
            keep_history(connection, curation.run_id)
            forget_curated(connection)
            curate_within(connection, curation)
        replace_row(connection, {**batch.run, **counts})
    return kinds, counts


def staged_views(staging: Path, receipts: Sequence[Receipt]) -> list[str]:
    """Statements that show the staged shards, and which of their copies come first."""
    shards = [row["shard_id"] for row in receipts]
    return [*stage_views(staging, shards), read_sql("commit/first_places")]


def count_batch(
    connection: Connection, receipts: Sequence[Receipt], *, is_renewal: bool
) -> tuple[Kinds, dict[str, int]]:
    """Decide which staged rows are new; returns what became of every record read.

    Fills `new_documents` and `new_versions`; a renewal has filled what it renews before. Raises
    BooksError.
    """
    if not is_renewal:
        connection.execute(read_sql("commit/nothing_renewed"))
    connection.execute(read_sql("commit/new_documents"))
    connection.execute(read_sql("commit/new_versions"))
    fates = connection.execute(read_sql("commit/funnel")).fetchall()
    kinds = {kind: dict(zip(FATES, counts, strict=True)) for kind, *counts in fates}
    counts = {
        "shard_count": len(receipts),
        "records_read": sum(row["records_read"] for row in receipts),
        **{f"records_{fate}": sum(of[fate] for of in kinds.values()) for fate in FATES},
    }
    _require_balance(counts)
    return kinds, counts


def _insert_batch(connection: Connection, curation: Curation) -> None:
    moment = _moment(curation)
    connection.execute(read_sql("commit/documents"), moment)
    connection.execute(read_sql("commit/rejects_open_again"))
    connection.execute(read_sql("commit/rejects"), moment)
    for name in VERSIONED_TABLES:
        order = ", ".join(f'staged."{column}"' for column in TABLES[name].sort_by)
        statement = read_sql("commit/versioned").format(table=name, order=order)
        connection.execute(statement, {"run_id": curation.run_id})
    connection.execute(read_sql("commit/archive"))
    connection.execute(read_sql("commit/seen_again"), moment)


def _moment(curation: Curation) -> dict[str, Any]:
    return {"run_id": curation.run_id, "started_at": curation.started_at}


def _reread(receipts: Sequence[Receipt]) -> list[str]:
    """Files that were read again; a file rejected as a whole gives what is in it by now."""
    return sorted({file["uri"] for row in receipts for file in row["files"]})


def _require_balance(counts: Mapping[str, int]) -> None:
    parts = [counts[f"records_{fate}"] for fate in FATES]
    if counts["records_read"] != sum(parts):
        raise BooksError(
            f"{counts['records_read']} records were read, but {parts[0]} landed, {parts[1]} "
            f"rejected and {parts[2]} known make {sum(parts)}; nothing was landed"
        )
