"""The expectations: what a table must be, by contract and by written suite, run over DuckDB.

The base of a suite is made from the contract; `schemas/expectations/<table>.json` holds what
only a person can know. Great Expectations is imported when checks run: it costs seconds.
"""

import json
import logging
import os
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypedDict

import schemas
from flows.errors import SetupError
from schemas import TABLES
from schemas.contract import Contract, Field

Stage = Literal["audit", "lake"]
Severity = Literal["stop", "warn"]

SUITES = Path(schemas.__file__).parent / "expectations"
STAGES: tuple[Stage, ...] = ("audit", "lake")
SEVERITIES: tuple[Severity, ...] = ("stop", "warn")
ROWS_BY_QUERY = "unexpected_rows_expectation"
MAX_EXAMPLES = 5
MAX_EXAMPLE_CHARS = 200
MAX_MESSAGE_CHARS = 500

GIVEN_AT_COMMIT = frozenset(
    {"version", "run_id", "shard_id", "first_seen_at", "last_seen_at", "rejected_at"}
)
"""Columns that are still null in a staged batch: the commit fills them."""


class CheckResult(TypedDict):
    """A row of `checks` without its run and time."""

    stage: Stage
    suite: str
    expectation: str
    subject: str
    severity: Severity
    is_success: bool
    observed: str | None
    expected: str
    unexpected_count: int | None
    examples: list[str]
    why: str | None


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation of a suite: its Great Expectations type in snake case and its arguments.

    `subject` names what it is about where the arguments name no column.
    """

    expectation: str
    kwargs: Mapping[str, Any]
    severity: Severity
    stages: tuple[Stage, ...]
    why: str | None
    subject: str | None = None


def run_checks(preload: Sequence[str], tables: Sequence[str], stage: Stage) -> list[CheckResult]:
    """Check the named tables and return one result an expectation, in suite order.

    `preload` are DuckDB statements that every connection begins with; they make the tables
    visible under their bare names and set bounds on memory. An expectation that cannot be
    evaluated is a failed result that says so. Raises SetupError when the statements fail, a
    table is not there, or a suite is not well written.
    """
    suites = {table: suite_of(TABLES[table], stage) for table in tables}
    with _open_source(preload) as source:
        return [
            result
            for table, suite in suites.items()
            for result in _check_table(source, table, suite, stage)
        ]


def stops_batch(results: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a failed result of severity `stop` keeps the batch out of the lake.

    >>> stops_batch([])
    False
    """
    return any(not result["is_success"] and result["severity"] == "stop" for result in results)


def suite_of(contract: Contract, stage: Stage) -> list[Expectation]:
    """All expectations of a table at a stage: the base by its contract, then the written ones."""
    return [*base_suite(contract, stage), *written_suite(contract, stage)]


def base_suite(contract: Contract, stage: Stage) -> list[Expectation]:
    """Expectations that the contract implies: columns, key, nulls, value sets and bounds.

    In a staged batch, columns that the commit fills may be null, and the id of the record
    stands in for the article and version that it will become.
    """
    suite = [
        _base("expect_table_columns_to_match_set", stage, column_set=list(contract.column_names)),
        _key_expectation(contract, stage),
    ]
    for column in contract.fields:
        suite.extend(_column_expectations(column, stage))
    return suite


def written_suite(contract: Contract, stage: Stage) -> list[Expectation]:
    """Expectations of `schemas/expectations/<table>.json` at a stage; none without a file."""
    return [entry for entry in load_suite(contract) if stage in entry.stages]


def load_suite(contract: Contract, folder: Path = SUITES) -> list[Expectation]:
    """Read a table's written expectations. Raises SetupError for an entry that cannot be meant."""
    path = folder / f"{contract.name}.json"
    if not path.exists():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise SetupError(f"{path}: line {error.lineno} is not JSON: {error.msg}") from None
    return [_entry(contract, entry, f"{path}: entry {at}") for at, entry in enumerate(entries, 1)]


