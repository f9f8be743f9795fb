"""The house itself: rings, documentation that runs, nothing of this machine."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from flows.lake import open_lake
from flows.saved import SavedQuery, bind_values, load_queries
from tests.flows.landing import broadsheet, land

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = (
    "run", "serve", "status", "release", "drop", "sources", "sql", "report", "runs", "explain",
    "diff", "verify", "doctor", "export", "maintain", "rejects", "forget", "checks",
)  # fmt: skip
SILENT_ON_THE_SAMPLE = {"who_copies_whom"}
"""Questions of which the sample dumps hold no case."""


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


@pytest.mark.parametrize("query", load_queries().values(), ids=lambda query: query.name)
def test_saved_queries_answer(query: SavedQuery, sample_lake: Path) -> None:
    assert re.fullmatch(r"[A-Z].*\?", query.question), "the first line is the question"
    with open_lake(sample_lake, is_locked=True) as connection:
        values = bind_values(connection, query, ())
        names = {parameter.name for parameter in query.parameters}
        assert duckdb.extract_statements(query.sql)[0].named_parameters == names
        rows = connection.execute(query.sql, values or None).fetchall()
    assert bool(rows) == (query.name not in SILENT_ON_THE_SAMPLE)


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
