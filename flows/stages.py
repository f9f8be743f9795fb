"""The stages of a run around the map, as plain functions on a `Run`.

`pipeline.py` says in which order they come; with Prefect each is a task.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from flows.checks import is_failed, stops_batch
from flows.curation import Curation, Curator
from flows.duplicates import curate_duplicates
from flows.errors import SetupError
from flows.inspection import FINDINGS_FILE, Inspection, inspect
from flows.lake import (
    STAGED_TABLES,
    LakeFolder,
    attach_statements,
    insert_rows,
    load_statements,
    open_lake,
    read_sql,
    rehearsal_lake,
    stage_views,
    write_lake,
)
from flows.linking import link_entities
from flows.measures import measure_batches
from flows.plan import FileState, Shard, new_files, plan_shards
from flows.revisions import curate_revisions
from flows.runs import Run, save_run
from flows.shards import Receipt, Workshop
from flows.statements import curate_statements
from flows.storage import DumpFile, list_files, require_space
from flows.suites import Stage, require_sound_suites
from schemas import TABLES

CHECKED_TABLES = (
    *STAGED_TABLES,
    "entities",
    "entity_merges",
    "text_pairs",
    "statements",
    "duplicates",
    "revisions",
    "receipts",
    "runs",
)
VERSIONED_TABLES = ("articles", "blocks", "mentions", "quotes", "fingerprints")
FATES = ("landed", "rejected", "known")
CURATORS: Mapping[str, Curator] = {
    "entities": link_entities,
    "duplicates": curate_duplicates,
    "revisions": curate_revisions,
    "statements": curate_statements,
    "measures": measure_batches,
}
"""By name, in the order in which they run: a later one may read what an earlier one wrote."""

CheckRow = dict[str, Any]


class BatchStoppedError(SetupError):
    """The audit found what must not be landed; the batch stays staged, the lake untouched."""

    exit_code = 4


class BooksError(RuntimeError):
    """Records read are not the sum of those landed, rejected and known: a defect of ours."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be read: new files by source, and what every shard needs to know."""

    new_files: tuple[tuple[str, tuple[DumpFile, ...]], ...]
    workshop: Workshop


def list_dumps(run: Run) -> Plan:
    """List the dumps and leave out the files that are landed whole.

    Writes the ids of known documents where workers find them, if there is new work. Raises
    SetupError for a suite that is not well written, before any work is done.
    """
    require_sound_suites()
    known = _known_files(run.lake)
    listed: set[str] = set()
    chosen = []
    dumps = run.order.dumps()
    run.paths = tuple(path for _, path in dumps)
    for source, path in dumps:
        files = [file for file in list_files([path]) if file.uri not in listed]
        listed.update(file.uri for file in files)
        chosen.append((source, tuple(new_files(files, known))))
    new_count = sum(len(files) for _, files in chosen)
    run.counts |= {"files_seen": len(listed), "files_known": len(listed) - new_count}
    known_ids = _export_known_ids(run) if new_count else None
    return Plan(tuple(chosen), Workshop(run.settings, run.staging, known_ids))


def plan_work(run: Run, plan: Plan) -> Iterator[Shard]:
    """Cut the new files into shards, at most the order's limit of records in all."""
    left = run.order.limit
    for source, files in plan.new_files:
        for shard in plan_shards(files, source, run.settings, left):
            require_space(
                run.lake.path if run.lake.path.exists() else run.staging,
                run.settings.run.min_free_bytes,
                "shards staged so far are kept; free some space and run the same command again",
            )
            run.watcher.planned(shard.record_count)
            left = None if left is None else left - shard.record_count
            yield shard


def audit_batch(run: Run, receipts: Sequence[Receipt]) -> list[CheckRow]:
    """Run the expectations on the staged batch; raises BatchStoppedError if one says stop.

    The results of a stopped batch are written to the lake at once, so that they can be read.
    """
    attach, _ = attach_statements(run.lake.path)
    shown = [*_staged_views(run, receipts), *(_audited_view(name) for name in STAGED_TABLES)]
    preload = [*load_statements(), attach, *shown]
    results = _inspect(run, preload, STAGED_TABLES, "audit")
    if stops_batch(results):
        run.status = "stopped"
        error = BatchStoppedError(_why_stopped(run, results))
        with write_lake(run.lake.path) as connection:
            insert_rows(connection, "checks", results)
            connection.execute(read_sql("findings/of_batch").format(found=_found(run, "audit")))
            run.counts["checks_failed"] = sum(map(is_failed, results))
            save_run(connection, run, ended_at=datetime.now(UTC), error=str(error))
        raise error
    return results


