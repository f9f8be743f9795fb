"""What the process of a run does not load, since its workers or nobody needs it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.scheduling import make_story, run
from flows.memory import without_pandas

MOST_MB = 400
"""The memory of a run's own process, whatever it lands."""
ROOT = Path(__file__).resolve().parents[2]
DUMPS = ROOT / "data" / "raw" / "sample" / "wordpress"
LAND = """
import sys
from flows.cli import main
if __name__ == "__main__":
    try:
        main()
    except SystemExit as end:
        print(end.code, *sorted(name for name in sys.modules if "." not in name))
        print(*sorted(name for name in sys.modules if name.startswith("flows.")))
"""
TYPED = """
import duckdb, pyarrow as pa
from flows.memory import without_pandas
with without_pandas():
    rows = duckdb.execute("SELECT $1, $2, $3", [1, ["a", None], {"b": 2.5}]).fetchall()
    table = pa.Table.from_pylist([{"c": 1, "d": None}])
print(rows, table.to_pylist(), duckdb.sql("SELECT 1 AS e").df().shape, table.to_pandas().shape)
"""


def test_a_run_leaves_models_checks_and_pandas_to_others(tmp_path: Path) -> None:
    script = tmp_path / "land.py"
    script.write_text(LAND)
    words = [script, "run", DUMPS, "--lake", tmp_path / "lake", "--direct", "--quiet"]
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    code, *loaded = done.stdout.split()
    assert code == "0", done.stderr
    assert "flows.stages" in loaded
    assert not {"pandas", "spacy", "great_expectations", "trafilatura", "prefect"} & set(loaded)
    assert "flows.shards" not in loaded


def test_arrow_and_duckdb_do_without_pandas_and_find_it_again() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TYPED], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ("[(1, ['a', None], {'b': 2.5})] [{'c': 1, 'd': None}] (1, 1) (1, 2)\n")


def test_pandas_is_refused_only_within_the_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    with without_pandas(), pytest.raises(ModuleNotFoundError, match="does without"):
        __import__("pandas")
    assert all(type(finder).__name__ != "_Refusal" for finder in sys.meta_path)


@pytest.mark.heavy
def test_a_run_of_many_articles_stays_small(tmp_path: Path) -> None:
    """What checks, commits and curates them is not the process that the run starts with."""
    with (tmp_path / "stories.jsonl").open("w") as lines:
        for number in range(20_000):
            lines.write(json.dumps({"id": str(number), "text": make_story(number)}) + "\n")
    took = run(tmp_path / "stories.jsonl", tmp_path / "lake", "--direct")
    assert took["landed"] == 20_000
    assert took["peak"] < MOST_MB
