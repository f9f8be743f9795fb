"""A lake inspected as a run does it: verdicts, every row found, what could not be told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from flows.acknowledge import acknowledge
from flows.checks import CheckResult, is_failed, stops_batch, write_data_docs
from flows.errors import SetupError
from flows.inspection import FINDINGS_FILE, Inspection, inspect
from flows.lake import (
    attach_statements,
    create_lake,
    insert_rows,
    load_statements,
    open_lake,
    read_sql,
    write_lake,
)
from tests.flows.faults import FAULTS, FIRST_DAY, land_day, plant, sound_day
from tests.flows.landing import broadsheet

HISTORY_DAYS = 9
CHECKED = ("documents", "articles", "blocks", "runs", "duplicates", "revisions")


def order_of(lake: Path, run_id: str, *extra: str) -> Inspection:
    preload = ["SET threads = 2", "SET TimeZone = 'UTC'", *load_statements()]
    shown = (*preload, *attach_statements(lake), *extra)
    return Inspection(shown, CHECKED, "lake", run_id, FIRST_DAY, lake / "staging" / ".lake")


def keep(lake: Path, run_id: str, results: list[CheckResult]) -> None:
    """Write results and findings into the lake, as a run does."""
    found = lake / "staging" / ".lake" / FINDINGS_FILE
    said_at = datetime(2026, 2, 1, tzinfo=UTC)
    with write_lake(lake) as connection:
        rows = [{**row, "run_id": run_id, "checked_at": said_at} for row in results]
        insert_rows(connection, "checks", rows)
        connection.execute(read_sql("findings/gone").format(found=found))
        connection.execute(read_sql("findings/new").format(found=found))


def failed(results: list[CheckResult]) -> dict[str, CheckResult]:
    return {f"{row['suite']}.{row['subject']}": row for row in results if is_failed(row)}


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, list[CheckResult]]:
    """Nine sound days, then one with a new layout and a row that breaks its contract."""
    lake = tmp_path_factory.mktemp("faulty") / "lake"
    create_lake(lake)
    for day in range(HISTORY_DAYS):
        land_day(lake, sound_day(day), day)
    fault = next(fault for fault in FAULTS if fault.name == "byline gone with the layout")
    rows = plant(fault, sound_day(HISTORY_DAYS))
    for row in rows["articles"][:3]:
        row["char_count"] += 1
    run_id = land_day(lake, rows, HISTORY_DAYS)
    results = inspect(order_of(lake, run_id))
    keep(lake, run_id, results)
    return lake, run_id, results


def test_a_fault_fails_the_check_that_names_its_source(
    faulty: tuple[Path, str, list[CheckResult]],
) -> None:
    _, _, results = faulty
    found = failed(results)
    assert set(found) >= {"articles.char_count", "sources.block_roles", "sources.bylined"}
    told = [row for name, row in found.items() if name.startswith("sources.")]
    assert all(str(row["observed"]).startswith("beacon: ") for row in told)
    assert str(found["sources.bylined"]["observed"]).startswith("beacon: 0.0% of ")
    assert found["sources.bylined"]["severity"] == "warn"


def test_all_rows_are_findings_and_the_query_shows_them(
    faulty: tuple[Path, str, list[CheckResult]],
) -> None:
    lake, run_id, results = faulty
    with open_lake(lake) as connection:
        rows = connection.execute(
            "SELECT source, observed FROM findings WHERE suite = 'articles' "
            "AND subject = 'char_count' AND stage = 'lake' AND run_id = ?",
            [run_id],
        ).fetchall()
        query = str(failed(results)["articles.char_count"]["query"])
        shown = connection.execute(query).fetchall()
    assert len(rows) == len(shown) == 3
    assert {source for source, _ in rows} == {"anchor"}
    assert all("char_count=" in observed for _, observed in rows)


def test_every_query_of_a_check_runs_on_the_lake(
    faulty: tuple[Path, str, list[CheckResult]],
) -> None:
    lake, _, results = faulty
    queries = {row["query"] for row in results if row["query"]}
    with open_lake(lake, is_locked=True) as connection:
        for query in queries:
            connection.execute(f"SELECT * FROM ({query}) LIMIT 1").fetchall()
    assert len(queries) > 100


def test_a_row_that_is_right_again_is_no_finding_any_more(
    faulty: tuple[Path, str, list[CheckResult]], tmp_path: Path
) -> None:
    lake, run_id, _ = faulty
    found = tmp_path / FINDINGS_FILE
    with open_lake(lake) as connection:
        connection.execute(
            f"COPY (SELECT * FROM findings WHERE stage = 'lake' AND suite <> 'articles') "
            f"TO '{found}'"
        )
    with write_lake(lake) as connection:
        connection.execute(read_sql("findings/gone").format(found=found))
        left = connection.execute("SELECT DISTINCT suite FROM findings WHERE stage = 'lake'")
        assert left.fetchall() == [("sources",)]
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")
    assert run_id


def test_the_audit_stops_a_batch_whose_field_has_emptied(
    faulty: tuple[Path, str, list[CheckResult]],
) -> None:
    lake, _, _ = faulty
    attach, _ = attach_statements(lake)
    day = HISTORY_DAYS + 1
    fault = next(fault for fault in FAULTS if fault.name == "another edition")
    staged = lake.parent / "staged"
    create_lake(staged)
    land_day(staged, plant(fault, sound_day(day)), day)
    views = [
        f"CREATE TEMP VIEW {name} AS FROM staged.{name}"
        for name in ("documents", "articles", "blocks")
    ]
    second = attach_statements(staged)[0].replace(" AS lake ", " AS staged ")
    order = Inspection(
        ("SET threads = 2", "SET TimeZone = 'UTC'", *load_statements(), attach, second, *views),
        ("articles",),
        "audit",
        "run-of-today",
        FIRST_DAY + timedelta(days=day),
        lake / "staging" / ".audit",
        "lake.",
    )
    results = inspect(order)
    assert stops_batch(results)
    found = failed(results)
    assert list(found) == ["sources.other_language"]
    assert str(found["sources.other_language"]["observed"]).startswith("depesche: 100.0% of ")


def test_a_check_that_itself_fails_is_broken_and_not_passed(
    faulty: tuple[Path, str, list[CheckResult]],
) -> None:
    lake, run_id, _ = faulty
    spoilt = "CREATE TEMP VIEW measures AS SELECT error('disk is gone') AS source"
    order = replace(order_of(lake, run_id, spoilt), tables=("runs",))
    results = [row for row in inspect(order) if row["suite"] == "sources"]
    assert {row["outcome"] for row in results} == {"broken"}
    assert not any(row["is_success"] for row in results)
    assert all(row["observed"] for row in results)


def test_an_empty_lake_passes_nothing_that_is_said_of_rows(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    create_lake(lake)
    results = inspect(order_of(lake, "run-of-nothing"))
    outcomes = {row["outcome"] for row in results if "_table_" not in row["expectation"]}
    assert outcomes == {"unjudged"}
    assert list(failed(results)) == ["articles.table"]


@pytest.mark.heavy
def test_the_engines_own_site_can_be_written(
    faulty: tuple[Path, str, list[CheckResult]], tmp_path: Path
) -> None:
    lake, _, _ = faulty
    preload = [*load_statements(), *attach_statements(lake)]
    page = write_data_docs(preload, ("runs",), tmp_path / "docs")
    assert "runs" in page.read_text(encoding="utf-8")


# Acknowledging


def test_only_a_failure_that_can_be_well_is_acknowledged(
    faulty: tuple[Path, str, list[CheckResult]],
) -> None:
    lake, _, _ = faulty
    for name, source, note, message in (
        ("sources.words", None, "why", "no such check failed"),
        ("articles.char_count", None, "why", "mended, not acknowledged"),
        ("sources.bylined", "anchor", "why", "failed for beacon, and not for anchor"),
        ("sources.bylined", None, " ", "say with --note"),
    ):
        with pytest.raises(SetupError, match=message):
            acknowledge(lake, name, source, note, None, 60)


def test_what_is_acknowledged_is_known_in_the_next_inspection(
    faulty: tuple[Path, str, list[CheckResult]],
) -> None:
    lake, run_id, _ = faulty
    done = broadsheet(
        "checks", "ack", "sources.bylined", "--note", "they stopped signing", "--lake", lake
    )
    assert done.stdout == "sources.bylined of beacon: acknowledged\n", done.stderr
    results = {row["subject"]: row for row in inspect(order_of(lake, run_id))}
    assert results["bylined"]["outcome"] == "passed", "the other sources are judged as before"
    assert "1 changed, and acknowledged" in str(results["bylined"]["observed"])
    listed = broadsheet("checks", "list", "--lake", lake)
    assert "they stopped signing" in listed.stdout
    assert listed.returncode == 0
