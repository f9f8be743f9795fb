"""Status: how a lake stands, and what a person must look at.

Everything is computed from what the lake holds; nothing is asked of a server, so that the answer
is right also where nothing is running any more.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from flows.held import Held, list_held
from flows.lake import LakeFolder, open_lake, read_sql
from flows.locks import Holder, live_holder
from flows.settings import PROBLEMS, Settings, Source
from flows.wording import counted

DAY = timedelta(days=1)

THIN_SHARE = 0.5
"""A week that brings less than this share of what a source is expected to bring is thin."""

LOW_DISK_FACTOR = 4
"""Disk is short below this many times the space without which a run refuses to start."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a person must look at: one of `PROBLEMS`, about what, and what to do.

    `keys` name what it is about, and stay the same while that lasts: each is reported once.
    """

    kind: str
    subject: str
    sentence: str
    advice: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as its runs left it. `served_since` is when the last that succeeded began."""

    name: str
    last_success_at: datetime | None
    served_since: datetime | None
    last_status: str | None
    last_run_id: str | None
    last_error: str | None
    first_run_at: datetime | None
    last_news_at: datetime | None
    week_records: int


@dataclass(frozen=True, slots=True)
class Status:
    """How a lake stands at an instant. Sizes are bytes."""

    lake: str
    at: datetime
    running: str | None
    sources: tuple[SourceState, ...]
    held: tuple[Held, ...]
    staged_shards: int
    records: int
    lake_bytes: int
    growth_bytes_per_day: int
    free_bytes: int
    problems: tuple[Problem, ...]

    @property
    def is_well(self) -> bool:
        """Whether nobody has to look."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _Facts:
    """What was found before it is judged."""

    now: datetime
    settings: Settings
    declared: dict[str, Source]
    sources: tuple[SourceState, ...]
    held: tuple[Held, ...]
    holder: Holder | None
    open_runs: tuple[Row, ...]
    failed_checks: tuple[str, ...]
    newest_start: datetime | None
    growth_bytes_per_day: int
    free_bytes: int


def look(lake: LakeFolder, settings: Settings, sources: Sequence[Source], now: datetime) -> Status:
    """Look at a lake and the sources that are declared for it. Nothing is changed."""
    found = _read_lake(lake, sources, now)
    lake_bytes = _folder_bytes(lake.data) + _folder_bytes(lake.path, deep=False)
    week_share = found["growth"]["week_records"] / max(found["growth"]["records"], 1)
    facts = _Facts(
        now,
        settings,
        {source.name: source for source in sources},
        tuple(SourceState(**row) for row in found["sources"]),
        tuple(list_held(lake)),
        live_holder(lake.lock, settings.run.lock_expiry_seconds),
        tuple(found["running"]),
        tuple(found["failed_checks"]),
        found["newest_start"],
        round(lake_bytes * week_share / 7),
        shutil.disk_usage(_existing(lake.path)).free,
    )
    return Status(
        str(lake.path),
        now,
        facts.holder.run_id if facts.holder else None,
        facts.sources,
        facts.held,
        sum(1 for entry in lake.staging.glob("[!.]*") if entry.is_dir()),
        found["growth"]["records"],
        lake_bytes,
        facts.growth_bytes_per_day,
        facts.free_bytes,
        tuple(sorted(_problems(facts), key=lambda found: PROBLEMS.index(found.kind))),
    )


def dead_run_count(lake: LakeFolder, settings: Settings) -> int:
    """How many runs look as if they were running while no process of theirs lives."""
    if not lake.is_made or live_holder(lake.lock, settings.run.lock_expiry_seconds):
        return 0
    with open_lake(lake.path) as connection:
        return len(connection.execute(read_sql("status/running")).fetchall())


def interrupted_flow_runs(lake: LakeFolder) -> list[str]:
    """Prefect's ids of the newest interrupted runs, which Prefect may think are running."""
    if not lake.is_made:
        return []
    with open_lake(lake.path) as connection:
        return [str(row[0]) for row in connection.execute(read_sql("status/dead")).fetchall()]


