"""A batch that its audit stops: held, seen, in nobody's way, released or dropped."""

import json
import os
from pathlib import Path

import pytest

from flows.lake import LakeFolder, open_lake
from flows.settings import choose_sources, load_settings
from tests.flows.landing import broadsheet
from tests.flows.nights import stage_wrong_counts

STORY = "Council votes on plan {0}\n\nBy Ana Moreau\n\nThe council voted to spend {0} million.\n"


class Desk:
    """One source, and a first batch that was stopped."""

    def __init__(self, folder: Path) -> None:
        self.lake = LakeFolder(folder / "lake")
        self.dumps = folder / "dumps"
        self.dumps.mkdir()
        (folder / "sources").mkdir()
        self.config = folder / "c.toml"
        self.config.write_text("[run]\nworkers = 1\n")
        text = f'name = "courier"\npath = "{self.dumps}"\nsettle_seconds = 0\n'
        (folder / "sources" / "courier.toml").write_text(text)

    def deliver(self, number: int) -> Path:
        path = self.dumps / f"{number}.txt"
        path.write_text(STORY.format(number))
        return path

    def run(self, name: str, *arguments: object):
        return broadsheet(name, *arguments, "--lake", self.lake.path, "--config", self.config)

    def land(self):
        return self.run("run", "--source", "courier", "--direct", "--json")

    def ask(self, query: str) -> list[tuple]:
        with open_lake(self.lake.path) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, str]:
    """A desk whose first run was stopped, and its sentence."""
    desk = Desk(tmp_path_factory.mktemp("held"))
    desk.deliver(1)
    [source] = choose_sources("courier", desk.config)
    stage_wrong_counts(source, load_settings(desk.config), desk.lake)
    done = desk.land()
    assert done.returncode == 4
    return desk, done.stderr


@pytest.mark.heavy
def test_a_stopped_batch_is_released_after_later_runs_went_by(stopped: tuple[Desk, str]) -> None:
    desk, sentence = stopped
    [(run_id, status)] = desk.ask("SELECT run_id, status FROM runs")
    assert status == "stopped"
    assert sentence.count("\n") == 1
    assert f"broadsheet release {run_id}" in sentence
    assert desk.ask("SELECT count(*) FROM articles") == [(0,)]

    told = desk.run("status", "--json")
    assert told.returncode == 1
    [problem] = json.loads(told.stdout)["problems"]
    assert (problem["kind"], problem["keys"]) == ("stopped", [f"stopped:{run_id}"])
    assert f"broadsheet drop {run_id}" in problem["advice"]

    desk.deliver(2)
    later = json.loads(desk.land().stdout)
    assert (later["records_landed"], later["files_held"]) == (1, 1)

    wrong = desk.run("release", "20200101T000000-abcdef")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert run_id in wrong.stderr

    released = desk.run("release", run_id, "--json")
    assert released.returncode == 0, released.stderr
    assert json.loads(released.stdout)["records_landed"] == 1
    assert desk.ask(f"SELECT status FROM runs WHERE run_id = '{run_id}'") == [("released",)]
    assert desk.ask("SELECT count(*) FROM articles") == [(2,)]
    assert not list(desk.lake.held.iterdir())
    assert json.loads(desk.land().stdout)["files_known"] == 2


@pytest.mark.heavy
def test_what_is_dropped_is_read_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.deliver(1)
    [source] = choose_sources("courier", desk.config)
    stage_wrong_counts(source, load_settings(desk.config), desk.lake)
    assert desk.land().returncode == 4
    [run_id] = os.listdir(desk.lake.held)  # noqa: PTH208
    dropped = desk.run("drop", run_id)
    assert dropped.returncode == 0, dropped.stderr
    assert "1 record of run" in dropped.stdout
    assert json.loads(desk.land().stdout)["records_landed"] == 1
    assert desk.ask("SELECT status FROM runs ORDER BY run_id") == [("dropped",), ("succeeded",)]


@pytest.mark.heavy
def test_what_other_code_has_staged_is_not_released(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.deliver(1)
    [source] = choose_sources("courier", desk.config)
    stage_wrong_counts(source, load_settings(desk.config), desk.lake)
    desk.land()
    [manifest] = desk.lake.held.glob("*/held.json")
    text = manifest.read_text()
    manifest.write_text(text.replace('"code_fingerprint": "', '"code_fingerprint": "0'))
    done = desk.run("release", manifest.parent.name)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "another version of Broadsheet" in done.stderr
