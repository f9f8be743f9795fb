"""The scheduled flow: every source in a run of its own, so that none blocks another.

A run reads what the lake has not landed, whatever the slot it was scheduled for: after downtime
one run takes the whole backlog in, and the slots that were missed find nothing left to do.
"""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

from prefect import flow, get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Completed, Crashed, Failed
from pydantic import Field, WithJsonSchema

from flows.errors import LakeBusyError
from flows.ingest import ingest
from flows.lake import LakeFolder
from flows.notices import tell_news
from flows.runs import close_dead_runs
from flows.settings import SOURCE_NAME, Settings, Source, choose_sources, load_settings
from flows.stages import BatchStoppedError
from flows.status import interrupted_flow_runs, look, served_since

LOG = logging.getLogger(__name__)

SourceName = Annotated[str, Field(pattern=SOURCE_NAME)]
Workers = Annotated[int, Field(ge=1, le=512)]
Day = Annotated[
    date, WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"})
]
"""Prefect's server does not judge formats, only patterns."""


@dataclass(frozen=True, slots=True)
class End:
    """How the run of a source ended: landed, warned, stopped, busy or failed, in a sentence."""

    source: str
    kind: str
    sentence: str


def name_night() -> str:
    """The slot of the run, as the page shows it: `night of 2026-03-01 02:30`."""
    return f"night of {flow_run.get_scheduled_start_time():%Y-%m-%d %H:%M}"


@flow(name="nightly", flow_run_name=name_night, persist_result=False)
def nightly(
    lake: Path | None = None,
    config: Path | None = None,
    sources: list[SourceName] | None = None,
    workers: Workers | None = None,
    since: Day | None = None,
    until: Day | None = None,
) -> State[Any]:
    """Land what is new of every source, or of the named ones, and tell of what went wrong.

    With `since` and `until` only files of these days are read. Each source is a run of its own:
    one that is stopped or fails leaves the others as they are.
    """
    logging.getLogger("flows").setLevel(logging.INFO)
    settings = load_settings(config)
    folder = LakeFolder((lake or settings.lake.path).absolute())
    chosen = _choose(sources, config)
    is_whole = since is None and until is None
    if is_whole and is_served(folder, chosen, flow_run.get_scheduled_start_time()):
        return Completed(name="Skipped", message="A later run has taken in what this slot was for.")
    close_dead_runs(folder, settings)
    crash_dead_flow_runs(folder)
    asked = {
        "lake": folder.path,
        "config": config,
        "workers": workers,
        "since": since,
        "until": until,
    }
    ends = [_run_source(source.name, asked) for source in chosen]
    _tell(folder, settings, chosen)
    return sum_up(ends)


def is_served(lake: LakeFolder, sources: Sequence[Source], slot: datetime) -> bool:
    """Whether runs that began at the slot or later have succeeded for every source."""
    since = served_since(lake, sources, datetime.now(UTC))
    return since is not None and since >= slot


def crash_dead_flow_runs(lake: LakeFolder) -> None:
    """Mark flow runs crashed whose run is interrupted in the lake; Prefect leaves them running."""
    with get_client(sync_client=True) as client:
        for flow_run_id in interrupted_flow_runs(lake):
            with suppress(ObjectNotFound):  # of another server, or deleted
                found = client.read_flow_run(UUID(flow_run_id))
                if found.state and not found.state.is_final():
                    died: State[None] = Crashed(message="Its process ended without a word.")
                    client.set_flow_run_state(found.id, died, force=True)


def sum_up(ends: Sequence[End]) -> State[Any]:
    """The state of a night: as bad as the worst of its runs, with a sentence for each.

    >>> sum_up([End("courier", "landed", "3 landed"), End("wire", "warned", "1 failed check")]).name
    'Warned'
    """
    message = "; ".join(f"{end.source}: {end.sentence}" for end in ends)
    kinds = {end.kind for end in ends}
    if kinds & {"failed", "stopped"}:
        return Failed(name="Failed" if "failed" in kinds else "Stopped", message=message)
    if "warned" in kinds:
        return Completed(name="Warned", message=message)
    return Completed(name="Skipped" if kinds == {"busy"} else "Completed", message=message)


def _choose(names: Sequence[str] | None, config: Path | None) -> list[Source]:
    if names is None:
        return choose_sources(None, config)
    return [source for name in names for source in choose_sources(name, config)]


def _run_source(name: str, parameters: dict[str, Any]) -> End:
    """Run one source; whatever ends it is told, and the next source has its turn."""
    try:
        summary = ingest(source=name, **parameters)
    except BatchStoppedError as error:
        return End(name, "stopped", str(error))
    except LakeBusyError as error:
        return End(name, "busy", str(error))
    except Exception as error:  # also a defect of ours: the other sources must not wait for it
        LOG.error("source %s: %s", name, error)
        return End(name, "failed", str(error) or type(error).__name__)
    said = f"{summary['records_landed']:,} landed, {summary['records_rejected']:,} rejected"
    if summary["checks_failed"]:
        return End(name, "warned", f"{said}, {summary['checks_failed']} checks failed")
    return End(name, "landed", said)


def _tell(lake: LakeFolder, settings: Settings, sources: Sequence[Source]) -> None:
    for problem in tell_news(
        lake, lambda: look(lake, settings, sources, datetime.now(UTC)), settings.notice
    ):
        LOG.warning("%s: %s", problem.kind, problem.sentence)