def served_since(lake: LakeFolder, sources: Sequence[Source], now: datetime) -> datetime | None:
    """The instant up to which successful runs have taken every source in; None for never."""
    moments = [row["served_since"] for row in _read_lake(lake, sources, now)["sources"]]
    return None if None in moments else min(moments, default=None)


def _read_lake(lake: LakeFolder, sources: Sequence[Source], now: datetime) -> dict[str, Any]:
    if not lake.is_made:
        empty = dict.fromkeys(SourceState.__dataclass_fields__)
        rows = [empty | {"name": source.name, "week_records": 0} for source in sources]
        growth = {"records": 0, "week_records": 0}
        return {
            "sources": rows,
            "growth": growth,
            "running": [],
            "failed_checks": [],
            "newest_start": None,
        }
    declared = {"name": [s.name for s in sources], "path": [s.path for s in sources]}
    schema = pa.schema([("name", pa.string()), ("path", pa.string())])
    with open_lake(lake.path) as connection:
        connection.register("declared", pa.table(declared, schema))

        def rows_of(name: str, **parameters: object) -> list[Row]:
            answer = connection.execute(read_sql(f"status/{name}"), parameters or None)
            rows: list[Row] = answer.to_arrow_table().to_pylist()
            return rows

        newest = connection.execute("SELECT max(started_at) FROM runs").fetchone()
        return {
            "sources": rows_of("sources", now=now),
            "growth": rows_of("growth", now=now)[0],
            "running": rows_of("running"),
            "failed_checks": [row["name"] for row in rows_of("failed_checks")],
            "newest_start": newest[0] if newest else None,
        }


def _problems(facts: _Facts) -> Iterator[Problem]:
    for source in facts.sources:
        yield from _source_problems(source, facts)
    yield from (_held_problem(held) for held in facts.held)
    yield from _stuck_problems(facts)
    yield from _check_problems(facts)
    yield from _disk_problems(facts)
    if facts.newest_start and facts.newest_start > facts.now:
        yield Problem(
            "clock",
            "clock",
            f"the clock was set back: it says {facts.now:%Y-%m-%d %H:%M}, but a run started at "
            f"{facts.newest_start:%Y-%m-%d %H:%M} (UTC)",
            "set the clock; runs go on, under ids that keep their order",
            ("clock",),
        )


def _source_problems(source: SourceState, facts: _Facts) -> Iterator[Problem]:
    name, run_id = source.name, source.last_run_id
    if source.last_status in ("failed", "interrupted"):
        yield Problem(
            source.last_status,
            name,
            f"source {name}: run {run_id} {_ENDS[source.last_status]}: {source.last_error}",
            "put right what it names; the next run goes on where this one was",
            (f"{source.last_status}:{run_id}",),
        )
    hours = facts.settings.schedule.late_hours
    since = source.last_success_at or source.first_run_at
    if since is not None and facts.now - since > timedelta(hours=hours):
        told = f"{since:%Y-%m-%d %H:%M} UTC" if source.last_success_at else "its first run"
        yield Problem(
            "late",
            name,
            f"source {name}: no success for over {hours:g} hours, since {told}",
            "is broadsheet serve running? its log and broadsheet runs say what happened",
            (f"late:{name}:{since.isoformat()}",),
        )
    yield from _supply_problems(source, facts)


_ENDS = {"failed": "failed", "interrupted": "was interrupted"}


def _supply_problems(source: SourceState, facts: _Facts) -> Iterator[Problem]:
    """What a source was to bring and did not, where its file says what to expect."""
    name, expected = source.name, facts.declared[source.name]
    news = source.last_news_at or source.first_run_at
    if expected.fresh_hours and news and facts.now - news > timedelta(hours=expected.fresh_hours):
        yield Problem(
            "quiet",
            name,
            f"source {name}: nothing new for over {expected.fresh_hours:g} hours, since "
            f"{news:%Y-%m-%d %H:%M} UTC",
            "look at whoever delivers it; its fresh_hours may also be too few",
            (f"quiet:{name}:{news.isoformat()}",),
        )
    per_day, first = expected.expected_records_per_day, source.first_run_at
    if per_day and first and facts.now - first > 7 * DAY:
        wanted = 7 * per_day
        if source.week_records < THIN_SHARE * wanted:
            yield Problem(
                "thin",
                name,
                f"source {name}: {counted(source.week_records, 'record')} in seven days where "
                f"{wanted:,} are expected",
                "look at whoever delivers it; its expected_records_per_day may also be too many",
                (f"thin:{name}:{facts.now:%G-%V}",),
            )


