"""Upkeep, time travel and the difference between runs, on lakes of a few small batches."""

import shutil
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.changes import Change, changes_between_runs
from flows.errors import LakeBusyError, SetupError
from flows.lake import LakeFolder, create_lake, insert_rows, name_snapshot, open_lake, write_lake
from flows.locks import hold_lock
from flows.settings import UpkeepSettings, load_settings
from flows.upkeep import is_due, maintain_lake, tidy
from tests.flows.landing import broadsheet
from tests.flows.newsdesk import article, land_batch

RUNS = tuple(f"20260301T06000{number}-abcde{number}" for number in range(6))
NOW = datetime.now(UTC)
AT_ONCE = load_settings().model_copy(
    update={"upkeep": UpkeepSettings(hours_between=0, keep_snapshot_days=90, keep_file_days=0)}
)


def land_run(lake: Path, number: int) -> None:
    rows = [
        article(f"Text {number} {n} of the paper.", f"https://p.example/{number}/{n}")
        for n in range(12)
    ]
    land_batch(lake, rows, RUNS[number])
    with write_lake(lake) as connection:
        name_snapshot(connection, RUNS[number])
        insert_rows(connection, "runs", [run_row(RUNS[number])])


def run_row(run_id: str) -> dict:
    return {
        "run_id": run_id, "status": "succeeded", "engine": "direct", "paths": [],
        "started_at": NOW, "version": "1",
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lake = tmp_path_factory.mktemp("made") / "lake"
    create_lake(lake)
    for number in range(len(RUNS)):
        land_run(lake, number)
    return lake


@pytest.fixture
def lake(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "lake"))


def count_at(lake: Path, run: str | None) -> int:
    with open_lake(lake, as_of=run) as connection:
        return connection.execute("SELECT count(*) FROM latest_articles").fetchone()[0]


def everything(lake: Path) -> dict[str, list[tuple]]:
    with open_lake(lake) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall()
            for table in ("articles", "fingerprints", "runs", "curations")
        }


def data_files(lake: Path) -> int:
    return sum(1 for _ in LakeFolder(lake).data.rglob("*.parquet"))


def test_the_lake_is_as_any_run_left_it_also_after_upkeep(lake: Path) -> None:
    for _ in range(2):
        assert [count_at(lake, run) for run in RUNS] == [12, 24, 36, 48, 60, 72]
        maintain_lake(lake, AT_ONCE, NOW + timedelta(hours=1))


def test_a_run_is_found_by_its_beginning_and_missed_in_words(lake: Path) -> None:
    assert count_at(lake, RUNS[1][:15]) == 24
    for run, told in (("20260301", "6 runs begin so"), ("2019", "no such run")):
        with pytest.raises(SetupError, match=told):
            open_lake(lake, as_of=run)


def test_upkeep_keeps_every_row_and_makes_few_files(lake: Path) -> None:
    before, files = everything(lake), data_files(lake)
    done = maintain_lake(lake, AT_ONCE, NOW + timedelta(hours=1))
    after = everything(lake)
    assert {name: after[name] for name in ("articles", "fingerprints", "runs")} == {
        name: before[name] for name in ("articles", "fingerprints", "runs")
    }
    assert done.files_after < done.files_before
    assert data_files(lake) < files
    again = maintain_lake(lake, AT_ONCE, NOW + timedelta(hours=1))
    assert again.files_after == again.files_before


def test_upkeep_indexes_what_no_run_has_indexed(lake: Path) -> None:
    maintain_lake(lake, AT_ONCE, NOW)
    with open_lake(lake) as connection:
        indexed = connection.execute("SELECT count(*) FROM indexed_articles").fetchone()[0]
    assert indexed == 72


def test_old_runs_are_let_go_and_said_to_be(lake: Path) -> None:
    maintain_lake(lake, AT_ONCE, NOW + timedelta(days=100))
    assert count_at(lake, None) == 72
    with pytest.raises(SetupError, match="keep_snapshot_days"):
        open_lake(lake, as_of=RUNS[0])


def test_files_stay_for_readers_at_work(lake: Path) -> None:
    files = set(LakeFolder(lake).data.rglob("*.parquet"))
    maintain_lake(lake, load_settings(), datetime.now(UTC))
    assert files <= set(LakeFolder(lake).data.rglob("*.parquet"))


def test_readers_go_on_while_upkeep_works(lake: Path) -> None:
    answers, failures, is_done = set(), [], threading.Event()

    def read() -> None:
        try:
            while not is_done.is_set():
                with open_lake(lake) as connection:
                    answers.add(connection.execute("SELECT count(body) FROM articles").fetchone())
        except Exception as error:
            failures.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        maintain_lake(lake, load_settings(), datetime.now(UTC))
    finally:
        is_done.set()
        reader.join()
    assert (failures, answers) == ([], {(72,)})


def test_upkeep_is_due_once_in_its_time(lake: Path) -> None:
    settings = load_settings()
    made = datetime.fromtimestamp(LakeFolder(lake).marker.stat().st_mtime, UTC)
    assert not is_due(lake, settings, made + timedelta(hours=1))
    assert is_due(lake, settings, made + timedelta(hours=21))
    maintain_lake(lake, settings, NOW)
    assert not is_due(lake, settings, datetime.now(UTC) + timedelta(hours=1))


def test_upkeep_waits_for_no_run(lake: Path) -> None:
    with hold_lock(lake / "run.lock", "a-run", 60), pytest.raises(LakeBusyError, match="a-run"):
        tidy(lake, AT_ONCE)


def test_the_command_says_what_it_did(lake: Path) -> None:
    done = broadsheet("maintain", "--lake", lake)
    assert done.returncode == 0, done.stderr
    assert "files became" in done.stdout


def test_changes_between_runs_are_counted_by_key(lake: Path) -> None:
    land_run_six = [article("Another text.", "https://p.example/0/0", version=2, title="New head")]
    land_batch(lake, land_run_six, "20260302T060000-abcdef")
    with write_lake(lake) as connection:
        name_snapshot(connection, "20260302T060000-abcdef")
        connection.execute("DELETE FROM articles WHERE url = 'https://p.example/1/1'")
        connection.execute("UPDATE articles SET title = 'T' WHERE url = 'https://p.example/2/2'")
    expected = Change("articles", 1, 1, 1, (("came", "New head"), ("changed", "T"),
        ("gone", "https://p.example/1/1")))  # fmt: skip
    for _ in range(2):
        with open_lake(lake) as connection:
            found = {
                change.table: change for change in changes_between_runs(connection, RUNS[5], None)
            }
        assert found["articles"] == expected
        assert (found["fingerprints"].came, found["fingerprints"].gone) == (1, 0)
        assert "runs" not in found
        maintain_lake(lake, AT_ONCE, NOW + timedelta(hours=1))


def test_nothing_changes_between_a_run_and_itself(lake: Path) -> None:
    with open_lake(lake) as connection:
        assert changes_between_runs(connection, RUNS[2], RUNS[2]) == []
        with pytest.raises(SetupError, match="earlier run first"):
            changes_between_runs(connection, RUNS[2], RUNS[1])
