"""The Prefect flow on an embedded API: the same tables as without it, and its artifacts."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.landing import broadsheet, facts, land

ROOT = Path(__file__).resolve().parents[2]
DUMPS = ROOT / "data" / "raw" / "sample" / "wordpress"


@pytest.fixture(scope="module")
def flow_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that the flow has landed the WordPress dumps into, by the command."""
    lake = tmp_path_factory.mktemp("flow") / "lake"
    done = broadsheet("run", DUMPS, "--lake", lake, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["records_landed"] == len(list(DUMPS.iterdir()))
    return lake


@pytest.fixture(scope="module")
def artifacts(flow_lake: Path) -> dict[str, dict]:
    """What the run left in Prefect's own database, by key."""
    rows = read_prefect(flow_lake, "SELECT key, type, data FROM artifact")
    return {row["key"]: row for row in rows}


def read_prefect(lake: Path, query: str) -> Iterator[dict]:
    connection = sqlite3.connect(lake / ".prefect" / "prefect.db")
    connection.row_factory = sqlite3.Row
    yield from map(dict, connection.execute(query))
    connection.close()


def test_the_flow_lands_the_same_tables(flow_lake: Path, tmp_path: Path) -> None:
    land(DUMPS, tmp_path / "lake")
    assert facts(flow_lake) == facts(tmp_path / "lake")


def test_the_funnel_is_a_table_artifact(artifacts: dict[str, dict]) -> None:
    assert artifacts["funnel"]["type"] == "table"
    [row] = json.loads(json.loads(artifacts["funnel"]["data"]))
    assert row == {"kind": "text", "landed": len(list(DUMPS.iterdir())), "rejected": 0, "known": 0}


def test_the_checks_are_a_table_artifact(artifacts: dict[str, dict]) -> None:
    rows = json.loads(json.loads(artifacts["checks"]["data"]))
    assert {row["suite"] for row in rows} >= {"articles", "blocks", "documents", "mentions"}
    assert {row["outcome"] for row in rows if row["severity"] == "stop"} <= {"passed", "unjudged"}


def test_the_report_is_a_link_artifact(artifacts: dict[str, dict], flow_lake: Path) -> None:
    assert f"file://{flow_lake / 'report.html'}" in artifacts["report"]["data"]


def test_every_stage_is_a_task_that_completed(flow_lake: Path) -> None:
    rows = list(read_prefect(flow_lake, "SELECT name, state_type FROM task_run"))
    stages = {row["name"].partition(", ")[0].rpartition(" ")[0] for row in rows}
    assert stages == {
        "list",
        "land adhoc",
        "audit",
        "commit",
        "curate",
        "check",
        "maintain",
        "write",
    }
    assert {row["state_type"] for row in rows} == {"COMPLETED"}


RUN_ALONE = """
import sys
from pathlib import Path
from flows.prefect_home import settle_prefect
lake = Path(sys.argv[1])
settle_prefect(lake)
from flows.check import check
from flows.report import report
results = check(lake)
print(len(results), any(row["outcome"] == "failed" for row in results), report(lake))
"""


@pytest.mark.heavy
def test_checks_and_report_run_as_flows_of_their_own(flow_lake: Path) -> None:
    (flow_lake / "report.html").unlink()
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALONE, flow_lake],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    count, is_failed, page = done.stdout.split()
    assert int(count) > 100
    assert is_failed == "False"
    assert Path(page).exists()
