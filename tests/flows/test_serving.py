"""`broadsheet serve` as a whole: it comes up, survives its parts, stops, and refuses."""

import json
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psutil
import pytest

from tests.flows.landing import broadsheet
from tests.flows.nights import Desk, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
STORY = "Council votes on plan {0}\n\nBy Ana Moreau\n\nThe council voted to spend {0} million.\n"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A lake that is served, with one source of two stories."""
    desk = Desk(tmp_path_factory.mktemp("served"), None)
    courier = desk.declare("courier")
    for number in (1, 2):
        path = courier / f"{number}.txt"
        path.write_text(STORY.format(number))
        os.utime(path, (1_700_000_000, 1_700_000_000))
    desk.start()
    yield desk
    if desk.is_serving:
        desk.stop()


def ask_api(desk: Desk, path: str, body: dict | None = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = Request(
        f"http://127.0.0.1:{desk.port}/api/{path}", data, {"Content-Type": "application/json"}
    )
    with urlopen(request, timeout=30) as reply:
        return json.loads(reply.read())


@pytest.mark.heavy
def test_the_page_and_the_deployment_are_there(served: Desk) -> None:
    with urlopen(f"http://127.0.0.1:{served.port}", timeout=30) as reply:
        assert b"<html" in reply.read().lower()
    deployment = ask_api(served, "deployments/name/nightly/lake")
    assert deployment["schedules"][0]["schedule"]["cron"] == "30 2 * * *"
    assert deployment["tags"] == ["broadsheet"]
    assert str(served.lake.path) in deployment["description"]


@pytest.mark.heavy
@pytest.mark.parametrize(
    "parameters",
    [{"workers": 0}, {"workers": "many"}, {"since": "yesterday"}, {"sources": ["No Name"]}],
)
def test_wrong_parameters_are_refused_when_submitted(served: Desk, parameters: dict) -> None:
    deployment = ask_api(served, "deployments/name/nightly/lake")
    with pytest.raises(HTTPError) as refused:
        ask_api(
            served,
            f"deployments/{deployment['id']}/create_flow_run",
            {"parameters": deployment["parameters"] | parameters},
        )
    assert refused.value.code in (409, 422)


@pytest.mark.heavy
def test_a_second_one_on_the_same_lake_is_refused(served: Desk) -> None:
    done = served.command("serve")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is served already (process" in done.stderr


@pytest.mark.heavy
def test_a_run_lands_what_is_there_and_shows_what_it_did(served: Desk) -> None:
    deployment = ask_api(served, "deployments/name/nightly/lake")
    run = ask_api(served, f"deployments/{deployment['id']}/create_flow_run", {})
    ended = wait_until(lambda: _ended(served, run["id"]), "the end of the run")
    assert ended["state"]["type"] == "COMPLETED"
    assert ended["state"]["message"] == "courier: 2 landed, 0 rejected"
    names = {row[0] for row in served.ask_prefect("SELECT name FROM task_run")}
    assert any(name.startswith("land courier ") and "2 records" in name for name in names)
    keys = {row[0] for row in served.ask_prefect("SELECT key FROM artifact")}
    assert {"funnel", "checks", "report", "run"} <= keys
    messages = [row[0] for row in served.ask_prefect("SELECT message FROM log")]
    assert "2 files, 2 of them new" in messages
    assert "2 records read: 2 landed, 0 rejected, 0 known before" in messages
    event = "SELECT event FROM events WHERE event = 'broadsheet.run.succeeded'"
    wait_until(lambda: served.ask_prefect(event), "the event, which the server writes in batches")


def _ended(served: Desk, run_id: str) -> dict | None:
    run = ask_api(served, f"flow_runs/{run_id}")
    return run if run["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED") else None


@pytest.mark.heavy
def test_each_part_is_started_again(served: Desk) -> None:
    before = served.parts()
    assert set(before) == {"server", "runner"}
    for process in before.values():
        process.kill()

    def is_new() -> bool:
        now = served.parts()
        return set(now) == set(before) and all(now[name] != before[name] for name in now)

    wait_until(is_new, "new parts")
    wait_until(lambda: _answers(served), "an answer of the new server")


def _answers(served: Desk) -> bool:
    try:
        return bool(ask_api(served, "deployments/name/nightly/lake"))
    except OSError:
        return False


@pytest.mark.heavy
def test_it_stops_and_leaves_nothing(served: Desk) -> None:
    family = served.family()
    assert served.stop() == 0
    assert not [process for process in family if process.is_running()]
    assert not (served.lake.path / "serve.lock").exists()


@pytest.mark.heavy
def test_its_parts_end_when_it_is_killed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, None)
    desk.declare("courier")
    desk.start()
    family = desk.family()
    [parent] = {process.ppid() for process in desk.parts().values()}
    os.kill(parent, signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=60)
    assert not alive


# What is refused, in one sentence


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ('cron = "every night"', "is not a cron line"),
        ('cron = "61 2 * * *"', "is not a cron line"),
        ('time_zone = "Mars/Olympus"', "no such time zone"),
        ("port = 70000", "schedule.port"),
        ("prot = 4200", "unknown key 'schedule.prot'"),
    ],
)
def test_a_wrong_schedule_is_one_sentence(tmp_path: Path, section: str, sentence: str) -> None:
    (tmp_path / "c.toml").write_text(f"[schedule]\n{section}\n")
    refuses(tmp_path, sentence)


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "c.toml").write_text(f"[schedule]\nport = {port}\n")
        refuses(tmp_path, f"127.0.0.1:{port}: address already in use")


def test_an_api_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("")
    url = f"http://desk:secret@127.0.0.1:{free_port()}/api"
    assert "secret" not in refuses(tmp_path, "does not answer", PREFECT_API_URL=url)


def test_a_lake_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("")
    (tmp_path / "lake").write_text("a file")
    refuses(tmp_path, "cannot be written")


def refuses(folder: Path, sentence: str, **variables: str) -> str:
    arguments = ("serve", "--lake", folder / "lake", "--config", folder / "c.toml")
    done = broadsheet(*arguments, **variables)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    assert sentence in done.stderr
    return done.stderr
