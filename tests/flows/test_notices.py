"""Notices: each problem told once, by command and by web address, and again when not heard."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.lake import LakeFolder
from flows.notices import tell_news
from flows.settings import load_settings
from flows.status import Problem, look
from tests.flows.nights import free_port, hear_notices

LATE = Problem("late", "courier", "source courier: no success", "look", ("late:courier:1",))
STOPPED = Problem("stopped", "wire", "run 7 was stopped", "release it", ("stopped:7",))


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    (tmp_path / "lake").mkdir()
    return LakeFolder(tmp_path / "lake")


def tell(lake: LakeFolder, *problems: Problem, **changes: object) -> list[str]:
    settings = load_settings()
    status = look(lake, settings, [], datetime.now(UTC))
    object.__setattr__(status, "problems", problems)
    notice = settings.notice.model_copy(update=changes)
    return [problem.kind for problem in tell_news(lake, lambda: status, notice)]


def test_each_problem_is_posted_once_until_it_is_gone(lake: LakeFolder) -> None:
    with hear_notices() as (address, heard):
        assert tell(lake, LATE, webhook=address) == ["late"]
        assert tell(lake, LATE, STOPPED, webhook=address) == ["stopped"]
        assert tell(lake, STOPPED, webhook=address) == []
        assert tell(lake, LATE, STOPPED, webhook=address) == ["late"]
    assert [told["kind"] for told in heard] == ["late", "stopped", "late"]
    assert heard[0]["text"] == "Broadsheet, late: source courier: no success"
    assert (heard[0]["lake"], heard[0]["advice"]) == (str(lake.path), "look")


def test_of_several_things_in_one_problem_each_is_told_once(lake: LakeFolder) -> None:
    def failing(*checks: str) -> Problem:
        keys = tuple(f"warned:{name}" for name in checks)
        return Problem("warned", "lake", ", ".join(checks), "look", keys)

    with hear_notices() as (address, heard):
        for checks in (["a"], ["a", "b"], ["a"], ["a", "b"], ["b", "a"], ["b"]):
            tell(lake, failing(*checks), webhook=address)
    assert [told["sentence"] for told in heard] == ["a", "a, b", "a, b"]


def test_those_who_look_at_once_tell_once(lake: LakeFolder) -> None:
    with hear_notices() as (address, heard), ThreadPoolExecutor(4) as lookers:
        list(lookers.map(lambda _: tell(lake, LATE, STOPPED, webhook=address), range(8)))
    assert sorted(told["kind"] for told in heard) == ["late", "stopped"]


def test_what_nobody_heard_is_told_again(lake: LakeFolder, caplog) -> None:
    deaf = f"http://127.0.0.1:{free_port()}/secret-token"
    assert tell(lake, LATE, webhook=deaf) == []
    assert "secret-token" not in caplog.text
    assert "127.0.0.1" in caplog.text
    with hear_notices() as (address, heard):
        assert tell(lake, LATE, webhook=address) == ["late"]
    assert len(heard) == 1


def test_a_command_gets_a_sentence_and_json(lake: LakeFolder, tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text(sys.argv[2] + sys.stdin.read())"
    )
    target = tmp_path / "told"
    command = (sys.executable, "-c", script, str(target))
    assert tell(lake, STOPPED, command=command) == ["stopped"]
    sentence, _, body = target.read_text().partition("{")
    assert sentence == "Broadsheet, stopped: run 7 was stopped"
    assert json.loads("{" + body)["keys"] == ["stopped:7"]


@pytest.mark.parametrize(
    "command", [("/absent/program",), (sys.executable, "-c", "raise SystemExit(3)"), ("sleep", "9")]
)
def test_a_command_that_fails_harms_nothing(lake: LakeFolder, command: tuple[str, ...]) -> None:
    assert tell(lake, LATE, command=command, timeout_seconds=0.5) == []
    assert tell(lake, LATE, command=("true",)) == ["late"]


def test_kinds_that_nobody_wants_are_not_told(lake: LakeFolder) -> None:
    assert tell(lake, LATE, STOPPED, command=("true",), kinds=("stopped",)) == ["stopped"]
