"""The way of the data, once: with Prefect or without, the stages come in this order."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from flows import stages
from flows.checks import is_failed
from flows.engines import Pending, land_in_order
from flows.held import Held
from flows.plan import Shard
from flows.runs import Run
from flows.workshop import Receipt, Workshop

OUTSTANDING_PER_WORKER = 2
"""Shards handed out ahead, so that no worker waits; more would only delay the receipts."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages as their caller runs them: plain functions, or Prefect tasks."""

    list_dumps: Callable[[Run], stages.Plan]
    submit_shard: Callable[[Run, Shard, Workshop], Pending[Receipt]]
    audit_batch: Callable[[Run, Sequence[Receipt]], list[stages.CheckRow]]
    commit_batch: Callable[[Run, Sequence[Receipt], Sequence[stages.CheckRow]], None]
    curate_lake: Callable[[Run], None]
    check_lake: Callable[[Run], list[stages.CheckRow]]
    maintain_lake: Callable[[Run], None]
    write_report: Callable[[Run], str]


def follow(run: Run, via: Stages) -> dict[str, Any]:
    """Take the dumps of a run all the way; returns its summary.

    With nothing new there is nothing to audit, commit, check or tidy; the report is renewed.
    """
    plan = via.list_dumps(run)
    receipts = list(land_shards(run, plan, via))
    if run.order.dry_run:
        stages.count_rehearsed(run, receipts)
        return summarise(run, None)
    stages.clear_staging(run.staging, keep=stages.shard_ids(receipts))
    if receipts:
        try:
            checks = via.audit_batch(run, receipts)
        except stages.BatchStoppedError:
            via.write_report(run)
            raise
        via.commit_batch(run, receipts, checks)
    via.curate_lake(run)  # also without receipts: a killed run may have left some of it
    if receipts:
        checks += via.check_lake(run)
        run.counts["checks_failed"] = sum(map(is_failed, checks))
        via.maintain_lake(run)
    stages.close_books(run)
    return summarise(run, via.write_report(run))


def follow_release(run: Run, held: Held) -> dict[str, Any]:
    """Land a batch that its audit stopped, as it was staged; the rest of the way is the same."""
    run.staging = held.folder(run.lake)
    stages.commit_batch(run, held.receipts, ())
    run.staging = run.lake.staging
    stages.close_held(run.lake, held, "released")
    stages.curate_lake(run)
    checks = stages.check_lake(run)
    run.counts["checks_failed"] = sum(map(is_failed, checks))
    stages.close_books(run)
    return summarise(run, stages.write_report(run))


def land_shards(run: Run, plan: stages.Plan, via: Stages) -> Iterator[Receipt]:
    """Land every shard of the plan, in parallel; receipts come in the order of the plan."""

    def submit(shard: Shard) -> Pending[Receipt]:
        return via.submit_shard(run, shard, plan.workshops[shard.source])

    outstanding = OUTSTANDING_PER_WORKER * run.pool.workers
    for receipt in land_in_order(stages.plan_work(run, plan), submit, outstanding):
        run.watcher.landed(receipt)
        yield receipt


def follow_directly(run: Run) -> dict[str, Any]:
    """Take the same way with plain function calls and no Prefect API."""
    threads = ThreadPoolExecutor(OUTSTANDING_PER_WORKER * run.pool.workers)
    try:
        return follow(
            run,
            Stages(
                list_dumps=stages.list_dumps,
                submit_shard=lambda *shard: threads.submit(stages.land_patiently, *shard),
                audit_batch=stages.audit_batch,
                commit_batch=stages.commit_batch,
                curate_lake=stages.curate_lake,
                check_lake=stages.check_lake,
                maintain_lake=stages.maintain_lake,
                write_report=stages.write_report,
            ),
        )
    finally:
        threads.shutdown(cancel_futures=True)  # of a run that ends badly nothing more is landed


def summarise(run: Run, report: str | None) -> dict[str, Any]:
    """What a person or a program wants to know at the end of a run."""
    return {
        "run_id": run.run_id,
        "is_dry_run": run.order.dry_run,
        **run.counts,
        **({} if run.wanted is None else {"records_missing": run.missing}),
        "kinds": run.kinds,
        "lake": str(run.lake.path),
        "report": report,
    }