def commit_batch(run: Run, receipts: Sequence[Receipt], checks: Sequence[CheckRow]) -> None:
    """Land the staged batch in one transaction over all tables, then clear the staging.

    Raises BooksError, and lands nothing, when the records do not add up.
    """
    with write_lake(run.lake.path, run.settings.run.memory_limit_mb) as connection:
        _count_batch(connection, run, receipts)
        _insert_batch(connection, run)
        insert_rows(connection, "receipts", [{**row, "run_id": run.run_id} for row in receipts])
        insert_rows(connection, "checks", checks)
        connection.execute(read_sql("findings/of_batch").format(found=_found(run, "audit")))
        run.status = "landed"
        save_run(connection, run)
    clear_staging(run.staging, keep=())


def curate_lake(run: Run) -> None:
    """Bring up to date what only the whole lake can tell, in one transaction."""
    with write_lake(run.lake.path, run.settings.run.memory_limit_mb) as connection:
        for curator in CURATORS.values():
            curator(connection, Curation(run.run_id, run.started_at, run.settings))


def check_lake(run: Run) -> list[CheckRow]:
    """Run the expectations on the whole lake; write their results and all rows unlike them."""
    preload = [*load_statements(), *attach_statements(run.lake.path)]
    results = _inspect(run, preload, CHECKED_TABLES, "lake")
    with write_lake(run.lake.path) as connection:
        insert_rows(connection, "checks", results)
        found = _found(run, "lake")
        connection.execute(read_sql("findings/gone").format(found=found))
        connection.execute(read_sql("findings/new").format(found=found))
    return results


def close_books(run: Run) -> None:
    """Write down that the run has succeeded, so that its own report can say so."""
    run.status = "succeeded"
    with write_lake(run.lake.path) as connection:
        save_run(connection, run, ended_at=datetime.now(UTC))


def write_report(run: Run) -> str:
    """Write the report, the run's own page and the index; returns the report's path."""
    from flows.report_pages import write_pages

    with open_lake(run.lake.path) as connection:
        return str(write_pages(connection, run.lake, datetime.now(UTC)))


def failed_checks(run: Run) -> list[CheckRow]:
    """The checks of a run that failed or could not be evaluated, worst first."""
    with open_lake(run.lake.path) as connection:
        found = connection.execute(read_sql("checks/failed"), {"run_id": run.run_id})
        rows: list[CheckRow] = found.to_arrow_table().to_pylist()
        return rows


def count_rehearsed(run: Run, receipts: Sequence[Receipt]) -> None:
    """Count what a dry run would have landed, by the lake as it is; the lake is only read."""
    with rehearsal_lake(run.lake.path) as connection:
        _count_batch(connection, run, receipts)


def shard_ids(receipts: Sequence[Receipt]) -> list[str]:
    """Ids of the shards that the receipts are of."""
    return [row["shard_id"] for row in receipts]


def clear_staging(staging: Any, keep: Sequence[str]) -> None:
    """Remove staged shards but those to keep: what another command or code has left there."""
    for entry in staging.iterdir():
        if entry.name in keep:
            continue
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def _known_files(lake: LakeFolder) -> set[FileState]:
    if not lake.is_made:
        return set()
    with open_lake(lake.path) as connection:
        return {(uri, size, at) for uri, size, at in _rows(connection, "files_known")}


