"""An inspection: sources judged, suites run, and every row found that is unlike them.

It runs in a process of its own, since Great Expectations is heavy, and leaves what it has found
as a Parquet file of rows of `findings`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from flows import drift
from flows.checks import (
    MAX_EXAMPLES,
    MAX_MESSAGE_CHARS,
    CheckResult,
    is_failed,
    run_checks,
    suite_for,
)
from flows.suites import (
    SOURCES,
    Expectation,
    Stage,
    describe_expected,
    is_of_table,
    name_subjects,
    rows_unlike,
)
from schemas import TABLES
from schemas.contract import table_from_rows

FINDINGS_FILE = "findings.parquet"
SOURCES_FILE = "sources.parquet"

Connection = duckdb.DuckDBPyConnection
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is inspected: a staged batch, or the lake after its newest landed batch.

    `preload` are statements that show the tables under their bare names; `lake` is the prefix
    under which they also show the lake's `measures` and `acknowledgements`.
    """

    preload: tuple[str, ...]
    tables: tuple[str, ...]
    stage: Stage
    run_id: str
    on: date
    folder: Path
    lake: str = ""


def inspect(order: Inspection) -> list[CheckResult]:
    """Inspect; returns one result an expectation and writes the findings into the folder.

    A check that cannot be evaluated is broken, one without rows or history unjudged, and one
    that a person knows of acknowledged: none of them is passed.
    """
    order.folder.mkdir(parents=True, exist_ok=True)
    error = _judge_sources(order)
    view = f"CREATE TEMP VIEW sources AS FROM read_parquet('{order.folder / SOURCES_FILE}')"
    sources = [] if error else [SOURCES]
    tables = [*order.tables, *sources]
    results = run_checks([*order.preload, *([] if error else [view])], tables, order.stage)
    checked = list(zip(_expectations(tables, order.stage), results, strict=True))
    with closing(_connect(order.preload)) as connection:
        if not error:
            connection.execute(view)
            _settle_sources(connection, [row for row in results if row["suite"] == SOURCES])
        _settle_empty(connection, checked)
        _settle_known(connection, order, results)
        _keep_queries(order, checked)
        _write_findings(connection, order, checked)
    return [*results, *(_broken(order.stage, error) if error else ())]


def read_judged(connection: Connection, order: Inspection) -> None:
    """Fill `judged` in this connection, by the batch that the order is about."""
    lake = order.lake
    connection.execute(
        "CREATE TEMP TABLE known_breaks AS "
        f"SELECT source, subject AS metric, max(since_on) AS since_on FROM ("
        f"SELECT coalesce(said.source, known.source) AS source, subject, since_on "
        f"FROM {lake}acknowledgements AS said "
        f"LEFT JOIN (SELECT DISTINCT source FROM {lake}measures) AS known ON said.source IS NULL "
        f"WHERE suite = '{SOURCES}') GROUP BY ALL"
    )
    if order.stage == "audit":
        connection.execute(f"CREATE TEMP VIEW past_measures AS FROM {lake}measures")
        drift.show_staged(connection, drift.Batch(order.run_id, order.on))
        drift.measure(connection)
        connection.execute("CREATE TEMP VIEW current_measures AS FROM measured")
    else:
        newest = f"(SELECT max(run_id) FROM {lake}measures)"
        for name, sign in (("past", "<"), ("current", "=")):
            connection.execute(
                f"CREATE TEMP TABLE {name}_measures AS FROM {lake}measures "
                f"WHERE run_id {sign} {newest}"
            )
    drift.judge(connection)


def _judge_sources(order: Inspection) -> str | None:
    """Write the judgement of the sources into the folder; returns why it could not be made."""
    with closing(_connect(order.preload)) as connection:
        try:
            read_judged(connection, order)
            connection.execute(f"COPY judged TO '{order.folder / SOURCES_FILE}'")
            stopped = connection.execute("SELECT count(*) FROM judged WHERE verdict = 'stop'")
            if order.stage == "audit" and stopped.fetchall()[0][0]:
                found = drift.text_findings(connection)
                connection.register("texts", found)
                connection.execute(
                    "COPY (SELECT * REPLACE ('audit' AS stage) FROM texts) "
                    f"TO '{order.folder / 'texts.parquet'}'"
                )
        except duckdb.Error as error:
            return " ".join(str(error).split())[:MAX_MESSAGE_CHARS]
    return None