def describe_expected(expectation: Expectation) -> str:
    """What is expected, in words.

    >>> describe_expected(_base("expect_column_values_to_be_between", "lake", column="start",
    ...                         min_value=0))
    'at least 0'
    """
    kwargs = expectation.kwargs
    words = _PHRASES[expectation.expectation](kwargs)
    return f"{words}, in at least {kwargs['mostly']:.1%} of rows" if "mostly" in kwargs else words


def _range(kwargs: Mapping[str, Any]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if high is None:
        return f"at least {low}"
    return f"at most {high}" if low is None else f"between {low} and {high}"


def _greater(kwargs: Mapping[str, Any]) -> str:
    sign = ">=" if kwargs.get("or_equal") else ">"
    return f"{kwargs['column_A']} {sign} {kwargs['column_B']}"


_PHRASES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "expect_table_columns_to_match_set": lambda k: f"columns {', '.join(k['column_set'])}",
    "expect_table_row_count_to_be_between": lambda k: f"rows {_range(k)}",
    "expect_compound_columns_to_be_unique": lambda _: "unique together",
    "expect_column_values_to_be_unique": lambda _: "unique",
    "expect_column_values_to_not_be_null": lambda _: "not null",
    "expect_column_values_to_be_in_set": lambda k: f"one of {', '.join(k['value_set'])}",
    "expect_column_values_to_not_be_in_set": lambda k: f"none of {', '.join(k['value_set'])}",
    "expect_column_values_to_be_between": _range,
    "expect_column_value_lengths_to_be_between": lambda k: f"length {_range(k)}",
    "expect_column_value_lengths_to_equal": lambda k: f"length {k['value']}",
    "expect_column_values_to_match_regex": lambda k: f"matches {k['regex']}",
    "expect_column_values_to_not_match_regex": lambda k: f"does not match {k['regex']}",
    "expect_column_values_to_not_match_like_pattern": lambda k: f"not like {k['like_pattern']}",
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    ROWS_BY_QUERY: lambda k: f"no row of {k['unexpected_rows_query']}",
}
"""The types of expectation that are in use; each has a test that it passes and fails here."""


def _base(type: str, stage: Stage, **kwargs: Any) -> Expectation:
    return Expectation(type, kwargs, "stop", (stage,), "The contract says so.")


def _key_expectation(contract: Contract, stage: Stage) -> Expectation:
    """The key is unique; in a staged batch the record's id stands in for article and version."""
    key: Sequence[str] = contract.key
    if stage == "audit" and "version" in key and "document_id" in contract.column_names:
        key = ["document_id", *(name for name in key if name not in ("article_id", "version"))]
    if len(key) == 1:
        return _base("expect_column_values_to_be_unique", stage, column=key[0])
    return _base("expect_compound_columns_to_be_unique", stage, column_list=list(key))


def _column_expectations(column: Field, stage: Stage) -> Iterator[Expectation]:
    name = column.name
    if not column.nullable and not (stage == "audit" and name in GIVEN_AT_COMMIT):
        yield _base("expect_column_values_to_not_be_null", stage, column=name)
    if column.allowed is not None:
        values = list(column.allowed)
        yield _base("expect_column_values_to_be_in_set", stage, column=name, value_set=values)
    bounds = {"min_value": column.minimum, "max_value": column.maximum}
    stated: dict[str, Any] = {side: bound for side, bound in bounds.items() if bound is not None}
    if stated:
        yield _base("expect_column_values_to_be_between", stage, column=name, **stated)


