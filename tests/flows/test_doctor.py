import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows import console, doctor
from flows.doctor import Finding, diagnose, print_findings

MODELS = ("en_core_web_sm",)


@pytest.fixture(autouse=True)
def _no_api(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    console.out.cache_clear()


def test_a_sound_machine_is_sound(tmp_path: Path) -> None:
    findings = {finding.name: finding for finding in diagnose(tmp_path / "lake", MODELS)}
    for name in ("Python", "packages", "DuckDB ducklake", "DuckDB sqlite_scanner", "lake folder"):
        assert findings[name].is_ok, findings[name]
    assert not (tmp_path / "lake").exists()


def test_every_finding_that_is_not_ok_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "lake").write_text("a file")
    findings = diagnose(tmp_path / "lake", MODELS)
    assert any(not finding.is_ok for finding in findings)
    assert all(finding.advice for finding in findings if not finding.is_ok)


def test_an_api_that_does_not_answer_is_found_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://ann:secret@127.0.0.1:9/api")
    (finding,) = [one for one in diagnose(tmp_path, MODELS) if one.name == "Prefect API"]
    assert not finding.is_ok
    assert "does not answer" in finding.found
    assert "secret" not in finding.found


@pytest.mark.parametrize(
    ("requirement", "is_ok"),
    [("duckdb==1.5.5", True), ("duckdb<1", False), ("no-such-package-of-ours>=1", False)],
)
def test_packages_are_held_to_their_bounds(requirement: str, is_ok: bool) -> None:
    assert doctor._check_package(requirement).is_ok is is_ok


def test_a_model_that_the_configuration_wants_is_looked_for(tmp_path: Path) -> None:
    findings = {one.name: one for one in diagnose(tmp_path / "lake", ("en_core_web_sm", "none"))}
    assert findings["model en_core_web_sm"].is_ok
    assert not findings["model none"].is_ok


def test_a_missing_extension_is_named() -> None:
    finding = doctor._check_extension("no_such_thing")
    assert not finding.is_ok
    assert "duckdb-extension-no-such-thing" in (finding.advice or "")


def test_a_clock_that_was_never_set_is_found() -> None:
    assert not doctor._check_clock(datetime(1970, 1, 1, tzinfo=UTC)).is_ok


def test_findings_print_with_advice_only_where_needed(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [Finding("disk", True, "9 GB", "free it"), Finding("API", False, "no", "start it")]
    print_findings(findings)
    shown = capsys.readouterr().out
    assert "start it" in shown
    assert "free it" not in shown
    print_findings(findings, as_json=True)
    assert [row["is_ok"] for row in json.loads(capsys.readouterr().out)] == [True, False]