def _connect(preload: Sequence[str]) -> Connection:
    connection = duckdb.connect()
    for statement in preload:
        connection.execute(statement)
    return connection


def _expectations(tables: Sequence[str], stage: Stage) -> Iterator[Expectation]:
    for table in tables:
        yield from suite_for(table, stage)


def _settle_sources(connection: Connection, results: Sequence[CheckResult]) -> None:
    """Say of each check on sources how many it could judge, and which failed it."""
    judged: dict[str, list[tuple[str, str]]] = {}
    rows = connection.execute("SELECT metric, verdict, said FROM sources ORDER BY said").fetchall()
    for metric, verdict, said in rows:
        judged.setdefault(metric, []).append((verdict, said))
    for result in results:
        told = judged.get(result["subject"], [])
        count = {name: sum(verdict == name for verdict, _ in told) for name, _ in told}
        unjudged, known = count.get("unjudged", 0), count.get("acknowledged", 0)
        if is_failed(result):
            if result["outcome"] == "failed":
                against = ("stop",) if result["stage"] == "audit" else ("stop", "warn")
                result["examples"] = [said for verdict, said in told if verdict in against]
                result["observed"] = "; ".join(result["examples"][:MAX_EXAMPLES])
            continue
        sound = len(told) - unjudged - known
        parts = (
            (sound, "within its bounds" if sound == 1 else "within their bounds"),
            (unjudged, "too new or too small to judge"),
            (known, "changed, and acknowledged"),
        )
        counted = [f"{number} {words}" for number, words in parts if number]
        result["observed"] = f"sources: {', '.join(counted)}" if counted else "no source to judge"
        if not sound:
            result["outcome"] = "acknowledged" if known else "unjudged"
            result["is_success"] = False


def _settle_empty(
    connection: Connection, checked: Sequence[tuple[Expectation, CheckResult]]
) -> None:
    """A table without rows passes nothing that is said of rows."""
    empty = {
        table
        for table in {row["suite"] for _, row in checked} - {SOURCES}
        if not connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchall()
    }
    for entry, result in checked:
        is_idle = result["suite"] in empty and not is_of_table(entry)
        if is_idle and result["outcome"] == "passed":
            result["outcome"], result["is_success"] = "unjudged", False
            result["observed"] = "no rows"


def _settle_known(
    connection: Connection, order: Inspection, results: Sequence[CheckResult]
) -> None:
    """What a person has acknowledged is not told again until its day has passed."""
    rows = connection.execute(
        f"SELECT suite, expectation, subject FROM {order.lake}acknowledgements "
        f"WHERE suite <> '{SOURCES}' AND (until_on IS NULL OR until_on >= ?)",
        [order.on],
    ).fetchall()
    known = set(rows)
    for result in results:
        name = (result["suite"], result["expectation"], result["subject"])
        if result["outcome"] == "failed" and name in known:
            result["outcome"] = "acknowledged"


def _keep_queries(order: Inspection, checked: Sequence[tuple[Expectation, CheckResult]]) -> None:
    """Give each result the SQL that shows all its rows in the lake."""
    for entry, result in checked:
        if result["suite"] == SOURCES:
            result["query"] = source_query(order, result)
        elif order.stage == "audit":
            result["query"] = None if is_of_table(entry) else _findings_query(order, result)
        else:
            result["query"] = rows_unlike(TABLES[result["suite"]], entry)


def source_query(order: Inspection, result: Mapping[str, Any]) -> str:
    """SQL that shows a metric of all sources over time, or of a text, the articles."""
    metric = str(result["subject"])
    if order.stage == "audit" and is_failed(result):
        return _findings_query(order, result)
    condition = {"block_roles": "metric LIKE 'role:%'", "silence": "metric = 'articles'"}.get(
        metric, f"metric = '{metric}'"
    )
    return (
        f"SELECT source, measured_on, metric, value, sample_count\nFROM measures\n"
        f"WHERE {condition}\nORDER BY source, metric, run_id"
    )


