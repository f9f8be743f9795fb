"""Every Prefect task: a stage with a name, retries where they make sense, and its artifact.

Tasks exchange a `Run`, plans and small receipts inside one process; nothing is cached by
Prefect, since the staged parts already are what a re-run continues from.
"""

from collections.abc import Sequence

from prefect import task
from prefect.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)
from prefect.cache_policies import NO_CACHE
from prefect.events import emit_event

from flows import stages
from flows.checks import is_failed
from flows.commit import FATES
from flows.engines import Pending
from flows.pipeline import Stages
from flows.plan import Shard
from flows.runs import Run
from flows.wording import counted
from flows.workshop import Receipt, Workshop

TOLD = 50
"""Failed checks that an event carries; the rest is in the report."""


@task(name="list dumps", task_run_name="list dumps", cache_policy=NO_CACHE)
def list_dumps(run: Run) -> stages.Plan:
    """List the dumps and leave out what is landed."""
    return stages.list_dumps(run)


@task(
    name="land shard",
    task_run_name="land {shard.source} {shard.shard_id:.6}, {shard.record_count} records",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def land_shard(run: Run, shard: Shard, workshop: Workshop) -> Receipt:
    """Land one shard in a worker process; a worker that dies is replaced there."""
    return stages.land_patiently(run, shard, workshop)


@task(name="audit batch", task_run_name="audit batch", cache_policy=NO_CACHE)
def audit_batch(run: Run, receipts: Sequence[Receipt]) -> list[stages.CheckRow]:
    """Run the expectations on the staged batch; stop the run, and tell, when one says so."""
    try:
        return stages.audit_batch(run, receipts)
    except stages.BatchStoppedError:
        tell_failed(run)
        raise


@task(name="commit batch", task_run_name="commit batch", cache_policy=NO_CACHE)
def commit_batch(run: Run, receipts: Sequence[Receipt], checks: Sequence[stages.CheckRow]) -> None:
    """Land the batch in one transaction, and show its funnel."""
    stages.commit_batch(run, receipts, checks)
    show_funnel(run)


@task(name="curate lake", task_run_name="curate lake", cache_policy=NO_CACHE)
def curate_lake(run: Run) -> None:
    """Bring entities, duplicates and what else spans articles up to date."""
    stages.curate_lake(run)


@task(name="check lake", task_run_name="check lake", cache_policy=NO_CACHE)
def check_lake(run: Run) -> list[stages.CheckRow]:
    """Run the expectations on the whole lake, and show their results."""
    results = stages.check_lake(run)
    show_checks(results)
    tell_failed(run)
    return results


@task(name="maintain lake", task_run_name="maintain lake", cache_policy=NO_CACHE)
def maintain_lake(run: Run) -> None:
    """Tidy the lake, if that is due."""
    stages.maintain_lake(run)


@task(name="write report", task_run_name="write report", cache_policy=NO_CACHE)
def write_report(run: Run) -> str:
    """Write the report page, link it, and sum the run up where the page cannot be opened."""
    page = stages.write_report(run)
    create_markdown_artifact(summarise(run, page), key="run", description=f"Run {run.run_id}")
    create_link_artifact(
        link=f"file://{page}", link_text="Report", key="report", description=run.run_id
    )
    return page


def show_funnel(run: Run) -> None:
    """Publish what became of the records, by kind of file, as a table artifact."""
    rows = [{"kind": kind, **counts} for kind, counts in run.kinds.items()]
    create_table_artifact(table=rows, key="funnel", description=f"Run {run.run_id}")


def summarise(run: Run, page: str) -> str:
    """A run in Markdown: what was read and what became of it, and where its report is."""
    counts = run.counts
    lines = [
        f"# Run {run.run_id}",
        f"{run.order.source or 'All sources'}: {counted(counts['files_seen'], 'file')}, "
        f"{counts['files_known']:,} of them known before, {counts['files_waiting']:,} still being "
        f"written, {counts['files_held']:,} held by a stopped run.",
        "| records | |\n|---|---:|",
        *(f"| {fate} | {counts[f'records_{fate}']:,} |" for fate in ("read", *FATES)),
        f"\n{counted(counts['checks_failed'], 'check')} failed. Report: `{page}`",
    ]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])


def show_checks(results: Sequence[stages.CheckRow]) -> None:
    """Publish the results of checks as a table artifact, failed ones first."""
    columns = ("outcome", "severity", "suite", "subject", "expectation", "observed", "expected")
    rows = [{name: row[name] for name in columns} for row in results]
    rows.sort(key=lambda row: (not is_failed(row), row["severity"], row["suite"]))
    create_table_artifact(table=rows, key="checks", description="Expectations on the lake")


def tell_failed(run: Run) -> None:
    """Emit the event `broadsheet.checks.failed`, once a run, when one of its checks failed.

    An automation can wait for it: `docs/quality.md` has one.
    """
    failed = stages.failed_checks(run)
    if not failed:
        return
    columns = ("suite", "subject", "expectation", "severity", "outcome", "observed")
    emit_event(
        event="broadsheet.checks.failed",
        resource={
            "prefect.resource.id": f"broadsheet.lake.{run.lake.path.name}",
            "prefect.resource.name": str(run.lake.path),
            "broadsheet.run": run.run_id,
            "broadsheet.status": run.status,
        },
        payload={
            "run_id": run.run_id,
            "status": run.status,
            "failed_count": len(failed),
            "checks": [{name: row[name] for name in columns} for row in failed[:TOLD]],
            "report": f"file://{run.lake.report}",
        },
    )


def submit_shard(run: Run, shard: Shard, workshop: Workshop) -> Pending[Receipt]:
    """Hand one shard to the flow's task runner."""
    pending: Pending[Receipt] = land_shard.submit(run, shard, workshop)
    return pending


AS_TASKS = Stages(
    list_dumps=list_dumps,
    submit_shard=submit_shard,
    audit_batch=audit_batch,
    commit_batch=commit_batch,
    curate_lake=curate_lake,
    check_lake=check_lake,
    maintain_lake=maintain_lake,
    write_report=write_report,
)
