"""Planning: which files are new, and how their records are cut into shards."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice

import pyarrow.parquet as pq

from flows.errors import StorageError
from flows.patience import Patience, is_passing
from flows.remote import fetch
from flows.settings import Hints, Settings, code_fingerprint
from flows.steps.keep import archived_record
from flows.steps.read import read_records
from flows.steps.record import Locator, Record, Reject, identity
from flows.storage import DumpFile, is_disk_full

ARCHIVE_ROWS = 16
"""Rows of an archive read at a time: each holds a whole record."""

FileState = tuple[str, int, int]
"""URI, size in bytes and modification time in ns: a file that kept all three is unchanged."""


@dataclass(frozen=True, slots=True)
class Window:
    """Records `[first, first + count)` of a file that holds `total`."""

    file: DumpFile
    first: int
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class Shard:
    """The unit of work, retry and identity. Same files, code and settings: same id."""

    source: str
    windows: tuple[Window, ...]
    shard_id: str

    @property
    def record_count(self) -> int:
        """Records that the shard covers."""
        return sum(window.count for window in self.windows)


def file_state(file: DumpFile) -> FileState:
    """What tells a changed file from an unchanged one."""
    return (file.uri, file.size_bytes, file.modified_ns)


def new_files(files: Iterable[DumpFile], known: Set[FileState]) -> list[DumpFile]:
    """The files that no receipt covers whole."""
    return [file for file in files if file_state(file) not in known]


def plan_shards(
    files: Sequence[DumpFile],
    source: str,
    settings: Settings,
    limit: int | None = None,
    rules_fingerprint: str | None = None,
    purpose: str = "",
) -> Iterator[Shard]:
    """Cut the records of the files into shards, in order, at most `limit` records in all.

    Shards come as their files are counted, so that work starts before planning ends. What was
    staged under other rules of the source is another shard; `purpose` tells apart shards of the
    same files that are landed for different reasons.
    """
    because = f"{rules_fingerprint or ''} {purpose}".strip()
    windows: list[Window] = []
    for window in _limited(_windows(files, settings), limit):
        windows.append(window)
        if _is_full(windows, settings):
            yield _shard(source, windows, settings, because)
            windows = []
    if windows:
        yield _shard(source, windows, settings, because)


def read_window(window: Window, settings: Settings) -> Iterator[Record | Reject]:
    """The window's records in order; a file that changed since it was listed is one reject."""
    file = window.file
    if not file.is_regular:
        yield file_reject(file, "not_a_regular_file", "a link, pipe or device is not followed")
        return
    records = _read_file(file, settings)
    yield from islice(records, window.first, window.first + window.count)


def file_reject(file: DumpFile, reason: str, message: str) -> Reject:
    """Reject a file as a whole; its id is a hash of its place, since it was not read."""
    place = f"{reason}\0{file.uri}\0{file.size_bytes}\0{file.modified_ns}"
    return Reject(
        reason, "read", message, Locator(file.uri, 0), identity(place.encode()), excerpt=""
    )


def _read_file(file: DumpFile, settings: Settings) -> Iterator[Record | Reject]:
    if file.is_archive:
        for batch in pq.ParquetFile(file.path).iter_batches(batch_size=ARCHIVE_ROWS):
            yield from map(archived_record, batch.to_pylist())
        return
    try:
        is_whole = fetch(file) if file.is_remote else True
        with file.path.open("rb") as stream:
            if not is_whole or (not file.is_remote and _has_changed(file)):
                yield file_reject(file, "file_changed", "the file changed after it was listed")
                return
            readings = read_records(
                stream, file.uri, settings.limits(), settings.field_names(), settings.hints.kind
            )
            yield from (_hinted(found, settings.hints) for found in readings)
    except OSError as error:
        if is_disk_full(error):
            raise
        if is_passing(error):
            raise StorageError(f"{file.uri}: does not answer: {error.strerror}") from None
        message = f"the file cannot be opened: {error.strerror}"
        yield file_reject(file, "file_unreadable", message)


def _hinted(found: Record | Reject, hints: Hints) -> Record | Reject:
    """Give a record what its source says where its container says nothing."""
    if isinstance(found, Reject) or not (hints.charset or hints.language):
        return found
    own = found.hints
    filled = replace(
        own, charset=own.charset or hints.charset, language=own.language or hints.language
    )
    return replace(found, hints=filled)


def _has_changed(file: DumpFile) -> bool:
    status = file.path.stat()
    return (status.st_size, status.st_mtime_ns) != (file.size_bytes, file.modified_ns)


def _windows(files: Iterable[DumpFile], settings: Settings) -> Iterator[Window]:
    patience = Patience(settings.run.attempts, settings.run.retry_seconds)
    for file in files:
        total = patience.call(_count_records, file, settings)
        for first in range(0, total, settings.run.shard_records):
            yield Window(file, first, min(settings.run.shard_records, total - first), total)


def _count_records(file: DumpFile, settings: Settings) -> int:
    """How many records the file holds; a file that cannot be read holds one, its reject."""
    if not file.is_regular:
        return 1
    return max(1, sum(1 for _ in _read_file(file, settings)))


def _limited(windows: Iterable[Window], limit: int | None) -> Iterator[Window]:
    left = limit
    for window in windows:
        if left is None:
            yield window
            continue
        if left <= 0:
            return
        yield Window(window.file, window.first, min(window.count, left), window.total)
        left -= window.count


def _is_full(windows: Sequence[Window], settings: Settings) -> bool:
    records = sum(window.count for window in windows)
    size = sum(window.file.size_bytes * window.count // window.total for window in windows)
    return records >= settings.run.shard_records or size >= settings.run.shard_bytes


def _shard(source: str, windows: Sequence[Window], settings: Settings, because: str) -> Shard:
    digest = blake2b(digest_size=16)
    for part in (source, code_fingerprint(), settings.fingerprint(), because):
        digest.update(part.encode())
    for window in windows:
        digest.update(repr((*file_state(window.file), window.first, window.count)).encode())
    return Shard(source, tuple(windows), digest.hexdigest())
