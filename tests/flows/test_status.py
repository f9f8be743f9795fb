"""Status: each problem from rows as runs leave them, at an hour that the test chooses."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.lake import LakeFolder, create_lake, insert_rows, write_lake
from flows.runs import behind_by, close_dead_runs, now_after
from flows.settings import Source, load_settings
from flows.status import look, served_since
from tests.flows.landing import broadsheet
from tests.flows.test_locks import foreign_lock

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
COURIER = Source(name="courier", path="/dumps/courier")
SETTINGS = load_settings()


class Rows:
    """A lake made of the rows that runs leave behind."""

    def __init__(self, folder: Path) -> None:
        self.lake = LakeFolder(folder / "lake")
        create_lake(self.lake.path)

    def run(self, hours_ago: float, status: str, **values: object) -> str:
        started = NOON - hours_ago * HOUR
        row = {
            "run_id": f"{started:%Y%m%dT%H%M%S}-abcdef",
            "status": status,
            "engine": "direct",
            "source": "courier",
            "paths": [COURIER.path],
            "started_at": started,
            "ended_at": None if status == "running" else started + timedelta(minutes=5),
            "version": "1",
            **values,
        }
        with write_lake(self.lake.path) as connection:
            insert_rows(connection, "runs", [row])
        return row["run_id"]

    def bring(self, run_id: str, records: int, source: str = "courier") -> None:
        counts = ("block", "mention", "quote")
        row = {
            "shard_id": f"{run_id}{records}",
            "run_id": run_id,
            "source": source,
            "files": [],
            "records_read": records,
            "records_landed": records,
            "records_rejected": 0,
            "records_known": 0,
            **{f"{name}_count": 0 for name in counts},
            "stages": [],
            "seconds": 1.0,
            "cpu_seconds": 1.0,
            "peak_memory_bytes": 1,
            "code_fingerprint": "c",
            "config_fingerprint": "c",
        }
        with write_lake(self.lake.path) as connection:
            insert_rows(connection, "receipts", [row])

    def kinds(self, *sources: Source, settings=SETTINGS) -> list[str]:
        status = look(self.lake, settings, sources or (COURIER,), NOON)
        return [problem.kind for problem in status.problems]


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return Rows(tmp_path)


def test_a_lake_that_is_not_made_is_well(tmp_path: Path) -> None:
    status = look(LakeFolder(tmp_path / "lake"), SETTINGS, [COURIER], NOON)
    assert status.is_well
    assert status.sources[0].last_success_at is None


def test_a_success_is_well_for_a_day_and_then_late(rows: Rows) -> None:
    rows.run(25, "succeeded")
    assert rows.kinds() == []
    status = look(rows.lake, SETTINGS, [COURIER], NOON + 2 * HOUR)
    assert [problem.kind for problem in status.problems] == ["late"]
    assert "courier" in status.problems[0].sentence


def test_a_run_over_all_sources_counts_for_each(rows: Rows) -> None:
    other = Source(name="wire", path="/dumps/wire")
    rows.run(2, "succeeded", source=None, paths=[COURIER.path, other.path])
    status = look(rows.lake, SETTINGS, [COURIER, other], NOON)
    assert all(source.last_success_at is not None for source in status.sources)


@pytest.mark.parametrize("status", ["failed", "interrupted"])
def test_the_last_run_speaks_and_a_success_after_it_silences(rows: Rows, status: str) -> None:
    rows.run(3, status, error="storage did not answer")
    assert rows.kinds() == [status]
    rows.run(2, "succeeded")
    assert rows.kinds() == []


def test_a_problem_keeps_its_key_while_it_lasts(rows: Rows) -> None:
    rows.run(60, "succeeded")
    keys = {
        look(rows.lake, SETTINGS, [COURIER], NOON + hours * HOUR).problems[0].keys
        for hours in range(5)
    }
    assert len(keys) == 1


def test_a_quiet_and_a_thin_source(rows: Rows) -> None:
    run_id = rows.run(24 * 9, "succeeded")
    rows.bring(run_id, 500)
    rows.run(1, "succeeded")
    assert rows.kinds() == []
    assert rows.kinds(COURIER.model_copy(update={"fresh_hours": 48})) == ["quiet"]
    assert rows.kinds(COURIER.model_copy(update={"expected_records_per_day": 10})) == ["thin"]
    rows.bring(rows.run(2, "succeeded"), 40)
    assert rows.kinds(COURIER.model_copy(update={"expected_records_per_day": 10})) == []


def test_a_running_run_is_stuck_only_after_its_hours(rows: Rows) -> None:
    run_id = rows.run(13, "running")
    foreign_lock(rows.lake.lock, 1)
    held = json.loads(rows.lake.lock.read_text()) | {"run_id": run_id}
    rows.lake.lock.write_text(json.dumps(held))
    assert rows.kinds() == ["stuck"]
    schedule = SETTINGS.schedule.model_copy(update={"stuck_hours": 14})
    assert rows.kinds(settings=SETTINGS.model_copy(update={"schedule": schedule})) == []


def test_a_dead_run_is_marked_interrupted_and_a_live_one_is_not(rows: Rows) -> None:
    rows.run(1, "running")
    foreign_lock(rows.lake.lock, 1)
    assert close_dead_runs(rows.lake, SETTINGS) == 0
    rows.lake.lock.unlink()
    assert close_dead_runs(rows.lake, SETTINGS) == 1
    assert rows.kinds() == ["interrupted"]


def test_short_disk(rows: Rows) -> None:
    rows.run(1, "succeeded")
    run = SETTINGS.run.model_copy(update={"min_free_bytes": 10**15})
    assert rows.kinds(settings=SETTINGS.model_copy(update={"run": run})) == ["disk"]


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        ("failed", ["warned"]),
        ("broken", ["warned"]),
        ("unjudged", []),
        ("acknowledged", []),
        ("passed", []),
    ],
)
def test_failed_checks_of_the_lake_are_one_problem_for_all_sources(
    rows: Rows, outcome: str, kinds: list[str]
) -> None:
    run_id = rows.run(1, "succeeded", checks_failed=1)
    check = {
        "run_id": run_id, "stage": "lake", "suite": "articles", "expectation": "e",
        "subject": "body", "severity": "warn", "is_success": outcome == "passed",
        "outcome": outcome,
        "expected": "x",
        "examples": [], "checked_at": NOON,
    }  # fmt: skip
    with write_lake(rows.lake.path) as connection:
        insert_rows(connection, "checks", [check])
    assert rows.kinds(COURIER, Source(name="wire", path="w")) == kinds


def test_a_clock_that_was_set_back_is_one_sentence(rows: Rows, tmp_path: Path) -> None:
    rows.run(-3, "succeeded")
    assert rows.kinds() == ["clock"]
    sentence = behind_by(NOON + 3 * HOUR, NOON)
    assert sentence is not None
    assert "2026-03-10 12:00" in sentence
    assert now_after(NOON.replace(year=2999)) == NOON.replace(year=2999)


def test_ids_keep_their_order_when_the_clock_was_set_back(tmp_path: Path) -> None:
    rows = Rows(tmp_path)
    future = datetime.now(UTC) + timedelta(days=400)
    with write_lake(rows.lake.path) as connection:
        insert_rows(connection, "runs", [
            {
                "run_id": f"{future:%Y%m%dT%H%M%S}-ffffff", "status": "succeeded",
                "engine": "direct", "paths": [], "started_at": future, "ended_at": future,
                "version": "1",
            }
        ])  # fmt: skip
    (tmp_path / "a.txt").write_text("Council of Bergen votes on its harbour plan.\n")
    done = broadsheet("run", tmp_path / "a.txt", "--direct", "--json", "--lake", rows.lake.path)
    assert done.returncode in (0, 3), done.stderr
    assert "the clock was set back" in done.stderr
    assert done.stderr.count("\n") == 1
    assert json.loads(done.stdout)["run_id"] > f"{future:%Y%m%dT%H%M%S}-ffffff"


def test_a_slot_is_served_by_runs_that_began_after_it(rows: Rows) -> None:
    assert served_since(rows.lake, [COURIER], NOON) is None
    rows.run(3, "succeeded")
    rows.run(2, "failed", error="x")
    assert served_since(rows.lake, [COURIER], NOON) == NOON - 3 * HOUR
    wire = Source(name="wire", path="w")
    assert served_since(rows.lake, [COURIER, wire], NOON) is None


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_says_it_and_its_exit_code_is_for_monitors(tmp_path, as_json: bool) -> None:
    rows = Rows(tmp_path)
    (tmp_path / "c.toml").write_text("")
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "courier.toml").write_text('name = "courier"\npath = "/dumps/courier"')
    arguments = ["status", "--lake", rows.lake.path, "--config", tmp_path / "c.toml"]
    arguments += ["--json"] if as_json else []
    assert broadsheet(*arguments).returncode == 0
    rows.run(0, "failed", error="the disk is full")
    said = broadsheet(*arguments)
    assert said.returncode == 1
    assert "the disk is full" in said.stdout
    if as_json:
        assert json.loads(said.stdout)["is_well"] is False