def _entry(contract: Contract, entry: Any, place: str) -> Expectation:
    required = {"expectation", "kwargs", "severity", "stages", "why"}
    if not isinstance(entry, dict) or not required <= set(entry) <= required | {"subject"}:
        raise SetupError(f"{place}: an entry has {', '.join(sorted(required))}, maybe subject")
    if entry["expectation"] not in _PHRASES:
        raise SetupError(
            f"{place}: {entry['expectation']!r} is not a type that is tested on DuckDB; "
            f"these are: {', '.join(sorted(_PHRASES))}"
        )
    if entry["severity"] not in SEVERITIES:
        raise SetupError(f"{place}: severity is {entry['severity']!r}, not stop or warn")
    if not entry["stages"] or not set(entry["stages"]) <= set(STAGES):
        raise SetupError(f"{place}: stages are {entry['stages']!r}, not some of audit, lake")
    result = Expectation(**{**entry, "stages": tuple(entry["stages"])})
    unknown = sorted(set(_columns(result)) - set(contract.column_names))
    if unknown:
        raise SetupError(f"{place}: {contract.name} has no column {', '.join(unknown)}")
    if "{batch}" not in result.kwargs.get("unexpected_rows_query", "{batch}"):
        raise SetupError(f"{place}: the query must read from {{batch}}, the table that is checked")
    return result


def _columns(expectation: Expectation) -> list[str]:
    kwargs = expectation.kwargs
    named = [kwargs[role] for role in ("column", "column_A", "column_B") if role in kwargs]
    return [*named, *kwargs.get("column_list", ())]


def _subjects(suite: Sequence[Expectation]) -> list[str]:
    """A name for each expectation, unique with its type: what is checked, numbered if twice."""
    seen: Counter[tuple[str, str]] = Counter()
    names = []
    for entry in suite:
        name = entry.subject or ", ".join(_columns(entry)) or "table"
        seen[entry.expectation, name] += 1
        count = seen[entry.expectation, name]
        names.append(name if count == 1 else f"{name} {count}")
    return names


