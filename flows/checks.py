"""Checks: the suites, run over DuckDB; every verdict, and every row that is unlike a suite.

Great Expectations gives the verdicts and asks DuckDB for counts; the rows are found by SQL.
It is imported when checks run: it costs seconds.
"""

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TypedDict

from flows.errors import SetupError
from flows.memory import load_for_good
from flows.suites import (
    ROWS_BY_QUERY,
    SOURCES,
    STAGES,
    Expectation,
    Severity,
    Stage,
    any_row_unlike,
    describe_expected,
    is_of_table,
    judges_single_rows,
    name_subjects,
    source_suite,
    suite_of,
)
from schemas import TABLES

COUNT_BY_QUERY = "expect_no_rows_of_query"
MAX_EXAMPLES = 5
MAX_EXAMPLE_CHARS = 200
MAX_MESSAGE_CHARS = 500


class CheckResult(TypedDict):
    """A row of `checks` without its run and time."""

    stage: Stage
    suite: str
    expectation: str
    subject: str
    severity: Severity
    is_success: bool
    outcome: str
    observed: str | None
    expected: str
    unexpected_count: int | None
    examples: list[str]
    query: str | None
    why: str | None


def run_checks(preload: Sequence[str], tables: Sequence[str], stage: Stage) -> list[CheckResult]:
    """Check the named tables and return one result an expectation, in suite order.

    The table `sources` holds the judgement of the sources, as `flows/sql/judge/` makes it.
    `preload` are DuckDB statements that every connection begins with; they make the tables
    visible under their bare names and set bounds on memory. An expectation that cannot be
    evaluated is `broken`, which is no success, and says why. Raises SetupError when the
    statements fail, a table is not there, or a suite is not well written.
    """
    suites = {table: suite_for(table, stage) for table in tables}
    with _open_source(preload) as source:
        return [
            result
            for table, suite in suites.items()
            for result in _check_table(source, table, suite, stage)
        ]


def write_data_docs(preload: Sequence[str], tables: Sequence[str], folder: Path) -> Path:
    """Write the site that Great Expectations makes of its results; returns its first page.

    The whole lake is evaluated for it. The site loads its styles from elsewhere, so that it is
    an extra for those who know it; the report is the page that opens offline.
    """
    with _open_source(preload) as source, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _build_site(source, tables, folder)
    return folder / "index.html"


def _build_site(source: Any, tables: Sequence[str], folder: Path) -> None:
    import great_expectations as gx
    from great_expectations.checkpoint.actions import UpdateDataDocsAction
    from great_expectations.core import ExpectationSuite
    from great_expectations.expectations.registry import get_expectation_impl

    context = source.data_context
    where = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder)}
    index = {"class_name": "DefaultSiteIndexBuilder"}
    site = {"class_name": "SiteBuilder", "store_backend": where, "site_index_builder": index}
    context.add_data_docs_site(site_name="broadsheet", site_config=site)
    definitions = []
    for table in tables:
        asset = source.add_table_asset(table)
        built = [
            get_expectation_impl(entry.expectation)(**entry.kwargs, notes=entry.why)
            for entry in suite_for(table, "lake")
        ]
        suite = context.suites.add(ExpectationSuite(name=table, expectations=built))
        batch = asset.add_batch_definition_whole_table("all")
        definition = gx.ValidationDefinition(name=table, data=batch, suite=suite)
        definitions.append(context.validation_definitions.add(definition))
    update = UpdateDataDocsAction(name="site", site_names=["broadsheet"])
    checkpoint = gx.Checkpoint(
        name="lake", validation_definitions=definitions, actions=[update],
        result_format={"result_format": "SUMMARY"},
    )  # fmt: skip
    context.checkpoints.add(checkpoint).run()


def suite_for(table: str, stage: Stage) -> list[Expectation]:
    """The suite of a table at a stage, or that of the sources."""
    return source_suite(stage) if table == SOURCES else suite_of(TABLES[table], stage)


