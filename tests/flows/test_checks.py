"""The checks on DuckDB: every type of expectation in use passes on good rows, fails on bad."""

import json
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from flows.checks import (
    MAX_EXAMPLE_CHARS,
    MAX_EXAMPLES,
    CheckResult,
    is_failed,
    run_checks,
    stops_batch,
)
from flows.dialect import register_dialect
from flows.errors import SetupError
from flows.suites import (
    SOURCES,
    SUITES,
    Stage,
    base_suite,
    load_suite,
    rows_unlike,
    suite_of,
)
from schemas import TABLES
from schemas.contract import table_from_rows

CASES = json.loads((Path(__file__).parents[1] / "cases" / "checks.json").read_text("utf-8"))
STARTED = "2026-03-01T06:00:00+00:00"
BODY = "The ferry is back."
ROW: dict[str, Any] = {"article_id": "a" * 32, "document_id": "0" * 32, "version": 1, "run_id": "r"}
PLACE = {"source": "harbour", "uri": "dumps/a.jsonl", "record_ordinal": 0}
GOOD: dict[str, dict[str, Any]] = {
    "articles": {
        **ROW,
        "url": "https://lantern.example/ferry",
        "title": "Ferry returns",
        "authors": ["Ines Calloway"],
        "published_at": STARTED,
        "published_precision": "minute",
        "published_method": "meta",
        "language": "en",
        "body": BODY,
        "captions": [],
        "kind": "brief",
        "word_count": 4,
        "char_count": len(BODY),
        "sentence_count": 1,
        "paragraph_count": 1,
        "reading_seconds": 1,
        "quote_count": 1,
        "quoted_share": 0.2,
        "mention_count": 1,
        "body_method": "rules",
        "boilerplate_share": 0.1,
        "quality_flags": [],
        "content_hash": "c" * 32,
    },
    "documents": {
        **PLACE,
        "document_id": "0" * 32,
        "byte_start": 5,
        "byte_end": 25,
        "kind": "jsonl",
        "media_type": "application/json",
        "charset": "utf-8",
        "charset_method": "utf8",
        "byte_count": 20,
        "status": "landed",
        "first_seen_at": STARTED,
        "last_seen_at": STARTED,
        "shard_id": "s",
        "run_id": "r",
    },
    "blocks": {
        **ROW,
        "ordinal": 0,
        "role": "paragraph",
        "raw_start": 0,
        "raw_end": 18,
        "body_start": 0,
        "body_end": 18,
        "is_kept": True,
        "method": "rule",
    },
    "mentions": {
        **ROW,
        "field": "body",
        "start": 4,
        "end": 9,
        "surface": "ferry",
        "label": "PRODUCT",
        "sentence": 0,
        "in_quote": False,
    },
    "quotes": {
        **ROW,
        "field": "body",
        "start": 4,
        "end": 9,
        "text": "ferry",
        "kind": "partial",
        "speaker_text": "The",
        "speaker_start": 0,
        "speaker_end": 3,
    },
    "rejects": {
        **PLACE,
        "document_id": "f" * 32,
        "reason": "malformed_json",
        "stage": "read",
        "message": "The line is not a JSON object.",
        "excerpt": "{",
        "attempts": 1,
        "state": "open",
        "rejected_at": STARTED,
        "run_id": "r",
    },
    "receipts": {
        "shard_id": "s",
        "run_id": "r",
        "source": "harbour",
        "files": [],
        "records_read": 3,
        "records_landed": 2,
        "records_rejected": 1,
        "records_known": 0,
        "block_count": 1,
        "mention_count": 1,
        "quote_count": 1,
        "stages": [],
        "seconds": 0.5,
        "cpu_seconds": 0.4,
        "peak_memory_bytes": 1,
        "code_fingerprint": "c",
        "config_fingerprint": "d",
    },
    "runs": {
        "run_id": "r",
        "status": "succeeded",
        "engine": "direct",
        "paths": [],
        "started_at": STARTED,
        "ended_at": STARTED,
        "records_read": 3,
        "records_landed": 2,
        "records_rejected": 1,
        "records_known": 0,
        "version": "0.1.0",
    },
}
GOOD |= {
    "fingerprints": {**ROW, "text_id": "e" * 32, "bands": [1], "shingle_count": 3, "numbers": []},
    "entities": {
        "entity_id": "per:ines-calloway",
        "name": "Ines Calloway",
        "label": "PERSON",
        "aliases": [],
        "article_count": 1,
        "mention_count": 1,
        "run_id": "r",
    },
    "entity_merges": {
        "alias_id": "per:calloway",
        "entity_id": "per:ines-calloway",
        "surname": "calloway",
        "sighting_count": 9,
        "share": 1.0,
        "run_id": "r",
    },
    "text_pairs": {
        "text_a": "e" * 32,
        "text_b": "f" * 32,
        "jaccard": 0.6,
        "containment": 0.9,
        "changed_numbers": 0,
        "is_template": False,
        "run_id": "r",
    },
    "statements": {
        "article_id": "a" * 32,
        "version": 1,
        "start": 4,
        "statement_id": "d" * 32,
        "is_first": True,
        "is_verbatim": True,
        "is_conflict": False,
        "run_id": "r",
    },
    "duplicates": {
        "article_id": "a" * 32,
        "version": 1,
        "cluster_id": "e" * 32,
        "kind": "exact",
        "canonical_article_id": "a" * 32,
        "is_capped": False,
        "run_id": "r",
    },
    "revisions": {
        "article_id": "b" * 32,
        "version": 2,
        "previous_version": 1,
        "ordinal": 0,
        "change": "headline",
        "before": "Ferry late",
        "numbers_removed": [],
        "numbers_added": [],
        "run_id": "r",
    },
}
NAMES = tuple(GOOD)
LEFT = "CREATE TEMP TABLE departures (document_id VARCHAR, landed_run_id VARCHAR, status VARCHAR)"
"""What has left the lake: the books of a run count it, too."""
SECOND = {
    "documents": {"document_id": "f" * 32, "status": "rejected"},
    "articles": {"article_id": "b" * 32, "version": 2, "document_id": "1" * 32},
    "duplicates": {"article_id": "b" * 32, "version": 2},
}
"""Second rows that the other tables refer to, beside the first ones."""
THIRD = {"documents": {"document_id": "1" * 32, "record_ordinal": 1}}