def _held_problem(held: Held) -> Problem:
    return Problem(
        "stopped",
        held.source or "all sources",
        f"run {held.run_id} was stopped by its audit and holds "
        f"{counted(held.record_count, 'record')}: {held.reason}",
        f"broadsheet release {held.run_id} lands them, broadsheet drop {held.run_id} throws them "
        "away",
        (f"stopped:{held.run_id}",),
    )


def _stuck_problems(facts: _Facts) -> Iterator[Problem]:
    hours = facts.settings.schedule.stuck_hours
    for run in facts.open_runs:
        alive = facts.holder is not None and facts.holder.run_id == run["run_id"]
        if alive and facts.now - run["started_at"] > timedelta(hours=hours):
            yield Problem(
                "stuck",
                run["source"] or "all sources",
                f"run {run['run_id']} is running for over {hours:g} hours",
                f"look at process {facts.holder.pid if facts.holder else '?'}; when it is killed, "
                "the next run goes on where it was",
                (f"stuck:{run['run_id']}",),
            )


def _check_problems(facts: _Facts) -> Iterator[Problem]:
    if facts.failed_checks:
        names = ", ".join(facts.failed_checks)
        yield Problem(
            "warned",
            "lake",
            f"{counted(len(facts.failed_checks), 'check')} of the lake failed: {names}",
            "broadsheet report --open shows the rows",
            tuple(f"warned:{name}" for name in facts.failed_checks),
        )


def _disk_problems(facts: _Facts) -> Iterator[Problem]:
    if facts.free_bytes >= LOW_DISK_FACTOR * facts.settings.run.min_free_bytes:
        return
    yield Problem(
        "disk",
        "disk",
        f"{facts.free_bytes / 1e9:,.1f} GB of disk are left, and the lake grows by "
        f"{facts.growth_bytes_per_day / 1e9:,.2f} GB a day",
        "free some space, or move the lake; runs refuse to start below min_free_bytes",
        ("disk",),
    )


def print_status(status: Status, as_json: bool = False) -> None:
    """Print a status on stdout: facts, sources, then each problem with what to do."""
    if as_json:
        told = asdict(status)
        told["held"] = [_held_facts(held) for held in status.held]
        print(json.dumps({"is_well": status.is_well, **told}, default=_plain, indent=2))
        return
    from rich.text import Text

    from flows.console import out, print_summary

    print_summary(_summary(status))
    for problem in status.problems:
        line = Text.assemble((f"{problem.kind}  ", "bold red"), problem.sentence)
        out().print(line, soft_wrap=True)
        out().print(Text(f"    {problem.advice}", "yellow"), soft_wrap=True)
    if status.is_well:
        out().print(Text("all is well", "green"))


def _summary(status: Status) -> dict[str, Any]:
    return {
        "lake": status.lake,
        "running": status.running or "nothing",
        "records": status.records,
        "size": f"{status.lake_bytes / 1e6:,.1f} MB",
        "growth": f"{status.growth_bytes_per_day / 1e6:,.2f} MB a day, by the last seven",
        "disk left": f"{status.free_bytes / 1e9:,.1f} GB",
        "shards staged": status.staged_shards,
        "sources": [
            {
                "name": source.name,
                "last success": _minute(source.last_success_at),
                "last run": source.last_status or "never",
                "last news": _minute(source.last_news_at),
                "records in 7 days": source.week_records,
            }
            for source in status.sources
        ],
    }


def _held_facts(held: Held) -> dict[str, Any]:
    return {
        "run_id": held.run_id,
        "source": held.source,
        "reason": held.reason,
        "records": held.record_count,
    }


def _minute(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "never"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _folder_bytes(folder: Path, *, deep: bool = True) -> int:
    entries = folder.rglob("*") if deep else folder.glob("*")
    return sum(entry.stat().st_size for entry in entries if entry.is_file())


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())
