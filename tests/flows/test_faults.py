"""Kills at every stage of a run, and what else can happen to one: nothing is lost."""

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.lake import LakeFolder, create_lake, open_lake
from tests.flows.landing import broadsheet, broken_laws, ctrl_c, facts, land
from tests.flows.test_full_disk import list_orphans

DUMPS = Path(__file__).resolve().parents[2] / "data" / "raw" / "sample" / "json"
ROOT = Path(__file__).resolve().parents[2]

OF_RUN = [
    ("flows.stages:list_source", 1, "before the listing"),
    ("flows.stages:list_source+", 1, "after the listing"),
    ("flows.lake:write_whole", 1, "before the marker of a new lake"),
    ("flows.stages:require_space", 1, "before the first shard"),
    ("flows.stages:require_space", 3, "among the shards"),
    ("flows.stages:_inspect", 1, "before the audit"),
    ("flows.stages:stops_batch", 1, "after the audit"),
    ("flows.stages:run_row", 1, "before the commit"),
    ("flows.stages:clear_staging", 2, "after the commit, before staging is cleared"),
    ("flows.stages:insert_rows", 1, "before the results of the checks"),
    ("flows.stages:save_run", 1, "before the books are closed"),
    ("flows.stages:write_report", 1, "before the report is written"),
]
OF_COMMIT = [
    ("flows.commit:write_lake", 1, "before the first statement"),
    ("flows.commit:read_sql", 7, "documents inserted"),
    ("flows.commit:read_sql", 11, "articles and blocks inserted"),
    ("flows.commit:insert_rows", 1, "before the receipts"),
    ("flows.commit:replace_row", 1, "before the state of the run"),
    ("COMMIT", 0, "0 ms into the commit of the catalog"),
    ("COMMIT", 5, "5 ms into it"),
    ("COMMIT", 15, "15 ms into it"),
    ("COMMIT", 40, "40 ms into it"),
]
OF_CURATION = [
    ("flows.duplicates:find_pending", 1, "before the duplicates"),
    ("flows.revisions:find_pending", 1, "before the revisions"),
    ("flows.revisions:take_in+", 1, "after the revisions"),
]
INTERRUPTED = [
    ("flows.stages:list_source", 1, "before the listing"),
    ("flows.stages:require_space", 3, "among the shards"),
    ("flows.shards:structure", 3, "in a worker"),
    ("flows.stages:_inspect", 1, "before the audit"),
    ("flows.commit:read_sql", 7, "in the commit"),
    ("flows.duplicates:find_pending", 1, "in the curation"),
    ("flows.stages:write_report", 1, "before the report"),
]
OF_WORKER = [
    ("flows.shards:read_window", 1, "before the first record"),
    ("flows.shards:structure", 3, "among the records"),
    ("flows.shards:find_quotes", 1, "while deriving"),
    ("flows.shards:write_part", 4, "while staging"),
    ("flows.shards:_receipt+", 1, "before the receipt"),
]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("undisturbed") / "lake"
    land(DUMPS, lake)
    return lake


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    config = tmp_path / "config.toml"
    config.write_text("[run]\nshard_records = 4\nworkers = 2\n")
    lake = tmp_path / "lake"
    return ["run", DUMPS, "--lake", lake, "--direct", "--quiet", "--config", config]


def run_with_fault(
    point: str, count: int, whom: str, spent: Path, command: list, is_heard: bool = True
) -> int:
    driver = [sys.executable, "-m", "tests.flows.fault", point, str(count), whom, str(spent)]
    words = [*driver, "--", *map(str, command)]
    said = spent.with_name("said").open("w")  # no pipe, whose end would wait for orphans
    with said, ctrl_c(is_heard):
        return subprocess.run(
            words, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=said,
            check=False,
        ).returncode  # fmt: skip


def assert_nothing_lost(lake: Path, undisturbed: Path) -> None:
    assert facts(lake) == facts(undisturbed)
    assert broken_laws(lake) == []
    assert list_orphans(lake) == []
    assert not list(LakeFolder(lake).staging.iterdir())


def statuses(lake: Path) -> list[str]:
    with open_lake(lake) as connection:
        rows = connection.execute("SELECT status FROM runs ORDER BY started_at, run_id").fetchall()
    return [status for (status,) in rows]


