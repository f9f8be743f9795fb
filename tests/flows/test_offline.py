"""No command makes a connection: every `connect` of every process is traced."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.lake import open_lake
from tests.flows.landing import land

ROOT = Path(__file__).resolve().parents[2]
DUMPS = ROOT / "data" / "raw" / "sample" / "json"
CONNECT = re.compile(r"connect\(.*sa_family=AF_INET6?.*")
LOOPBACK = re.compile(r'inet_addr\("127\.|"::1"')


def connections(tmp_path: Path, *words: object) -> list[str]:
    """Run a command under strace; gives its connects to the network, loopback left out."""
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    log = tmp_path / "connects"
    trace = ["strace", "-f", "-qq", "-e", "trace=connect", "-o", log]
    done = subprocess.run(
        [*map(str, trace), sys.executable, "-m", "flows.cli", *map(str, words)],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "Operation not permitted" in done.stderr:
        pytest.skip("this machine lets nobody trace")
    assert done.returncode == 0, done.stderr
    found = CONNECT.findall(log.read_text())
    return [line for line in found if not LOOPBACK.search(line)]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    land(DUMPS, folder / "lake")
    return folder / "lake"


@pytest.mark.long
def test_a_run_connects_to_nobody(tmp_path: Path) -> None:
    assert connections(tmp_path, "run", DUMPS, "--lake", tmp_path / "lake", "--direct") == []


@pytest.mark.long
def test_a_run_with_prefect_connects_to_this_machine_alone(tmp_path: Path) -> None:
    assert connections(tmp_path, "run", DUMPS, "--lake", tmp_path / "lake") == []


@pytest.mark.long
@pytest.mark.parametrize(
    "words",
    [
        ["sql", "SELECT count(*) FROM articles"],
        ["report"],
        ["verify"],
        ["runs"],
        ["rejects", "list"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_question_connects_to_nobody(words: list[str], lake: Path, tmp_path: Path) -> None:
    assert connections(tmp_path, *words, "--lake", lake) == []


@pytest.mark.heavy
def test_a_page_that_points_elsewhere_is_read_without_going_there(tmp_path: Path) -> None:
    """Entities, images, frames and schemas with addresses that no test may reach."""
    page = (
        '<?xml version="1.0"?><!DOCTYPE html SYSTEM "http://127.0.0.1:9/a.dtd" ['
        '<!ENTITY x SYSTEM "file:///etc/hostname">]><html><head><title>Ferry sails</title>'
        '<link rel="stylesheet" href="http://127.0.0.1:9/a.css"></head><body><p>&x; The ferry of '
        "the northern line sailed on Monday, and its crew said that they were glad of it.</p>"
        '<img src="http://127.0.0.1:9/a.png"><iframe src="http://127.0.0.1:9/"></iframe></body>'
    )
    (tmp_path / "a.html").write_text(page)
    land(tmp_path / "a.html", tmp_path / "lake")
    hostname = Path("/etc/hostname")
    secret = hostname.read_text().strip() if hostname.exists() else "no such name"
    with open_lake(tmp_path / "lake") as connection:
        texts = connection.execute("SELECT body FROM articles").fetchall()
    assert texts
    assert all(secret not in body for (body,) in texts)