def _rows(connection: Any, name: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(read_sql(name)).fetchall()
    return rows


def _export_known_ids(run: Run) -> Any:
    """Sorted 16-byte ids in a file that all workers map: no catalog, no copy a worker."""
    if not run.lake.is_made:
        return None
    with open_lake(run.lake.path) as connection:
        ids = connection.execute(
            "SELECT document_id FROM documents ORDER BY document_id"
        ).to_arrow_table()
    raw = bytes.fromhex("".join(map(str, ids["document_id"].to_pylist())))
    target = run.staging / ".known.npy"
    np.save(target, np.frombuffer(raw, dtype="S16"))
    return target


def _inspect(
    run: Run, preload: Sequence[str], tables: Sequence[str], stage: Stage
) -> list[CheckRow]:
    """Inspect in a process of its own: the engine's memory goes when it is done."""
    limits = [
        f"SET memory_limit = '{run.settings.run.memory_limit_mb}MB'",
        "SET threads = 2",
        "SET TimeZone = 'UTC'",
        f"SET temp_directory = '{run.staging / '.spill'}'",
    ]
    order = Inspection(
        (*limits, *preload),
        tuple(tables),
        stage,
        run.run_id,
        run.started_at.date(),
        _found(run, stage).parent,
        "lake." if stage == "audit" else "",
    )
    results = run.inspector.call(inspect, order)
    checked_at = datetime.now(UTC)
    return [{**row, "run_id": run.run_id, "checked_at": checked_at} for row in results]


def _why_stopped(run: Run, results: Sequence[CheckRow]) -> str:
    failed = [row for row in results if is_failed(row)]
    first = min(failed, key=lambda row: row["severity"])
    return (
        f"the audit stopped the batch: {len(failed)} of {len(results)} checks failed, first "
        f"{first['suite']}.{first['subject']} {first['expectation']} (found "
        f"{first['observed']}, expected {first['expected']}); the lake is untouched and the "
        f"batch is staged in {run.staging}; see: SELECT * FROM checks WHERE run_id = "
        f"'{run.run_id}'"
    )


def _found(run: Run, stage: Stage) -> Path:
    """File in which an inspection leaves its findings."""
    return run.staging / f".{stage}" / FINDINGS_FILE


def _staged_views(run: Run, receipts: Sequence[Receipt]) -> list[str]:
    return [*stage_views(run.staging, shard_ids(receipts)), read_sql("commit/first_places")]


def _audited_view(name: str) -> str:
    """A staged table under its own name, without the copies that the commit leaves out."""
    return (
        f"CREATE TEMP VIEW {name} AS SELECT * EXCLUDE (staged_in) FROM staged_{name} "
        "SEMI JOIN first_places USING (document_id, staged_in)"
    )


def _insert_batch(connection: Any, run: Run) -> None:
    moment = {"run_id": run.run_id, "started_at": run.started_at}
    connection.execute(read_sql("commit/documents"), moment)
    connection.execute(read_sql("commit/rejects"), moment)
    for name in VERSIONED_TABLES:
        order = ", ".join(f'staged."{column}"' for column in TABLES[name].sort_by)
        statement = read_sql("commit/versioned").format(table=name, order=order)
        connection.execute(statement, {"run_id": run.run_id})
    connection.execute(read_sql("commit/seen_again"), moment)


def _count_batch(connection: Any, run: Run, receipts: Sequence[Receipt]) -> None:
    """Decide which staged rows are new, and count what became of every record read."""
    for statement in _staged_views(run, receipts):
        connection.execute(statement)
    connection.execute(read_sql("commit/new_documents"))
    connection.execute(read_sql("commit/new_versions"))
    fates = connection.execute(read_sql("commit/funnel")).fetchall()
    run.kinds = {
        kind: {"landed": landed, "rejected": rejected, "known": known}
        for kind, landed, rejected, known in fates
    }
    run.counts["shard_count"] = len(receipts)
    run.counts["records_read"] = sum(row["records_read"] for row in receipts)
    for fate in FATES:
        run.counts[f"records_{fate}"] = sum(counts[fate] for counts in run.kinds.values())
    _require_balance(run.counts)


def _require_balance(counts: dict[str, int]) -> None:
    parts = [counts[f"records_{fate}"] for fate in FATES]
    if counts["records_read"] != sum(parts):
        raise BooksError(
            f"{counts['records_read']} records were read, but {parts[0]} landed, {parts[1]} "
            f"rejected and {parts[2]} known make {sum(parts)}; nothing was landed"
        )