def kills(*points: list[tuple[str, int, str]]) -> pytest.MarkDecorator:
    """Parameters of a test with a kill at each of the points, named after them."""
    faults = [fault for part in points for fault in part]
    return pytest.mark.parametrize(
        ("point", "count"), [fault[:2] for fault in faults], ids=[fault[2] for fault in faults]
    )


@pytest.mark.long
@pytest.mark.parametrize("whom", ["own", "all"])
@kills(OF_RUN)
def test_a_killed_run_is_made_good_by_the_next(
    point: str, count: int, whom: str, command: list, undisturbed: Path, tmp_path: Path
) -> None:
    """`own` leaves the workers without their parent, `all` takes them too."""
    assert_made_good(point, count, whom, command, undisturbed, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("whom", ["parent", "all"])
@kills(OF_COMMIT, OF_CURATION)
def test_a_run_killed_while_it_commits_is_made_good_by_the_next(
    point: str, count: int, whom: str, command: list, undisturbed: Path, tmp_path: Path
) -> None:
    """`parent` leaves an orphan that may be done with it while the next run begins."""
    assert_made_good(point, count, whom, command, undisturbed, tmp_path)


@pytest.mark.long
@kills(OF_COMMIT)
def test_a_killed_commit_fails_its_run_and_is_made_good_by_the_next(
    point: str, count: int, command: list, undisturbed: Path, tmp_path: Path
) -> None:
    status = run_with_fault(point, count, "own", tmp_path / "spent", command)
    if not (tmp_path / "spent").exists():
        assert status == 0
        pytest.skip("the commit is done before")
    assert status == 2
    again = broadsheet(*command)
    assert again.returncode == 0, again.stderr
    assert_nothing_lost(tmp_path / "lake", undisturbed)
    assert statuses(tmp_path / "lake") == ["failed", "succeeded"]


@pytest.mark.heavy
@kills(INTERRUPTED)
def test_ctrl_c_is_one_sentence_and_made_good_by_the_next(
    point: str, count: int, command: list, undisturbed: Path, tmp_path: Path
) -> None:
    assert run_with_fault(point, count, "ctrl-c", tmp_path / "spent", command) == 130
    said = (tmp_path / "said").read_text()
    assert said == "broadsheet: stopped; what is staged is used by the next run\n"
    again = broadsheet(*command)
    assert again.returncode == 0, again.stderr
    assert_nothing_lost(tmp_path / "lake", undisturbed)
    assert statuses(tmp_path / "lake") == ["interrupted", "succeeded"]


@pytest.mark.heavy
def test_a_run_in_the_background_does_not_hear_ctrl_c(
    command: list, undisturbed: Path, tmp_path: Path
) -> None:
    spent = tmp_path / "spent"
    point = ("flows.shards:structure", 3, "ctrl-c", spent, command)
    assert run_with_fault(*point, is_heard=False) == 0
    assert spent.exists()
    assert_nothing_lost(tmp_path / "lake", undisturbed)


def assert_made_good(
    point: str, count: int, whom: str, command: list, undisturbed: Path, tmp_path: Path
) -> None:
    status = run_with_fault(point, count, whom, tmp_path / "spent", command)
    if not (tmp_path / "spent").exists():
        assert status == 0
        pytest.skip("the run does not come by this point")
    assert status == -9
    again = broadsheet(*command)
    assert again.returncode == 0, again.stderr
    lake = tmp_path / "lake"
    assert_nothing_lost(lake, undisturbed)
    assert set(statuses(lake)[:-1]) <= {"interrupted", "succeeded"}
    assert statuses(lake)[-1] == "succeeded"


@pytest.mark.long
@kills(OF_WORKER, OF_CURATION)
def test_a_killed_worker_costs_nothing(
    point: str, count: int, command: list, undisturbed: Path, tmp_path: Path
) -> None:
    assert run_with_fault(point, count, "own", tmp_path / "spent", command) == 0
    assert (tmp_path / "spent").exists()
    assert_nothing_lost(tmp_path / "lake", undisturbed)
    assert statuses(tmp_path / "lake") == ["succeeded"]


@pytest.mark.heavy
def test_a_clock_that_goes_backwards_loses_nothing(
    command: list, undisturbed: Path, tmp_path: Path
) -> None:
    """The second half of the dumps is landed by a run that believes it is long ago."""
    first, *rest = sorted(path for path in DUMPS.iterdir())
    lake = tmp_path / "lake"
    land(first, lake)
    set_back = (
        "import datetime, flows.runs as runs, flows.stages as stages\n"
        "from flows.cli import main\n"
        "class Long(datetime.datetime):\n"
        "    @classmethod\n"
        "    def now(cls, zone=None): return cls(2001, 1, 1, tzinfo=zone)\n"
        "if __name__ == '__main__':\n"
        "    runs.datetime = stages.datetime = Long\n"
        "    main()\n"
    )
    script = tmp_path / "set_back.py"
    script.write_text(set_back)
    words = ["run", *rest, "--lake", lake, "--direct", "--quiet"]
    done = subprocess.run(
        [sys.executable, script, *map(str, words)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert facts(lake) == facts(undisturbed)
    assert broken_laws(lake) == []
    assert land(DUMPS, lake)["records_read"] == 0


@pytest.mark.long
def test_a_locked_catalog_is_one_sentence(command: list, undisturbed: Path, tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    create_lake(lake)
    other = sqlite3.connect(LakeFolder(lake).catalog, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    done = broadsheet(*command)
    other.close()
    assert done.returncode == 2
    assert "holds the lake's catalog" in done.stderr
    assert done.stderr.count("\n") == 1
    assert broadsheet(*command).returncode == 0
    assert_nothing_lost(lake, undisturbed)


@pytest.mark.heavy
def test_a_file_that_cannot_be_read_is_a_reject(tmp_path: Path) -> None:
    """The first page of a process's memory gives EIO, as a bad disk does."""
    broken = Path("/proc/self/mem")
    if not broken.exists():
        pytest.skip("needs a file that gives read errors")
    (tmp_path / "good.txt").write_text("Ferry fares rise\n\n" + "The port raised its fares. " * 9)
    done = broadsheet(
        "run", tmp_path / "good.txt", broken, "--lake", tmp_path / "lake", "--direct", "--quiet"
    )
    assert done.returncode == 0, done.stderr
    with open_lake(tmp_path / "lake") as connection:
        rejects = connection.execute("SELECT reason FROM rejects").fetchall()
        landed = connection.execute("SELECT count(*) FROM articles").fetchone()
    assert (rejects, landed) == ([("file_unreadable",)], (1,))


@pytest.mark.long
def test_a_prefect_api_that_dies_loses_nothing(undisturbed: Path, tmp_path: Path) -> None:
    """A server of its own is killed while shards are landed; the same command goes on without."""
    lake, config = tmp_path / "lake", tmp_path / "config.toml"
    config.write_text("[run]\nshard_records = 1\nworkers = 1\n")
    port = free_port()
    prefect = {
        "PREFECT_HOME": str(tmp_path / "prefect"),
        "PREFECT_SERVER_API_PORT": str(port),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLIENT_MAX_RETRIES": "1",
        "DO_NOT_TRACK": "1",
    }
    server = subprocess.Popen(
        [Path(sys.executable).with_name("prefect"), "server", "start"],
        env={**os.environ, **prefect}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_port(port)
        command = ["run", DUMPS, "--lake", lake, "--quiet", "--config", config]
        said = (tmp_path / "said").open("w+")
        run = subprocess.Popen(
            [sys.executable, "-m", "flows.cli", *map(str, command)],
            cwd=ROOT, env={**os.environ, **prefect},
            stdout=subprocess.DEVNULL, stderr=said,
        )  # fmt: skip
        deadline = time.monotonic() + 180
        while not list(lake.glob("staging/*/receipt.json")) and run.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        os.killpg(server.pid, 9)
        server.wait()
    assert run.wait(timeout=300) == 2
    said.seek(0)
    assert said.read().splitlines()[-1].startswith("broadsheet: Prefect's API no longer answers")
    done = broadsheet(*command, "--direct")
    assert done.returncode == 0, done.stderr
    assert_nothing_lost(lake, undisturbed)
    assert set(statuses(lake)) <= {"succeeded", "failed", "interrupted"}


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    import socket

    deadline = time.monotonic() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.5)