def _timed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in row.items()
    }


def _preload(folder: Path, changed: dict[str, list[dict[str, Any]]], drop: str = "") -> list[str]:
    """Statements that show good rows, or the changed ones, as views over Parquet."""
    statements = ["SET threads = 2", "SET TimeZone = 'UTC'"]
    rejected = SECOND["documents"]
    records = {row.get("document_id") for row in changed.get("articles", ())}
    records -= {None, rejected["document_id"]}
    given = {"documents": [{}, rejected, *({"document_id": record} for record in records)]}
    changed = (given if records else {}) | changed
    for name, good in GOOD.items():
        changes = [{}, *(more[name] for more in (SECOND, THIRD) if name in more)]
        rows = [_timed(good | change) for change in changed.get(name, changes)]
        table = table_from_rows(TABLES[name], rows)
        if name in changed and drop:
            table = table.drop_columns([drop])
        path = folder / f"{name}.parquet"
        pq.write_table(table, path)
        statements.append(f"CREATE TEMP VIEW {name} AS SELECT * FROM read_parquet('{path}')")
    statements.append(LEFT)
    return statements


def _failed(results: list[CheckResult]) -> set[tuple[str, str]]:
    return {(row["expectation"], row["subject"]) for row in results if is_failed(row)}


def _one(results: list[CheckResult], expectation: str, subject: str) -> CheckResult:
    (row,) = [r for r in results if (r["expectation"], r["subject"]) == (expectation, subject)]
    return row


@pytest.mark.parametrize("stage", ["audit", "lake"])
def test_good_rows_are_as_expected(stage: Stage, tmp_path: Path) -> None:
    results = run_checks(_preload(tmp_path, {}), NAMES, stage)
    assert _failed(results) == set()
    assert not stops_batch(results)
    assert {row["stage"] for row in results} == {stage}
    assert {row["suite"] for row in results} == set(NAMES)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_bad_rows_fail_what_they_break(case: dict[str, Any], tmp_path: Path) -> None:
    given = case["input"]
    preload = _preload(tmp_path, {given["table"]: given["rows"]}, given.get("drop", ""))
    results = run_checks(preload, [given["table"]], given["stage"])
    assert _failed(results) == {(kind, subject) for kind, subject in case["expected"]}
    _assert_rows_by_sql_are_those_counted(preload, given["table"], given["stage"], results)


def _assert_rows_by_sql_are_those_counted(
    preload: list[str], table: str, stage: Stage, results: list[CheckResult]
) -> None:
    """The SQL that shows all rows finds as many as Great Expectations has counted."""
    suite = suite_of(TABLES[table], stage)
    with duckdb.connect() as connection:
        for statement in preload:
            connection.execute(statement)
        for entry, result in zip(suite, results, strict=True):
            query = rows_unlike(TABLES[table], entry)
            if query is not None and result["outcome"] == "failed":
                rows = connection.execute(query).fetchall()
                assert len(rows) == result["unexpected_count"], query


