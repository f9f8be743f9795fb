"""Where a worker is: a timer that ends a slow record, and a post that tells which one it was.

The timer is an alarm of the worker's own CPU time. Python hears it between two bytecodes, so
that a record inside a library's native code may not end by it; then whoever waits for the
worker reads the post, sees that it is overdue, and kills the worker.
"""

import os
import signal
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NamedTuple

import psutil

WHOLE_SHARD = -1
"""The place of a worker that derives all articles of its shard at once."""

GRACE_SECONDS = 5.0
"""CPU time past its limit after which a record that does not hear its alarm is overdue."""

_FORM = struct.Struct("<qqd")


class Overtime(BaseException):
    """The time of a record is over."""


class Standing(NamedTuple):
    """What a post says: process, record within the shard, and CPU seconds when it is overdue."""

    pid: int
    place: int
    overdue_at: float


class Post:
    """One shard's post: its worker writes it at every record, whoever waits for it reads it."""

    def __init__(self, staging: Path, shard_id: str) -> None:
        self._path = staging / f".post.{shard_id}"

    @contextmanager
    def manned(self) -> Iterator[None]:
        """Keep the file for the length of the block; it stays when the process dies in it."""
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o644)
        try:
            yield
        finally:
            os.close(self._file)
        self._path.unlink(missing_ok=True)

    @contextmanager
    def at(self, place: int, seconds: float) -> Iterator[None]:
        """Say which record is worked on, and raise Overtime when it takes more CPU time."""
        overdue_at = time.process_time() + seconds + GRACE_SECONDS
        os.pwrite(self._file, _FORM.pack(os.getpid(), place, overdue_at), 0)
        with _alarm(seconds):
            yield

    def read(self) -> Standing | None:
        """What the post says; None where no worker has come to a record."""
        try:
            return Standing(*_FORM.unpack(self._path.read_bytes()))
        except (FileNotFoundError, struct.error):
            return None

    def end_overdue(self) -> bool:
        """Kill the worker if its record is overdue; returns whether it was."""
        standing = self.read()
        if standing is None:
            return False
        with suppress(psutil.NoSuchProcess):
            worker = psutil.Process(standing.pid)
            spent = worker.cpu_times()
            if spent.user + spent.system > standing.overdue_at:
                worker.kill()
                return True
        return False


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Raise Overtime in the block after so much CPU time. Only a main thread hears alarms."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _ring(_signal: int, _frame: FrameType | None) -> None:
    raise Overtime
