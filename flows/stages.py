"""The stages of a run around the map, as plain functions on a `Run`.

`pipeline.py` says in which order they come; with Prefect each is a task.
"""

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows import upkeep
from flows.checks import is_failed, stops_batch
from flows.commit import FATES, Batch, commit, count_batch, staged_views
from flows.curation import Curation
from flows.curators import curate
from flows.engines import WorkerDiedError, WorkerLostError
from flows.errors import SetupError
from flows.held import Held, held_files, hold_batch, let_go
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
    remove_orphans,
    write_lake,
)
from flows.landing import land_safely
from flows.plan import FileState, Shard, new_files, plan_shards
from flows.renewal import (
    export_ids,
    export_known_ids,
    find_files,
    find_wanted,
    purpose_of,
)
from flows.runs import Run, now_after, run_row, save_run
from flows.settings import Source, load_sources
from flows.source_rules import curate_source_rules, freeze_rules, is_behind, load_rules
from flows.sources import Days, Listing, list_source
from flows.steps.source_rules import NO_RULES, SourceRules
from flows.storage import DumpFile, require_space
from flows.suites import Stage, require_sound_suites
from flows.wording import counted
from flows.workshop import Receipt, Workshop

LOG = logging.getLogger(__name__)

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
CheckRow = dict[str, Any]


class BatchStoppedError(SetupError):
    """The audit found what must not be landed; the batch stays staged, the lake untouched."""

    exit_code = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be read: new files by source, and by source what its shards need to know.

    And the rules of the sources: those in force now are in force for the whole run.
    """

    new_files: tuple[tuple[str, tuple[DumpFile, ...]], ...]
    workshops: Mapping[str, Workshop]
    rules: Mapping[str, SourceRules]
    purpose: str = ""


def list_dumps(run: Run) -> Plan:
    """List the dumps and leave out what is landed whole, held, or still being written.

    Writes the ids of known documents where workers find them, if there is new work. Raises
    SetupError for a suite that is not well written, before any work is done.
    """
    require_sound_suites()
    if run.order.renewed is not None:
        return _list_renewed(run, run.order.renewed)
    known, held = _known_files(run.lake), held_files(run.lake)
    sources = run.order.dumps()
    run.paths = tuple(source.path for source in sources)
    listed: set[str] = set()
    chosen = []
    for source in sources:
        listing = _list_source(run, source)
        files = [file for file in listing.files if file.uri not in listed]
        listed.update(file.uri for file in files)
        unread = new_files(files, known)
        chosen.append((source.name, tuple(new_files(unread, held))))
        run.counts["files_seen"] += len(files) + listing.waiting_count
        run.counts["files_known"] += len(files) - len(unread)
        run.counts["files_held"] += len(unread) - len(chosen[-1][1])
        run.counts["files_waiting"] += listing.waiting_count
    new_count = sum(len(files) for _, files in chosen)
    LOG.info(_say_listing(run.counts, new_count))
    known_ids = _export_known_ids(run) if new_count else None
    rules = _current_rules(run) if new_count else {}
    frozen = freeze_rules(rules, run.staging / ".source_rules.json")
    workshops = {
        source.name: Workshop(run.settings.for_source(source), run.staging, known_ids, frozen)
        for source in sources
    }
    return Plan(tuple(chosen), workshops, rules)


def _list_renewed(run: Run, selection: str) -> Plan:
    """List what holds the selected documents; tells of those that are nowhere."""
    wanted = find_wanted(run.lake, selection)
    chosen, gone = find_files(run.lake, wanted, run.staging)
    run.wanted = tuple(wanted)
    run.counts["files_seen"] = sum(len(files) for _, files in chosen)
    run.missing = gone
    known = export_known_ids(run.lake, wanted, run.staging / ".known.npy")
    only = None if " FROM rejects " in selection else export_ids(wanted, run.staging / ".only.npy")
    rules = _current_rules(run)
    frozen = freeze_rules(rules, run.staging / ".source_rules.json")
    declared = {source.name: source for source in load_sources(run.order.config)}
    workshops = {
        name: Workshop(
            run.settings.for_source(declared[name]) if name in declared else run.settings,
            run.staging, known, frozen, only,
        )
        for name, _ in chosen
    }  # fmt: skip
    return Plan(tuple(chosen), workshops, rules, purpose_of(wanted))


def plan_work(run: Run, plan: Plan) -> Iterator[Shard]:
    """Cut the new files into shards, at most the order's limit of records in all."""
    left = run.order.limit
    for source, files in plan.new_files:
        rules = plan.rules.get(source, NO_RULES).fingerprint()
        settings = plan.workshops[source].settings
        for shard in plan_shards(files, source, settings, left, rules, plan.purpose):
            require_space(
                run.lake.path if run.lake.path.exists() else run.staging,
                run.settings.run.min_free_bytes,
                "shards staged so far are kept; free some space and run the same command again",
            )
            run.watcher.planned(shard.record_count)
            left = None if left is None else left - shard.record_count
            yield shard


