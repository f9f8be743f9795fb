"""What the command line shows while it works and at its end. Rich is imported when used."""

import sys
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

PLAIN_SECONDS = 10.0
"""Least time between two plain progress lines, so that a log stays readable."""


@cache
def out() -> "Console":
    """The console of results, on stdout."""
    return _console(is_error=False)


@cache
def err() -> "Console":
    """The console of progress and messages, on stderr."""
    return _console(is_error=True)


def _console(*, is_error: bool) -> "Console":
    from rich.console import Console

    return Console(stderr=is_error, highlight=False, markup=False, emoji=False, soft_wrap=False)


class RunProgress:
    """How far a run is: records, records a second, rejects, time left; on stderr.

    A bar on a terminal, else one plain line at most every ten seconds; nothing when quiet.
    The total may grow while the run goes. Use it as a context, or call `close`.
    """

    def __init__(self, *, is_quiet: bool = False) -> None:
        self.total = self.done = self.rejects = 0
        self._is_quiet = is_quiet
        self._began = self._told = time.monotonic()
        self._bar: Progress | None = None
        self._is_plain = not sys.stderr.isatty()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self, total: int) -> None:
        """Begin, with so many records to read."""
        self._began = self._told = time.monotonic()
        self.planned(total)

    def planned(self, records: int) -> None:
        """So many more records are to be read."""
        self.total += records
        self._tell()

    def landed(self, receipt: Mapping[str, Any]) -> None:
        """A shard is done: count what its receipt says."""
        counts = (int(receipt[f"records_{name}"]) for name in ("landed", "rejected", "known"))
        self.advance(*counts)

    def advance(self, landed: int, rejected: int, known: int) -> None:
        """So many more records are done."""
        self.done += landed + rejected + known
        self.rejects += rejected
        self._tell()

    def close(self) -> None:
        """Take the bar away; what it showed stands in the summary."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _tell(self) -> None:
        if self._is_quiet:
            return
        if not self._is_plain:
            self._show_bar()
        elif time.monotonic() - self._told >= PLAIN_SECONDS:
            self._told = time.monotonic()
            print(self.line(self._told - self._began), file=sys.stderr, flush=True)

    def line(self, seconds: float) -> str:
        """The state in words after so many seconds: done, total, speed, rejects, time left."""
        speed = self.done / seconds if seconds > 0 else 0.0
        left = f", {_clock((self.total - self.done) / speed)} left" if speed else ""
        return (
            f"{self.done:,} of {self.total:,} records, {speed:,.0f} a second, "
            f"{self.rejects:,} rejected{left}"
        )

    def _show_bar(self) -> None:
        if self._bar is None:
            self._bar = _make_bar()
            self._bar.add_task("Reading", total=self.total, pace="")
            self._bar.start()
        seconds = max(time.monotonic() - self._began, 0.001)
        pace = f"{self.done / seconds:,.0f}/s, {self.rejects:,} rejected"
        task = self._bar.task_ids[0]
        self._bar.update(task, total=self.total, completed=self.done, pace=pace)


def _make_bar() -> "Progress":
    from rich import progress

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TextColumn("{task.fields[pace]}"),
        progress.TimeRemainingColumn(),
        console=err(),
        transient=True,
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def print_summary(summary: Mapping[str, Any]) -> None:
    """Print a run's summary on stdout: what it counted, then each breakdown as a table.

    Values that are missing or empty are left out; a mapping of counts becomes a table.
    """
    plain = {name: value for name, value in summary.items() if not isinstance(value, (dict, list))}
    out().print(_facts(plain))
    for name, value in summary.items():
        table = _breakdown(name, value)
        if table is not None:
            out().print(table)


def _facts(values: Mapping[str, Any]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, value in values.items():
        if value is None or value is False:
            continue
        style = "red" if name in ("records_rejected", "checks_failed") and value else ""
        table.add_row(Text(_words(name), "dim"), Text(_said(value), style, overflow="fold"))
    return table


def _breakdown(name: str, value: object) -> "Table | None":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    rows = _rows(value)
    if not rows:
        return None
    table = Table(title=_words(name).capitalize(), title_justify="left", box=box.SIMPLE)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    for column in columns:
        is_number = all(isinstance(row.get(column, 0), (int, float)) for row in rows)
        table.add_column(_words(column), justify="right" if is_number else "left")
    for row in rows:
        table.add_row(*(Text(_said(row.get(column))) for column in columns))
    return table


def _rows(value: object) -> list[Mapping[str, Any]]:
    """Rows of a breakdown: a list of mappings, a mapping of mappings, or of counts."""
    if isinstance(value, list):
        return [row if isinstance(row, Mapping) else {"": row} for row in value]
    if not isinstance(value, Mapping):
        return []
    return [
        {"": name, **(part if isinstance(part, Mapping) else {"count": part})}
        for name, part in value.items()
    ]


def _words(name: str) -> str:
    return name.removeprefix("is_").replace("_", " ")


def _said(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
