"""Sources: what one holds that is to be read now, and what its records would become."""

import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flows.remote import list_remote
from flows.settings import Settings, Source
from flows.steps.arrival import file_date, is_at_rest, is_wanted
from flows.storage import DumpFile, list_files, printable_path


@dataclass(frozen=True, slots=True)
class Listing:
    """A source's files that are to be read now, and how many are still being written."""

    source: Source
    files: tuple[DumpFile, ...]
    waiting_count: int = 0


@dataclass(frozen=True, slots=True)
class Days:
    """A range of days, both ends within; None is open."""

    since: date | None = None
    until: date | None = None

    def hold(self, file: DumpFile) -> bool:
        """Whether the file's day is in the range."""
        if self.since is None and self.until is None:
            return True
        day = file_date(file.uri, file.modified_ns)
        return (self.since or day) <= day <= (self.until or day)


def list_source(
    source: Source, settings: Settings, fetched: Path, days: Days, *, may_be_empty: bool = True
) -> Listing:
    """List a source: the files that its patterns and the days want, and that are at rest.

    `fetched` is where remote files will be put. Raises SetupError where the source is not
    there, or is empty and may not be, and StorageError where it does not answer.
    """
    files = _list_whole(source, fetched, may_be_empty)
    wanted = [file for file in files if _is_wanted(source, file) and days.hold(file)]
    settle = settings.schedule.settle_seconds
    if source.settle_seconds is not None:
        settle = source.settle_seconds
    now = time.time_ns()
    rested = tuple(file for file in wanted if is_at_rest(file.modified_ns, now, settle))
    return Listing(source, rested, len(wanted) - len(rested))


def _list_whole(source: Source, fetched: Path, may_be_empty: bool) -> list[DumpFile]:
    if source.is_remote:
        return list_remote(source.path, fetched)
    return list_files([Path(source.path)], may_be_empty=may_be_empty)


def _is_wanted(source: Source, file: DumpFile) -> bool:
    root = source.path if source.is_remote else printable_path(Path(source.path))
    inside = file.uri.removeprefix(root.rstrip("/") + "/")
    place = inside if inside != file.uri else file.uri.rpartition("/")[2]
    return is_wanted(place, source.patterns, source.ignore)