def land_patiently(run: Run, shard: Shard, workshop: Workshop) -> Receipt:
    """Land a shard in a worker process, again where its storage did not answer."""
    receipt: Receipt = run.patience.call(land_safely, run.pool, shard, workshop)
    return receipt


def audit_batch(run: Run, receipts: Sequence[Receipt]) -> list[CheckRow]:
    """Run the expectations on the staged batch; raises BatchStoppedError if one says stop.

    A stopped batch is put aside, where it blocks no later run, until a person releases or drops
    it. Its results are written to the lake at once, so that they can be read.
    """
    attach, _ = attach_statements(run.lake.path)
    shown = [*staged_views(run.staging, receipts), *(_audited_view(name) for name in STAGED_TABLES)]
    preload = [*load_statements(), attach, *shown]
    results = _inspect(run, preload, STAGED_TABLES, "audit")
    if stops_batch(results):
        run.status = "stopped"
        reason = _say_failed(results)
        error = BatchStoppedError(
            f"the audit stopped the batch: {reason}; the lake is untouched and the batch is held: "
            f"broadsheet release {run.run_id} lands it, broadsheet drop {run.run_id} throws it "
            f"away; see: SELECT * FROM checks WHERE run_id = '{run.run_id}'"
        )
        with write_lake(run.lake.path) as connection:
            insert_rows(connection, "checks", results)
            connection.execute(read_sql("findings/of_batch").format(found=_found(run, "audit")))
            run.counts["checks_failed"] = sum(map(is_failed, results))
            save_run(connection, run, ended_at=datetime.now(UTC), error=str(error))
        hold_batch(run.lake, Held(run.run_id, run.order.source, reason, tuple(receipts)))
        raise error
    return results


def _say_failed(results: Sequence[CheckRow]) -> str:
    failed = [row for row in results if is_failed(row)]
    first = min(failed, key=lambda row: row["severity"])
    return (
        f"{len(failed)} of {counted(len(results), 'check')} failed, first {first['suite']}."
        f"{first['subject']} {first['expectation']} (found {first['observed']}, expected "
        f"{first['expected']})"
    )


def commit_batch(run: Run, receipts: Sequence[Receipt], checks: Sequence[CheckRow]) -> None:
    """Land the staged batch in one transaction over all tables, then clear the staging.

    It is done in a process of its own. Raises BooksError, and lands nothing, when the records do
    not add up; WorkerLostError when that process dies.
    """
    batch = Batch(
        Curation(run.run_id, run.started_at, run.settings),
        run.lake.path,
        run.staging,
        tuple(receipts),
        tuple(checks),
        _found(run, "audit"),
        run_row(run, status="landed"),
        run.wanted,
    )
    try:
        run.kinds, counts = run.lake_worker.try_once(commit, batch)
    except WorkerDiedError:
        raise WorkerLostError(
            f"{run.lake.path}: the process that commits died, as a rule since memory is short "
            "([run] memory_limit_mb); the shards that are staged stay and are used by the next run"
        ) from None
    run.status = "landed"
    run.counts |= counts
    LOG.info(
        "%s records read: %s landed, %s rejected, %s known before",
        *(f"{run.counts[f'records_{fate}']:,}" for fate in ("read", *FATES)),
    )
    clear_staging(run.staging, keep=())


def curate_lake(run: Run) -> None:
    """Bring up to date what only the whole lake can tell, in one transaction."""
    curation = Curation(run.run_id, run.started_at, run.settings)
    try:
        run.lake_worker.try_once(curate, run.lake.path, curation)
    except WorkerDiedError:
        remove_orphans(run.lake.path)  # files of a transaction that died with it
        run.lake_worker.call(curate, run.lake.path, curation)


def check_lake(run: Run) -> list[CheckRow]:
    """Run the expectations on the whole lake; write their results and all rows unlike them."""
    preload = [*load_statements(), *attach_statements(run.lake.path)]
    results = _inspect(run, preload, CHECKED_TABLES, "lake")
    with write_lake(run.lake.path) as connection:
        insert_rows(connection, "checks", results)
        found = _found(run, "lake")
        connection.execute(read_sql("findings/gone").format(found=found))
        connection.execute(read_sql("findings/new").format(found=found))
    shutil.rmtree(found.parent)
    return results


def maintain_lake(run: Run) -> None:
    """Tidy the lake, if that is due; what has landed does not depend on it."""
    now = datetime.now(UTC)
    if upkeep.is_due(run.lake.path, run.settings, now):
        try:
            upkeep.maintain_lake(run.lake.path, run.settings, now)
        except WorkerLostError as error:
            LOG.warning("the lake was not tidied, the next run tries again: %s", error)


