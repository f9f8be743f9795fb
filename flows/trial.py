"""Sources before their first run: what is declared, whether it can be read, what would land."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from flows.errors import SetupError, StorageError
from flows.lake import read_sql
from flows.plan import Shard, Window
from flows.settings import Settings, Source
from flows.shards import land_shard
from flows.sources import Days, Listing, list_source
from flows.storage import DumpFile
from flows.wording import counted
from flows.workshop import Workshop

TRIED_RECORDS = 10

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a source can be read as its file says, and what was found."""

    name: str
    is_ok: bool
    found: str


def check_source(source: Source, settings: Settings, now: datetime) -> Verdict:
    """Look at what a source holds now. Nothing is opened, nothing raises."""
    with TemporaryDirectory() as scratch:
        try:
            listing = list_source(source, settings, Path(scratch), Days())
        except (SetupError, StorageError) as error:
            return Verdict(source.name, False, str(error))
    if not listing.files and not listing.waiting_count:
        return Verdict(source.name, False, f"{source.path}: no file that its patterns want")
    return _judge_freshness(source, listing, now)


def _judge_freshness(source: Source, listing: Listing, now: datetime) -> Verdict:
    size = sum(file.size_bytes for file in listing.files)
    parts = [f"{counted(len(listing.files), 'file')}, {size / 1e6:,.1f} MB"]
    if listing.waiting_count:
        parts.append(f"{listing.waiting_count:,} still being written")
    newest = max((file.modified_ns for file in listing.files), default=None)
    if newest is None:
        return Verdict(source.name, True, ", ".join(parts))
    changed = datetime.fromtimestamp(newest / 1e9, UTC)
    parts.append(f"newest of {changed:%Y-%m-%d %H:%M} UTC")
    is_stale = source.fresh_hours and now - changed > timedelta(hours=source.fresh_hours)
    if is_stale:
        parts.append(f"none within the {source.fresh_hours:g} hours that it is to bring some in")
    return Verdict(source.name, not is_stale, ", ".join(parts))


def try_source(source: Source, settings: Settings) -> list[Row]:
    """What ten records of a source would become, from as many of its files; nothing lands.

    Each row has place, title, url, published_at, language, words and the beginning of the body,
    or the reason of the reject. Raises SetupError for a source without a file to read.
    """
    with TemporaryDirectory(prefix="broadsheet-") as scratch:
        staging = Path(scratch)
        listing = list_source(source, settings, staging / ".fetched", Days())
        windows = list(_spread(listing.files))
        if not windows:
            raise SetupError(f"{source.path}: no file to try; broadsheet sources check says more")
        shard = Shard(source.name, tuple(windows), "trial")
        land_shard(shard, Workshop(settings.for_source(source), staging, None))
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for part in (staging / "trial").glob("*.parquet"):
                connection.execute(
                    f"CREATE VIEW {part.stem} AS SELECT * FROM read_parquet('{part}')"
                )
            rows: list[Row] = connection.execute(read_sql("trial")).to_arrow_table().to_pylist()
    return rows[:TRIED_RECORDS]


def _spread(files: Sequence[DumpFile]) -> Iterator[Window]:
    """The first records of several files: one of each of ten, or ten of a single one."""
    chosen = files[:: max(len(files) // TRIED_RECORDS, 1)][:TRIED_RECORDS]
    for file in chosen:
        count = -(-TRIED_RECORDS // len(chosen))
        yield Window(file, 0, count, count)


def print_sources(sources: Sequence[Source], as_json: bool) -> None:
    """Print what is declared: name, path, what is expected, licence."""
    if as_json:
        told = [source.model_dump(mode="json", exclude_none=True) for source in sources]
        print(json.dumps(told, ensure_ascii=False, indent=2))
        return
    columns = ("name", "path", "kind", "languages", "expected a day", "licence")
    _print_table(
        columns,
        [
            {
                "name": source.name,
                "path": source.path,
                "kind": source.kind,
                "languages": ", ".join(source.languages),
                "expected a day": source.expected_records_per_day,
                "licence": source.licence,
            }
            for source in sources
        ],
    )


def print_verdicts(verdicts: Sequence[Verdict], as_json: bool) -> None:
    """Print whether each source can be read, one a line."""
    if as_json:
        print(json.dumps([asdict(verdict) for verdict in verdicts], indent=2))
        return
    for verdict in verdicts:
        print(f"{'ok ' if verdict.is_ok else 'fix'}  {verdict.name}: {verdict.found}")


def print_trial(rows: Sequence[Row], as_json: bool) -> None:
    """Print what records would become, or why they would be rejected: three lines a record."""
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, default=str, indent=2))
        return
    from rich.text import Text

    from flows.console import out

    for row in rows:
        style = "bold" if row["reason"] is None else "bold red"
        facts = (row["language"], _day(row["published"]), _words(row["words"]), row["place"])
        out().print(Text(row["becomes"], style), soft_wrap=True)
        out().print(Text("  " + ", ".join(fact for fact in facts if fact), "dim"), soft_wrap=True)
        out().print(Text("  " + row["body"]), soft_wrap=True)


def _day(moment: datetime | None) -> str | None:
    return None if moment is None else f"{moment:%Y-%m-%d}"


def _words(count: int | None) -> str | None:
    return None if count is None else f"{count:,} words"


def _print_table(columns: Sequence[str], rows: Sequence[Row]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from flows.console import out

    table = Table(box=box.SIMPLE)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if row[c] is None else str(row[c])) for c in columns))
    out().print(table)