@contextmanager
def _open_source(preload: Sequence[str]) -> Iterator[Any]:
    """A data source of Great Expectations over DuckDB; SetupError if a statement fails.

    Quiet: no analytics, no progress bars, no log, and nothing is written to disk.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    from flows.dialect import register_dialect

    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    # The defaults for an ephemeral context would make a folder for a site of its own.
    stores = InMemoryStoreBackendDefaults(init_temp_docs_sites=False)
    config = DataContextConfig(store_backend_defaults=stores, analytics_enabled=False)
    context: Any = gx.get_context(project_config=config, mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    try:
        source = context.data_sources.add_sql(
            "broadsheet",
            connection_string=register_dialect(),
            create_temp_table=False,
            kwargs={"connect_args": {"preload": list(preload)}},
        )
        source.test_connection()
    except TestConnectionError as error:
        raise SetupError(f"the tables to check cannot be opened: {_reason(error)}") from error
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def _check_table(
    source: Any, table: str, suite: Sequence[Expectation], stage: Stage
) -> list[CheckResult]:
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    try:
        batch = source.add_table_asset(table).add_batch_definition_whole_table("all").get_batch()
    except TestConnectionError as error:
        raise SetupError(f"{table}: there is no such table to check: {_reason(error)}") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = _evaluate_suite(batch, suite)
    named = zip(suite, _subjects(suite), found, strict=True)
    return [_result(table, stage, *parts) for parts in named]


def _evaluate_suite(batch: Any, suite: Sequence[Expectation]) -> list[Any]:
    """Evaluate a suite by few queries, then look closer, one by one, at what has failed.

    All that need only a yes share one scan. An expectation that cannot be evaluated spoils
    those that share its query, so these are asked again alone, too.
    """
    found: dict[int, Any] = {}
    for detail in ("BOOLEAN_ONLY", "SUMMARY"):
        places = [at for at, entry in enumerate(suite) if _first_detail(entry) == detail]
        outcomes = _evaluate(batch, [suite[at] for at in places], detail) if places else []
        found |= zip(places, outcomes, strict=True)
    for at, entry in enumerate(suite):
        if _error_of(found[at]) or not found[at].success:
            detail = "COMPLETE" if entry.expectation == ROWS_BY_QUERY else "SUMMARY"
            found[at] = _evaluate(batch, [entry], detail)[0]
    return [found[at] for at in range(len(suite))]


def _first_detail(entry: Expectation) -> str:
    """A yes is enough where it means that no row differs; else the count is of interest."""
    is_of_rows = entry.expectation != ROWS_BY_QUERY and "_table_" not in entry.expectation
    return "BOOLEAN_ONLY" if is_of_rows and "mostly" not in entry.kwargs else "SUMMARY"


def _evaluate(batch: Any, suite: Sequence[Expectation], detail: str) -> list[Any]:
    """Outcomes in the order of the suite, in as much detail as Great Expectations calls so."""
    from great_expectations.core import ExpectationSuite
    from great_expectations.expectations.registry import get_expectation_impl

    built = [
        get_expectation_impl(entry.expectation)(**entry.kwargs, meta={"place": place})
        for place, entry in enumerate(suite)
    ]
    outcomes = batch.validate(
        ExpectationSuite(name="suite", expectations=built),
        result_format={"result_format": detail, "partial_unexpected_count": MAX_EXAMPLES},
    ).results
    return sorted(outcomes, key=lambda outcome: outcome.expectation_config.meta["place"])


def _result(
    table: str, stage: Stage, entry: Expectation, subject: str, outcome: Any
) -> CheckResult:
    error = _error_of(outcome)
    return CheckResult(
        stage=stage,
        suite=table,
        expectation=entry.expectation,
        subject=subject,
        severity=entry.severity,
        is_success=error is None and bool(outcome.success),
        observed=error or _observed(outcome.result),
        expected=describe_expected(entry),
        unexpected_count=None if error else _unexpected_count(entry, outcome.result),
        examples=[] if error else _examples(outcome.result),
        why=entry.why,
    )


def _observed(result: Mapping[str, Any]) -> str:
    if not result:
        return "no row differs"
    if "unexpected_count" in result:
        return f"{result['unexpected_count'] or 0} of {result['element_count'] or 0} rows differ"
    mismatched = result.get("details", {}).get("mismatched")
    if mismatched:
        return "; ".join(f"{side}: {', '.join(names)}" for side, names in mismatched.items())
    seen = result["observed_value"]
    return f"{len(seen)} columns" if isinstance(seen, list) else f"{seen} rows"


def _unexpected_count(entry: Expectation, result: Mapping[str, Any]) -> int | None:
    if entry.expectation == ROWS_BY_QUERY:
        return int(result["observed_value"])
    return None if "_table_" in entry.expectation else int(result.get("unexpected_count") or 0)


def _examples(result: Mapping[str, Any]) -> list[str]:
    found = [
        *result.get("partial_unexpected_list", ()),
        *result.get("details", {}).get("unexpected_rows", ()),
    ]
    return [_shown(value) for value in found[:MAX_EXAMPLES]]


def _shown(value: Any) -> str:
    """An unexpected value or row as text, cut to a length that fits a table."""
    if isinstance(value, dict):
        text = ", ".join(f"{name}={part}" for name, part in value.items())
    else:
        text = "null" if value is None else str(value)
    return text if len(text) <= MAX_EXAMPLE_CHARS else text[: MAX_EXAMPLE_CHARS - 1] + "…"


def _error_of(outcome: Any) -> str | None:
    """The message of an expectation that raised, or None; one raises per metric it asked for."""
    info = outcome.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    messages = [part["exception_message"] for part in raised if part["raised_exception"]]
    return _first_lines(str(messages[0])) if messages else None


def _reason(error: BaseException) -> str:
    return _first_lines(str(error.__cause__ or error))


def _first_lines(text: str) -> str:
    return " ".join(text.split())[:MAX_MESSAGE_CHARS]
