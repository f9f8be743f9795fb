"""A worker may outlive a run that was killed: it writes nothing that the next run does not see."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from flows.lake import create_lake, open_lake

RUN = """
import os, subprocess, sys
print(subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid()), *sys.argv[2:]]).pid)
sys.stdout.flush()
sys.stdin.read()
"""
WORKER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from flows import parents
from flows.lake import write_lake

parents.LOOK_SECONDS = 1e6  # it does not learn by itself that the run is dead
parents.end_with_parent(int(sys.argv[1]))
scratch, place = Path(sys.argv[2]), sys.argv[3]

def wait_for(name):
    (scratch / "waiting").touch()
    while not (scratch / name).exists():
        time.sleep(0.02)

if place == "before":
    wait_for("go on")
with write_lake(scratch / "lake") as connection:
    connection.execute("INSERT INTO curations VALUES ('a curator', 'batch', 'rules', 'run')")
    if place == "within":
        wait_for("go on")
"""
AFTER = """
import sys
from pathlib import Path
from flows.lake import write_lake

print("knocks", flush=True)
with write_lake(Path(sys.argv[1])) as connection:
    print(connection.execute("SELECT count(*) FROM curations").fetchone()[0])
"""


def start_orphan(scratch: Path, place: str) -> int:
    """A worker that stands before or within its transaction, and whose run was killed."""
    create_lake(scratch / "lake")
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, WORKER, scratch, place],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert run.stdout
    pid = int(run.stdout.readline())
    wait_until((scratch / "waiting").exists)
    run.kill()
    run.wait()
    return pid


def test_an_orphan_begins_nothing(tmp_path: Path) -> None:
    orphan = start_orphan(tmp_path, "before")
    (tmp_path / "go on").touch()
    wait_until(lambda: not Path(f"/proc/{orphan}").exists())
    assert count_curations(tmp_path / "lake") == 0


def test_who_comes_after_an_orphan_waits_for_what_it_had_begun(tmp_path: Path) -> None:
    start_orphan(tmp_path, "within")
    after = subprocess.Popen(
        [sys.executable, "-c", AFTER, tmp_path / "lake"], stdout=subprocess.PIPE, text=True
    )
    assert after.stdout
    assert after.stdout.readline() == "knocks\n"
    time.sleep(1)  # long enough to read what was before, if it did not wait
    (tmp_path / "go on").touch()
    assert after.communicate()[0] == "1\n"


def count_curations(lake: Path) -> int:
    with open_lake(lake) as connection:
        return int(connection.execute("SELECT count(*) FROM curations").fetchall()[0][0])


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