def stops_batch(results: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a result of severity `stop` that failed, or is broken, keeps the batch out.

    >>> stops_batch([])
    False
    """
    return any(is_failed(result) and result["severity"] == "stop" for result in results)


def is_failed(result: Mapping[str, Any]) -> bool:
    """Whether a person should hear of a result: it failed, or could not be evaluated.

    >>> is_failed({"outcome": "broken"}), is_failed({"outcome": "acknowledged"})
    (True, False)
    """
    return result["outcome"] in ("failed", "broken")


@contextmanager
def _open_source(preload: Sequence[str]) -> Iterator[Any]:
    """A data source of Great Expectations over DuckDB; SetupError if a statement fails.

    Quiet: no analytics, no progress bars, no log, and nothing is written to disk.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    with load_for_good():
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
        found = _evaluate_suite(batch, table, suite)
    named = zip(suite, name_subjects(suite), found, strict=True)
    return [_result(table, stage, *parts) for parts in named]


def _evaluate_suite(batch: Any, table: str, suite: Sequence[Expectation]) -> list[Any]:
    """Evaluate a suite by few queries, then look closer at what has failed.

    What is said of single rows is first asked as one expectation for all of it, since most
    batches are sound and each one that is asked costs time. Of the others a yes is enough at
    first, by one scan. An expectation that cannot be evaluated spoils those that share its
    query, so these are asked again alone, too.
    """
    together = [at for at, entry in enumerate(suite) if judges_single_rows(entry)]
    is_sound = len(together) > 1 and _is_sound(batch, table, [suite[at] for at in together])
    found: dict[int, Any] = dict.fromkeys(together, _SOUND) if is_sound else {}
    rest = [at for at in range(len(suite)) if at not in found]
    if rest:
        asked = _evaluate(batch, [suite[at] for at in rest], "BOOLEAN_ONLY")
        found |= zip(rest, asked, strict=True)
    for at in rest:
        if _error_of(found[at]) or not found[at].success:
            detail = "COMPLETE" if _is_query(suite[at]) else "SUMMARY"
            found[at] = _evaluate(batch, [suite[at]], detail)[0]
    return [found[at] for at in range(len(suite))]


_SOUND = SimpleNamespace(success=True, result={}, exception_info=None)
"""Outcome of an expectation that no row is unlike."""


def _is_sound(batch: Any, table: str, suite: Sequence[Expectation]) -> bool:
    query = {"unexpected_rows_query": any_row_unlike(TABLES[table], suite)}
    question = Expectation(ROWS_BY_QUERY, query, "stop", STAGES, None)
    (outcome,) = _evaluate(batch, [question], "BOOLEAN_ONLY")
    return _error_of(outcome) is None and bool(outcome.success)


def _is_query(entry: Expectation) -> bool:
    return "unexpected_rows_query" in entry.kwargs


def _evaluate(batch: Any, suite: Sequence[Expectation], detail: str) -> list[Any]:
    """Outcomes in the order of the suite, in as much detail as Great Expectations calls so."""
    from great_expectations.core import ExpectationSuite
    from great_expectations.expectations.registry import get_expectation_impl

    from flows import news_expectations  # noqa: F401  # registers them by their names

    built = [
        get_expectation_impl(_type(entry, detail))(**entry.kwargs, meta={"place": place})
        for place, entry in enumerate(suite)
    ]
    outcomes = batch.validate(
        ExpectationSuite(name="suite", expectations=built),
        result_format={"result_format": detail, "partial_unexpected_count": MAX_EXAMPLES},
    ).results
    return sorted(outcomes, key=lambda outcome: outcome.expectation_config.meta["place"])


def _type(entry: Expectation, detail: str) -> str:
    """The type that is asked: of a query only the count, until its rows are wanted."""
    is_count_enough = entry.expectation == ROWS_BY_QUERY and detail != "COMPLETE"
    return COUNT_BY_QUERY if is_count_enough else entry.expectation


def _result(
    table: str, stage: Stage, entry: Expectation, subject: str, outcome: Any
) -> CheckResult:
    error = _error_of(outcome)
    is_success = error is None and bool(outcome.success)
    return CheckResult(
        stage=stage,
        suite=table,
        expectation=entry.expectation,
        subject=subject,
        severity=entry.severity,
        is_success=is_success,
        outcome="broken" if error else "passed" if is_success else "failed",
        observed=error or _observed(entry, outcome.result),
        expected=describe_expected(entry),
        unexpected_count=None if error else _unexpected_count(entry, outcome.result),
        examples=[] if error else _examples(outcome.result),
        query=None,
        why=entry.why,
    )


def _observed(entry: Expectation, result: Mapping[str, Any]) -> str:
    if "observed_value" not in result and "unexpected_count" not in result:
        if is_of_table(entry):
            return "as expected"
        return "no more rows differ than may" if "mostly" in entry.kwargs else "no row differs"
    if "unexpected_count" in result:
        return f"{result['unexpected_count'] or 0} of {result['element_count'] or 0} rows differ"
    mismatched = result.get("details", {}).get("mismatched")
    if mismatched:
        return "; ".join(f"{side}: {', '.join(names)}" for side, names in mismatched.items())
    seen = result["observed_value"]
    return f"{len(seen)} columns" if isinstance(seen, list) else f"{seen} rows"


def _unexpected_count(entry: Expectation, result: Mapping[str, Any]) -> int | None:
    if _is_query(entry):
        return int(result.get("observed_value") or 0)
    return None if is_of_table(entry) else int(result.get("unexpected_count") or 0)


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
