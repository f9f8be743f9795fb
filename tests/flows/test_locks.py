"""One run per lake: a live holder is respected, a dead one is not."""

import json
import multiprocessing
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from flows.errors import LakeBusyError, SetupError
from flows.locks import hold_lock, live_holder

EXPIRY = 60.0


def hold_until_killed(path: Path, ready: "multiprocessing.synchronize.Event") -> None:
    with hold_lock(path, "held", EXPIRY):
        ready.set()
        time.sleep(60)


@pytest.fixture
def other_process(tmp_path: Path):
    """A process that holds the lock until it is killed."""
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=hold_until_killed, args=(tmp_path / "run.lock", ready))
    process.start()
    assert ready.wait(30)
    yield process
    process.kill()
    process.join()


def test_a_lock_is_held_and_released(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with hold_lock(path, "first", EXPIRY):
        holder = live_holder(path, EXPIRY)
        assert holder is not None
        assert (holder.run_id, holder.pid) == ("first", os.getpid())
    assert live_holder(path, EXPIRY) is None


def test_a_second_run_is_refused_with_the_name_of_the_first(tmp_path, other_process) -> None:
    with (
        pytest.raises(LakeBusyError, match="run held is in progress"),
        hold_lock(tmp_path / "run.lock", "second", EXPIRY),
    ):
        pytest.fail("two runs hold one lake")


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path, other_process) -> None:
    os.kill(other_process.pid, signal.SIGKILL)
    other_process.join()
    with hold_lock(tmp_path / "run.lock", "next", EXPIRY):
        holder = live_holder(tmp_path / "run.lock", EXPIRY)
        assert holder is not None
        assert holder.run_id == "next"


def test_a_second_run_waits_where_it_may(tmp_path, other_process) -> None:
    threading.Timer(2.5, other_process.kill).start()
    began = time.monotonic()
    with hold_lock(tmp_path / "run.lock", "second", EXPIRY, wait_seconds=50):
        holder = live_holder(tmp_path / "run.lock", EXPIRY)
        assert holder is not None
        assert holder.run_id == "second"
    assert time.monotonic() > began + 2


def foreign_lock(path: Path, age_seconds: float) -> None:
    """A lock that a process of another machine wrote so long ago."""
    path.write_text(
        json.dumps({"run_id": "far", "host": "elsewhere", "pid": 1, "pid_started": 0.0})
    )
    beat = time.time() - age_seconds
    os.utime(path, (beat, beat))


def test_a_foreign_lock_counts_while_its_heart_beats(tmp_path: Path) -> None:
    foreign_lock(tmp_path / "run.lock", EXPIRY / 2)
    with (
        pytest.raises(LakeBusyError, match="elsewhere"),
        hold_lock(tmp_path / "run.lock", "a", EXPIRY),
    ):
        pytest.fail("a live lock was taken")


def test_a_foreign_lock_expires(tmp_path: Path) -> None:
    foreign_lock(tmp_path / "run.lock", EXPIRY * 2)
    with hold_lock(tmp_path / "run.lock", "a", EXPIRY):
        assert json.loads((tmp_path / "run.lock").read_text())["host"] == socket.gethostname()


def test_a_reused_process_id_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    path.write_text(
        json.dumps(
            {"run_id": "old", "host": socket.gethostname(), "pid": os.getpid(), "pid_started": 1.0}
        )
    )
    assert live_holder(path, EXPIRY) is None


def test_a_torn_lock_file_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.lock").write_text('{"run_id": "hal')
    assert live_holder(tmp_path / "run.lock", EXPIRY) is None


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(SetupError, match="cannot be locked"),
        hold_lock(tmp_path / "absent" / "run.lock", "a", EXPIRY),
    ):
        pytest.fail("a lock without a folder")