def test_every_type_in_use_has_a_case_that_fails() -> None:
    used = {
        entry.expectation
        for table in TABLES.values()
        for stage in ("audit", "lake")
        for entry in suite_of(table, stage)
    }
    assert used - {kind for case in CASES for kind, _ in case["expected"]} == set()


def test_empty_tables_pass_all_but_the_row_count(tmp_path: Path) -> None:
    results = run_checks(_preload(tmp_path, {name: [] for name in NAMES}), NAMES, "lake")
    assert _failed(results) == {("expect_table_row_count_to_be_between", "table")}


def test_results_are_rows_of_the_contract_with_a_key_of_their_own(tmp_path: Path) -> None:
    results = run_checks(_preload(tmp_path, {}), NAMES, "audit")
    given_by_the_run = {"run_id", "checked_at"}
    assert set(results[0]) == set(TABLES["checks"].column_names) - given_by_the_run
    key = ("stage", "suite", "expectation", "subject")
    assert len({tuple(str(row[part]) for part in key) for row in results}) == len(results)  # type: ignore[literal-required]
    assert table_from_rows(TABLES["checks"], [dict(row) for row in results]).num_rows > 100


def test_a_failed_result_counts_and_shows_a_few_values(tmp_path: Path) -> None:
    rows = [{"document_id": f"{n:032x}", "version": n + 1, "kind": f"poem {n}"} for n in range(9)]
    results = run_checks(_preload(tmp_path, {"articles": rows}), ["articles"], "lake")
    found = _one(results, "expect_column_values_to_be_in_set", "kind")
    assert (found["unexpected_count"], found["observed"]) == (9, "9 of 9 rows differ")
    assert len(found["examples"]) == MAX_EXAMPLES
    assert all(example.startswith("poem ") for example in found["examples"])
    assert stops_batch(results)


def test_long_values_are_cut(tmp_path: Path) -> None:
    rows = [{"title": "Ferry " * 500}]
    results = run_checks(_preload(tmp_path, {"articles": rows}), ["articles"], "lake")
    found = _one(results, "expect_column_value_lengths_to_be_between", "title")
    assert [len(example) for example in found["examples"]] == [MAX_EXAMPLE_CHARS]
    assert not stops_batch(results), "a warning lets the batch pass"


def test_rows_found_by_a_query_are_shown(tmp_path: Path) -> None:
    preload = _preload(tmp_path, {"receipts": [{"records_landed": 1}]})
    found = _one(
        run_checks(preload, ["receipts"], "lake"), "unexpected_rows_expectation", "records_read"
    )
    assert found["unexpected_count"] == 1
    assert "records_landed=1" in found["examples"][0]


def test_what_cannot_be_evaluated_has_failed_and_says_why(tmp_path: Path) -> None:
    preload = _preload(tmp_path, {"articles": [{}]}, drop="title")
    results = run_checks(preload, ["articles"], "lake")
    found = _one(results, "expect_column_values_to_not_be_null", "title")
    assert not found["is_success"]
    assert found["severity"] == "warn"
    assert "title" in str(found["observed"])
    assert (found["unexpected_count"], found["examples"]) == (None, [])


def test_a_query_that_breaks_does_not_spoil_its_neighbours(tmp_path: Path) -> None:
    preload = _preload(tmp_path, {})
    preload.append(
        "CREATE OR REPLACE TEMP VIEW documents AS "
        "SELECT * REPLACE (error('disk is gone') AS source) FROM documents_parquet"
    )
    path = tmp_path / "documents.parquet"
    preload.insert(2, f"CREATE TEMP VIEW documents_parquet AS SELECT * FROM read_parquet('{path}')")
    results = run_checks(preload, ["documents"], "lake")
    assert _failed(results) == {("expect_column_values_to_not_be_null", "source")}
    found = _one(results, "expect_column_values_to_not_be_null", "source")
    assert "disk is gone" in str(found["observed"])


