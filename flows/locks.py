"""One run per lake: a lock that a dead run cannot hold.

The lock is a file in the lake's folder whose modification time is a heartbeat. It is dead
when its process is gone (same machine) or its heartbeat is older than the expiry (any machine).
"""

import fcntl
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from flows.errors import LakeBusyError, SetupError

BEATS_PER_EXPIRY = 6
"""A heartbeat may be late five times before the lock counts as dead."""

LOOK_SECONDS = 0.5
"""How often a run that waits looks whether the lock is free."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock: run, machine, process and the start of that process."""

    run_id: str
    host: str
    pid: int
    pid_started: float


@contextmanager
def hold_lock(
    path: Path, run_id: str, expiry_seconds: float, wait_seconds: float = 0.0
) -> Iterator[None]:
    """Hold the lock for the length of the block.

    While another run holds it, waits as long as it may, then raises LakeBusyError.
    """
    _wait_and_take(path, run_id, expiry_seconds, wait_seconds)
    stop = threading.Event()
    beat = threading.Thread(
        target=_beat, args=(path, expiry_seconds / BEATS_PER_EXPIRY, stop), daemon=True
    )
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        holder = live_holder(path, expiry_seconds)
        if holder is not None and holder.run_id == run_id:
            path.unlink(missing_ok=True)


def live_holder(path: Path, expiry_seconds: float) -> Holder | None:
    """The run that holds the lock now; None when nobody does or its holder is dead."""
    try:
        holder = Holder(**json.loads(path.read_text(encoding="utf-8")))
        age = time.time() - path.stat().st_mtime
    except (FileNotFoundError, ValueError, TypeError):  # absent, or its writer died writing it
        return None
    if holder.host == socket.gethostname():
        return holder if _is_alive(holder) else None
    return holder if age < expiry_seconds else None


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Let one process at a time read and change the file at `path`; the others wait.

    The system's lock is on a file beside it, and ends with the process. The folder of `path` must
    exist: SetupError.
    """
    try:
        guard = os.open(path.with_suffix(".guard"), os.O_CREAT | os.O_RDWR, 0o644)
    except OSError as error:
        raise SetupError(f"{path.parent}: the lake cannot be locked: {error.strerror}") from None
    try:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield
    finally:
        os.close(guard)


def _wait_and_take(path: Path, run_id: str, expiry_seconds: float, wait_seconds: float) -> None:
    given_up_at = time.monotonic() + wait_seconds
    while True:
        try:
            _take(path, run_id, expiry_seconds)
        except LakeBusyError:
            if time.monotonic() + LOOK_SECONDS > given_up_at:
                raise
            time.sleep(LOOK_SECONDS)
        else:
            return


def _take(path: Path, run_id: str, expiry_seconds: float) -> None:
    """Judge and replace under an advisory lock, so that two takers cannot both find it dead."""
    with one_at_a_time(path):
        holder = live_holder(path, expiry_seconds)
        if holder is not None:
            raise LakeBusyError(
                f"{path.parent}: run {holder.run_id} is in progress (process {holder.pid} on "
                f"{holder.host}); wait for it, or use another --lake"
            )
        path.write_text(json.dumps(asdict(_this_process(run_id))), encoding="utf-8")


def _beat(path: Path, seconds: float, stop: threading.Event) -> None:
    while not stop.wait(seconds):
        try:
            os.utime(path)
        except OSError:  # a full or lost disk ends the run elsewhere, with a sentence
            continue


def _this_process(run_id: str) -> Holder:
    return Holder(run_id, socket.gethostname(), os.getpid(), psutil.Process().create_time())


def _is_alive(holder: Holder) -> bool:
    """Whether the very process lives: pids are reused, start times tell two users apart."""
    try:
        process = psutil.Process(holder.pid)
        same = abs(process.create_time() - holder.pid_started) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