def close_books(run: Run) -> None:
    """Write down that the run has succeeded, so that its own report can say so."""
    run.status = "succeeded"
    with write_lake(run.lake.path) as connection:
        save_run(connection, run, ended_at=now_after(run.started_at))


def write_report(run: Run) -> str:
    """Write the report, the run's own page and the index; returns the report's path."""
    page = str(run.lake_worker.call(_write_pages, run.lake))
    LOG.info("report: %s", page)
    return page


def _write_pages(lake: LakeFolder) -> Path:
    from flows.report_pages import write_pages_of  # it draws, with what a worker has room for

    return write_pages_of(lake, datetime.now(UTC))


def failed_checks(run: Run) -> list[CheckRow]:
    """The checks of a run that failed or could not be evaluated, worst first."""
    with open_lake(run.lake.path) as connection:
        found = connection.execute(read_sql("checks/failed"), {"run_id": run.run_id})
        rows: list[CheckRow] = found.to_arrow_table().to_pylist()
        return rows


def count_rehearsed(run: Run, receipts: Sequence[Receipt]) -> None:
    """Count what a dry run would have landed, by the lake as it is; the lake is only read."""
    with rehearsal_lake(run.lake.path) as connection:
        for statement in staged_views(run.staging, receipts):
            connection.execute(statement)
        run.kinds, counts = count_batch(connection, receipts, is_renewal=run.wanted is not None)
        run.counts |= counts


def close_held(lake: LakeFolder, held: Held, status: str) -> None:
    """Write down what became of a stopped run, and let its batch go."""
    with write_lake(lake.path) as connection:
        connection.execute("UPDATE runs SET status = ? WHERE run_id = ?", [status, held.run_id])
    let_go(lake, held)


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


def _list_source(run: Run, source: Source) -> Listing:
    days = Days(run.order.since, run.order.until)
    return run.patience.call(
        list_source,
        source,
        run.settings,
        run.staging / ".fetched",
        days,
        may_be_empty=not run.order.paths,
    )


def _say_listing(counts: Mapping[str, int], new_count: int) -> str:
    """What a listing found, in words.

    >>> _say_listing({"files_seen": 1012, "files_waiting": 1, "files_held": 0}, 12)
    '1,012 files, 12 of them new, 1 still being written'
    """
    left = {"files_waiting": "still being written", "files_held": "held by a stopped run"}
    parts = [f"{counts[name]:,} {words}" for name, words in left.items() if counts[name]]
    return ", ".join([counted(counts["files_seen"], "file"), f"{new_count:,} of them new", *parts])


def _known_files(lake: LakeFolder) -> set[FileState]:
    if not lake.is_made:
        return set()
    with open_lake(lake.path) as connection:
        return {(uri, size, at) for uri, size, at in _rows(connection, "files_known")}


def _rows(connection: Any, name: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(read_sql(name)).fetchall()
    return rows


def _current_rules(run: Run) -> dict[str, SourceRules]:
    """The rules of all sources, first brought up to date where a killed run left them behind."""
    if not run.lake.is_made:
        return {}
    with open_lake(run.lake.path) as connection:
        is_late = not run.order.dry_run and is_behind(connection, run.settings)
    if is_late:
        with write_lake(run.lake.path, run.settings.run.memory_limit_mb) as connection:
            curate_source_rules(connection, Curation(run.run_id, run.started_at, run.settings))
    with open_lake(run.lake.path) as connection:
        return load_rules(connection)


def _export_known_ids(run: Run) -> Any:
    """The file of known ids, once there is a lake that knows any."""
    if not run.lake.is_made:
        return None
    return export_known_ids(run.lake, (), run.staging / ".known.npy")


def _inspect(
    run: Run, preload: Sequence[str], tables: Sequence[str], stage: Stage
) -> list[CheckRow]:
    """Inspect in a process of its own: the engine's memory goes when it is done."""
    limits = [
        f"SET memory_limit = '{run.settings.run.memory_limit_mb}MB'",
        "SET threads = 2",
        "SET enable_external_file_cache = false",
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
    results = run.lake_worker.call(inspect, order)
    checked_at = datetime.now(UTC)
    return [{**row, "run_id": run.run_id, "checked_at": checked_at} for row in results]


def _found(run: Run, stage: Stage) -> Path:
    """File in which an inspection leaves its findings."""
    return run.staging / f".{stage}" / FINDINGS_FILE


def _audited_view(name: str) -> str:
    """A staged table under its own name, without the copies that the commit leaves out."""
    return (
        f"CREATE TEMP VIEW {name} AS SELECT * EXCLUDE (staged_in) FROM staged_{name} "
        "SEMI JOIN first_places USING (document_id, staged_in)"
    )
