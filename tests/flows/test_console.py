import subprocess
import sys
from pathlib import Path

import pytest

from flows import console
from flows.console import RunProgress, print_summary

SUMMARY = {
    "run_id": "20260302T060000Z-c3d4",
    "is_dry_run": False,
    "records_read": 1234,
    "records_rejected": 3,
    "kinds": {"text/html": {"landed": 1200, "rejected": 2}, "text/plain": {"landed": 31}},
    "lake": "/" + "long/" * 40 + "lake",
    "report": None,
}


@pytest.fixture(autouse=True)
def _fresh_consoles() -> None:
    console.out.cache_clear()
    console.err.cache_clear()


def test_importing_it_imports_no_rich(root: Path) -> None:
    code = "import flows.console, sys; print('rich' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_quiet_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with RunProgress(is_quiet=True) as progress:
        progress.start(10)
        progress.advance(5, 1, 0)
    assert capsys.readouterr() == ("", "")


def test_without_a_terminal_lines_are_rare_and_on_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "PLAIN_SECONDS", 0.0)
    with RunProgress() as progress:
        progress.start(10)
        progress.advance(5, 1, 0)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "6 of 10 records" in captured.err
    monkeypatch.setattr(console, "PLAIN_SECONDS", 3600.0)
    with RunProgress() as progress:
        progress.start(10)
        progress.advance(5, 1, 0)
    assert capsys.readouterr().err == ""


def test_receipts_are_counted() -> None:
    progress = RunProgress(is_quiet=True)
    progress.planned(30)
    progress.landed({"records_landed": 7, "records_rejected": 2, "records_known": 1})
    assert (progress.total, progress.done, progress.rejects) == (30, 10, 2)
    assert progress.line(2.0) == "10 of 30 records, 5 a second, 2 rejected, 0:04 left"


def test_no_record_yet_says_no_time_left() -> None:
    assert RunProgress(is_quiet=True).line(0.0) == "0 of 0 records, 0 a second, 0 rejected"


def test_a_summary_shows_counts_and_breakdowns(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(SUMMARY)
    shown = capsys.readouterr().out
    for expected in ("1,234", "records rejected", "text/html", "1,200", "Kinds"):
        assert expected in shown
    assert "dry run" not in shown
    assert "report" not in shown


def test_an_empty_summary_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary({"kinds": {}})
    assert "Kinds" not in capsys.readouterr().out
