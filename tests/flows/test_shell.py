import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from flows.shell import Shell, SqlCompleter, is_whole, open_history, run_shell
from tests.flows.corpus import open_corpus
from tests.flows.landing import ctrl_c


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def type_lines(text: str) -> None:
    with create_pipe_input() as keys:
        keys.send_text(text)
        run_shell(open_corpus(), Path("lake"), input=keys, output=DummyOutput())


def test_a_statement_over_lines_runs_at_its_semicolon(capsys: pytest.CaptureFixture[str]) -> None:
    type_lines("SELECT count(*)\rFROM articles;\r.quit\r")
    captured = capsys.readouterr()
    assert "30" in captured.out
    assert captured.err.strip().endswith(" s")


def test_a_mistake_is_told_and_the_shell_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    type_lines("SELECT titel FROM articles;\rDROP TABLE runs;\r.nonsense\rSELECT 7 AS n;\r\x04")
    captured = capsys.readouterr()
    assert '"title"' in captured.err
    assert "not a reading statement" in captured.err
    assert ".help lists them" in captured.err
    assert "7" in captured.out


def test_control_c_drops_a_line_and_control_d_leaves(capsys: pytest.CaptureFixture[str]) -> None:
    type_lines("SELECT 'gone'\x03SELECT 'kept';\r\x04")
    out = capsys.readouterr().out
    assert "kept" in out
    assert "gone" not in out


def test_history_is_kept_in_the_state_folder(tmp_path: Path) -> None:
    type_lines("SELECT 42;\r.quit\r")
    kept = (tmp_path / "state" / "broadsheet" / "history").read_text()
    assert "SELECT 42;" in kept


def test_history_without_a_place_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert isinstance(open_history(), InMemoryHistory)


COMMANDS: list[tuple[str, str]] = [
    (".tables", "articles"),
    (".schema articles", "published_at"),
    (".help", ".schema TABLE"),
    (".tables", "kwic(asked"),
    (".schema articles", "One row per article version."),
    (".queries", "question"),
    (".run who_is_quoted", "Who is quoted by name most"),
    (".run which_countries_are_named", "country_code"),
]


@pytest.mark.parametrize(("command", "shown"), COMMANDS)
def test_dot_commands(command: str, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert Shell(open_corpus(), Path("lake")).take(command)
    assert shown in capsys.readouterr().out


def test_format_changes_what_follows(capsys: pytest.CaptureFixture[str]) -> None:
    shell = Shell(open_corpus(), Path("lake"))
    shell.take(".format jsonl")
    shell.take("SELECT 1 AS n;")
    assert capsys.readouterr().out == '{"n": 1}\n'
    shell.take(".format parquet")
    assert "no format" in capsys.readouterr().err
    assert shell.format == "jsonl"


def test_a_report_that_is_not_there_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Shell(open_corpus(), tmp_path).take(".open report")
    assert "no report yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line",
    [
        ".schema",
        ".schema nothing",
        '.schema a"b',
        ".open lid",
        ".run",
        ".run who",
        ".run what_was_published since=never",
        ".run what_was_published 'since",
    ],
)
def test_wrong_dot_commands_are_told(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert Shell(open_corpus(), Path("lake")).take(line)
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT ti", "title"),
        ("SELECT * FROM art", "articles"),
        ("SELECT articles.pub", "published_at"),
        ("SELECT articles.", "word_count"),
        ("sel", "SELECT"),
        ("SELECT date_tr", "date_trunc("),
        (".sch", ".schema"),
        (".schema quo", "quotes"),
        (".format js", "jsonl"),
        (".run who_is_q", "who_is_quoted"),
    ],
)
def test_completion(text: str, expected: str) -> None:
    assert expected in _completions(text)


def test_a_column_of_another_table_is_not_offered_after_a_dot() -> None:
    assert "speaker_name" not in _completions("SELECT articles.sp")


def _completions(text: str) -> list[str]:
    completer = SqlCompleter(open_corpus())
    return [one.text for one in completer.get_completions(Document(text), CompleteEvent())]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("SELECT 1;", True),
        ("SELECT 1;  \n", True),
        ("SELECT 1", False),
        ("SELECT ';'", False),
        ("SELECT 1 -- so;", False),
        ("SELECT /* ; */", False),
        ("SELECT 'é';", True),
        (".tables", True),
        ("", True),
    ],
)
def test_enter_runs_what_is_whole(text: str, whole: bool) -> None:
    assert is_whole(text) is whole


PROGRAM = """
import duckdb
from pathlib import Path
from flows.shell import run_shell
run_shell(duckdb.connect(), Path("lake"))
"""


def test_a_real_terminal(root: Path) -> None:
    here, there = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "PAGER": "cat", "PROMPT_TOOLKIT_NO_CPR": "1"}
    with ctrl_c(is_heard=True):
        program = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            cwd=root,
            stdin=there,
            stdout=there,
            stderr=there,
            env=environment,
            close_fds=True,
        )
    os.close(there)
    try:
        _read_until(here, lambda shown: b"broadsheet>" in shown)
        os.write(here, b"SELECT 40 + 2 AS answer;\r")
        shown = _read_until(here, lambda shown: b" s\r\n" in shown)
        assert b"42" in shown
        idle = _cpu_seconds(program)
        os.write(here, b"SELECT count(*) FROM range(1000000000000) WHERE range % 7 = 8;\r")
        while _cpu_seconds(program) < idle + 1.5:  # more than reading the line takes
            time.sleep(0.1)
        program.send_signal(signal.SIGINT)  # what the terminal makes of Ctrl-C
        _read_until(here, lambda shown: b"stopped" in shown)
        os.write(here, b"SELECT 40 + 3 AS answer;\r")
        _read_until(here, lambda shown: b"43" in shown and b" s\r\n" in shown)
        os.write(here, b".quit\r")
        assert program.wait(30) == 0
    finally:
        program.kill()
        os.close(here)


def _cpu_seconds(program: subprocess.Popen) -> float:
    return sum(psutil.Process(program.pid).cpu_times()[:2])


def _read_until(terminal: int, is_enough: Callable[[bytes], bool]) -> bytes:
    shown, deadline = b"", time.monotonic() + 60
    while not is_enough(shown):
        ready, _, _ = select.select([terminal], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise AssertionError(f"the shell fell silent after: {shown!r}")
        shown += os.read(terminal, 4096)
    return shown
