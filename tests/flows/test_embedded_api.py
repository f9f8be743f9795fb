"""The server that a run starts for itself: when there is one, and that none outlives its run."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from flows.lake import LakeFolder
from tests.flows.landing import COMMAND, broadsheet, ctrl_c
from tests.flows.nights import free_port

ROOT = Path(__file__).resolve().parents[2]
DUMPS = ROOT / "data" / "raw" / "sample" / "wordpress"
STARTED = """
import sys, time
from pathlib import Path
from flows.embedded_api import start_api
from flows.prefect_home import settle_prefect
settle_prefect(Path(sys.argv[1]))
api = start_api()
print(api and api.process.pid, flush=True)
if api is not None:
    api.wait_until_ready()
    print("prefect.server" in sys.modules, flush=True)
    time.sleep(float(sys.argv[2]))
"""


def start(lake: Path, seconds: float, **variables: str) -> subprocess.Popen[str]:
    """A process that starts a server, says its id, and stays for so long."""
    return subprocess.Popen(
        [sys.executable, "-c", STARTED, str(lake), str(seconds)],
        cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def has_ended(pid: int) -> bool:
    """Whether a process ends within a few seconds."""
    for _ in range(100):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("is_killed", [False, True])
def test_the_server_is_another_process_and_ends_with_the_run(
    tmp_path: Path, is_killed: bool
) -> None:
    with start(tmp_path, 600 if is_killed else 0) as run:
        assert run.stdout is not None
        server = int(run.stdout.readline())
        assert run.stdout.readline() == "False\n"
        if is_killed:
            run.send_signal(signal.SIGKILL)
        run.wait()
    assert has_ended(server)


def test_no_server_is_started_where_one_is_configured(tmp_path: Path) -> None:
    with start(tmp_path, 0, PREFECT_API_URL="http://127.0.0.1:9/api") as run:
        assert run.communicate()[0] == "None\n"


def test_a_server_that_does_not_start_is_one_sentence(tmp_path: Path) -> None:
    database = f"sqlite+aiosqlite:///{tmp_path}/nowhere/prefect.db"
    done = broadsheet(
        "run", DUMPS, "--lake", tmp_path / "lake", PREFECT_API_DATABASE_CONNECTION_URL=database
    )
    assert done.returncode == 2
    assert "broadsheet: Prefect's embedded server did not start" in done.stderr
    assert not LakeFolder(tmp_path / "lake").is_made


def flow_states(lake: Path) -> list[str]:
    """States of the flow runs in a lake's own Prefect."""
    with sqlite3.connect(lake / ".prefect" / "prefect.db") as connection:
        return [state for (state,) in connection.execute("SELECT state_type FROM flow_run")]


@pytest.mark.heavy
def test_ctrl_c_ends_a_run_at_once_and_prefect_hears_of_it(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    words = [*COMMAND, "run", str(DUMPS), "--lake", str(lake)]
    with ctrl_c(is_heard=True):
        started = subprocess.Popen(words, cwd=ROOT, start_new_session=True, stderr=subprocess.PIPE)
    with started as run:
        while not list((lake / "staging").glob("[!.]*")):
            assert run.poll() is None
            time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)
        _, said = run.communicate(timeout=30)
    assert run.returncode == 130, said.decode()
    assert flow_states(lake) == ["CRASHED"]


def test_an_api_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/api"
    done = subprocess.run(
        [*COMMAND, "run", str(DUMPS), "--lake", str(tmp_path / "lake"), "--quiet"],
        cwd=ROOT, env={**os.environ, "PREFECT_API_URL": nobody},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert nobody in done.stderr
    assert "--direct" in done.stderr
    assert not LakeFolder(tmp_path / "lake").is_made