def test_checks_are_silent_and_leave_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    preload = _preload(tmp_path, {"articles": [{}]}, drop="title")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(here))
    run_checks(preload, NAMES, "lake")
    assert list(here.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_statements_that_fail_are_a_wrong_set_up() -> None:
    with pytest.raises(SetupError, match=r"cannot be opened: .*nowhere"):
        run_checks(["CREATE TEMP VIEW runs AS SELECT * FROM nowhere"], ["runs"], "lake")


def test_a_table_that_is_not_there_is_a_wrong_set_up() -> None:
    with pytest.raises(SetupError, match="quotes: there is no such table"):
        run_checks([], ["quotes"], "lake")


# The suites as files


def test_every_suite_is_about_a_table() -> None:
    assert {path.stem for path in SUITES.glob("*.json")} <= {*TABLES, SOURCES}


@pytest.mark.parametrize(
    "path",
    sorted(set(SUITES.glob("*.json")) - {SUITES / "sources.json"}),
    ids=lambda path: path.stem,
)
def test_written_suites_are_valid(path: Path) -> None:
    from great_expectations.expectations.registry import get_expectation_impl

    entries = load_suite(TABLES[path.stem])
    for entry in entries:
        get_expectation_impl(entry.expectation)(**entry.kwargs)
        assert entry.why
        assert entry.why.endswith(".")
    assert entries
    written = [json.dumps([e.expectation, dict(e.kwargs)], sort_keys=True) for e in entries]
    assert len(set(written)) == len(written)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("stage", ["audit", "lake"])
def test_no_written_expectation_repeats_the_base(name: str, stage: Stage) -> None:
    suite = [json.dumps([e.expectation, dict(e.kwargs)]) for e in suite_of(TABLES[name], stage)]
    assert len(set(suite)) == len(suite)


_ENTRY = {
    "expectation": "expect_column_values_to_be_unique",
    "kwargs": {"column": "title"},
    "severity": "warn",
    "stages": ["lake"],
    "why": "Headlines differ.",
}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"expectation": "expect_good_news"}, "entry 1: 'expect_good_news' is not a type"),
        ({"severity": "panic"}, "severity is 'panic', not stop or warn"),
        ({"stages": ["never"]}, "not some of audit, lake"),
        ({"stages": []}, "not some of audit, lake"),
        ({"kwargs": {"column": "headline"}}, "articles has no column headline"),
        ({"mostly": 0.9}, "an entry has"),
        (
            {
                "expectation": "unexpected_rows_expectation",
                "kwargs": {"unexpected_rows_query": "SELECT 1"},
            },
            "must read from {batch}",
        ),
    ],
)
def test_an_entry_that_cannot_be_meant_is_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    (tmp_path / "articles.json").write_text(json.dumps([_ENTRY | change]), encoding="utf-8")
    with pytest.raises(SetupError, match=message):
        load_suite(TABLES["articles"], tmp_path)


def test_a_suite_that_is_not_json_is_refused(tmp_path: Path) -> None:
    (tmp_path / "articles.json").write_text("[\n{]", encoding="utf-8")
    with pytest.raises(SetupError, match="line 2 is not JSON"):
        load_suite(TABLES["articles"], tmp_path)


# The base by contract


def test_base_covers_every_column_of_every_contract() -> None:
    for table in TABLES.values():
        base = base_suite(table, "lake")
        kinds = {(entry.expectation, entry.kwargs.get("column")) for entry in base}
        assert kinds >= {
            ("expect_column_values_to_not_be_null", column.name)
            for column in table.fields
            if not column.nullable
        }
        assert all(entry.severity == "stop" for entry in base)


def test_in_a_staged_batch_the_record_stands_for_the_article() -> None:
    keys = {
        name: base_suite(TABLES[name], "audit")[1].kwargs
        for name in ("articles", "blocks", "quotes", "rejects")
    }
    assert keys == {
        "articles": {"column": "document_id"},
        "blocks": {"column_list": ["document_id", "ordinal"]},
        "quotes": {"column_list": ["document_id", "field", "start", "end"]},
        "rejects": {"column_list": ["document_id", "reason"]},
    }


def _result(severity: str, is_success: bool) -> CheckResult:
    return {"severity": severity, "outcome": "passed" if is_success else "failed"}  # type: ignore[return-value, typeddict-item]


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([("stop", True), ("warn", False)], False),
        ([("warn", False), ("stop", False)], True),
        ([("stop", True)], False),
    ],
)
def test_only_a_failed_stop_stops(results: list[tuple[str, bool]], expected: bool) -> None:
    assert stops_batch([_result(*parts) for parts in results]) is expected


# The dialect


def test_every_connection_begins_with_the_statements() -> None:
    statements = ["CREATE TABLE quay (name VARCHAR)", "INSERT INTO quay VALUES ('north')"]
    engine = sa.create_engine(register_dialect(), connect_args={"preload": statements})
    for _ in range(2):
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT name FROM quay")).fetchall() == [("north",)]
        engine.dispose()


def test_a_result_outlives_the_rollback_of_its_connection() -> None:
    engine = sa.create_engine(register_dialect())
    with engine.connect() as connection:
        result = connection.execute(sa.text("SELECT * FROM range(3)"))
        connection.rollback()
        assert [row[0] for row in result.fetchall()] == [0, 1, 2]
    engine.dispose()