def _findings_query(order: Inspection, result: Mapping[str, Any]) -> str:
    return (
        f"SELECT row_key, source, document_id, observed\nFROM findings\n"
        f"WHERE stage = '{order.stage}' AND run_id = '{order.run_id}'\n"
        f"    AND suite = '{result['suite']}' AND expectation = '{result['expectation']}'\n"
        f"    AND subject = '{result['subject']}'"
    )


def _write_findings(
    connection: Connection,
    order: Inspection,
    checked: Sequence[tuple[Expectation, CheckResult]],
) -> None:
    """Write every row that is unlike an expectation that failed, by its key."""
    connection.register("no_findings", table_from_rows(TABLES["findings"], []))
    connection.execute("CREATE TEMP TABLE found AS FROM no_findings")
    for entry, result in checked:
        if result["outcome"] not in ("failed", "acknowledged"):
            continue
        if result["suite"] == SOURCES:
            _find_sources(connection, order, result)
        elif (query := rows_unlike(TABLES[result["suite"]], entry)) is not None:
            _find_rows(connection, order, result, query)
    texts = order.folder / "texts.parquet"
    if texts.exists():
        connection.execute(f"INSERT INTO found BY NAME FROM read_parquet('{texts}')")
        texts.unlink()
    connection.execute(f"COPY found TO '{order.folder / FINDINGS_FILE}'")


def _find_rows(connection: Connection, order: Inspection, result: CheckResult, query: str) -> None:
    contract = TABLES[result["suite"]]
    names = [row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall()]
    naming = {*contract.key, "document_id"}
    key = [name for name in names if name in naming] or names
    seen = [name for name in names if name not in key] or names
    document = "found_row.document_id" if "document_id" in names else "NULL"
    source = "found_row.source" if "source" in names else "document.source"
    join = (
        "LEFT JOIN documents AS document ON document.document_id = found_row.document_id"
        if "document_id" in names
        else "LEFT JOIN (SELECT NULL AS source) AS document ON true"
    )
    connection.execute(
        f"INSERT INTO found BY NAME SELECT DISTINCT ON (row_key) $run_id AS run_id, "
        f"$stage AS stage, $suite AS suite, $expectation AS expectation, $subject AS subject, "
        f"CAST(to_json(struct_pack({_packed(key)})) AS VARCHAR) AS row_key, "
        f"{source} AS source, {document} AS document_id, "
        f"left(concat_ws(', ', {_shown(seen)}), 200) AS observed "
        f"FROM ({query}) AS found_row {join}",
        _labels(order, result),
    )


def _find_sources(connection: Connection, order: Inspection, result: CheckResult) -> None:
    connection.execute(
        "INSERT INTO found BY NAME SELECT $run_id AS run_id, $stage AS stage, $suite AS suite, "
        "$expectation AS expectation, $subject AS subject, "
        "CAST(to_json(struct_pack(source := source)) AS VARCHAR) AS row_key, source, "
        "said AS observed FROM sources WHERE metric = $subject "
        "AND verdict IN ('warn', 'stop') AND ($stage = 'lake' OR verdict = 'stop')",
        _labels(order, result),
    )


def _labels(order: Inspection, result: CheckResult) -> dict[str, str]:
    return {
        "run_id": order.run_id,
        "stage": order.stage,
        "suite": result["suite"],
        "expectation": result["expectation"],
        "subject": result["subject"],
    }


def _packed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}" := found_row."{name}"' for name in names)


def _shown(names: Sequence[str]) -> str:
    """Values with their names; a lone one needs none."""
    if len(names) == 1:
        return f"coalesce(CAST(found_row.\"{names[0]}\" AS VARCHAR), 'null')"
    return ", ".join(
        f"'{name}=' || coalesce(CAST(found_row.\"{name}\" AS VARCHAR), 'null')" for name in names
    )


def _broken(stage: Stage, error: str) -> list[CheckResult]:
    """The checks on sources where no judgement could be made: none of them has passed."""
    suite = suite_for(SOURCES, stage)
    return [
        CheckResult(
            stage=stage,
            suite=SOURCES,
            expectation=entry.expectation,
            subject=subject,
            severity=entry.severity,
            is_success=False,
            outcome="broken",
            observed=error,
            expected=describe_expected(entry),
            unexpected_count=None,
            examples=[],
            query=None,
            why=entry.why,
        )
        for entry, subject in zip(suite, name_subjects(suite), strict=True)
    ]
