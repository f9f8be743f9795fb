"""The house itself: rings, documentation that runs, nothing of this machine."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from flows.lake import open_lake
from tests.flows.landing import broadsheet, land

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("run", "sql", "report", "runs", "explain", "diff", "verify", "doctor", "checks")


def test_imports_point_inward() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_there_and_imports_nothing_heavy(name: str) -> None:
    script = (
        "import sys; sys.argv = ['broadsheet', *sys.argv[1:]]\n"
        "from flows.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'prefect', 'duckdb', 'pyarrow', 'numpy', 'spacy', 'great_expectations', 'lxml'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    arguments = [*([name] if name else []), "--help"]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=True
    )
    assert "Usage: broadsheet" in done.stdout
    assert done.stderr.strip() == "[]"


@pytest.fixture(scope="module")
def sample_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("sample") / "lake"
    land(ROOT / "data" / "raw" / "sample", lake)
    return lake


def readme_commands() -> list[list[str]]:
    """Every `broadsheet` line of the README's shell blocks, but those that land dumps."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in commands if words and words[0].endswith("/broadsheet")]


@pytest.mark.parametrize("words", readme_commands(), ids=lambda words: " ".join(words)[:60])
def test_commands_of_the_readme_answer(words: list[str], sample_lake: Path, tmp_path: Path) -> None:
    words = [word.replace("data/lake/mine", str(tmp_path / "mine")) for word in words]
    lake = [] if "--lake" in words else ["--lake", sample_lake]
    done = broadsheet(*words, *lake, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "queries").glob("*.sql")), ids=str)
def test_saved_queries_answer(path: Path, sample_lake: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"-- .*\?\n", text), "the first line is the question"
    with open_lake(sample_lake, is_locked=True) as connection:
        assert connection.execute(text).fetchall()


def test_every_make_target_that_the_docs_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    named = {
        name
        for path in documents
        for name in re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(encoding="utf-8"), re.M)
    }
    assert named <= targets


def test_the_lock_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--hash=sha256:" in lock
