"""The suites: what a table must be, by contract and by what only a person can know.

The base of a suite is made from the contract; `schemas/expectations/<table>.json` adds what was
written, and `sources.json` what is expected of every source. Nothing here evaluates anything.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import schemas
from flows.errors import SetupError
from schemas import TABLES
from schemas.contract import Contract, Field

Stage = Literal["audit", "lake"]
Severity = Literal["stop", "warn"]

SUITES = Path(schemas.__file__).parent / "expectations"
SOURCES = "sources"
"""Suite of what is expected of every source; its table is the judgement of `flows/sql/judge/`."""

STAGES: tuple[Stage, ...] = ("audit", "lake")
SEVERITIES: tuple[Severity, ...] = ("stop", "warn")
ROWS_BY_QUERY = "unexpected_rows_expectation"
KINDS = ("fault", "coverage", "level", "mix", "volume", "late")
ONLY_LATER = ("copies", "articles", "silence")
"""Metrics of sources that nobody knows before the batch is in the lake."""

GIVEN_AT_COMMIT = frozenset(
    {"version", "run_id", "shard_id", "first_seen_at", "last_seen_at", "rejected_at"}
)
"""Columns that are still null in a staged batch: the commit fills them."""


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


@dataclass(frozen=True, slots=True)
class Watch:
    """One expectation of every source: a metric, how it is compared, and what is tolerated.

    `least` is the smallest change worth telling, `first_look` what is too much where there is
    no history, `stop` what keeps a batch out; shares of 1, or ratios of a level.
    """

    expectation: str
    metric: str
    kind: str
    least: float | None
    first_look: float | None
    stop: float | None
    what: str
    why: str


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
    return [
        _entry(contract, entry, f"{path}: entry {at}") for at, entry in enumerate(_read(path), 1)
    ]


@cache
def load_watches(folder: Path = SUITES) -> tuple[Watch, ...]:
    """Read what is expected of every source; SetupError for an entry that cannot be meant."""
    path = folder / f"{SOURCES}.json"
    return tuple(_watch(entry, f"{path}: entry {at}") for at, entry in enumerate(_read(path), 1))


def require_sound_suites(folder: Path = SUITES) -> None:
    """Read every suite before work begins, so that a mistake in one costs no work."""
    for contract in TABLES.values():
        load_suite(contract, folder)
    load_watches(folder)


def source_suite(stage: Stage) -> list[Expectation]:
    """Expectations of every source: in the audit what stops a batch, in the lake what warns."""
    severity: Severity = "stop" if stage == "audit" else "warn"
    verdicts = "('stop')" if stage == "audit" else "('stop', 'warn')"
    return [
        Expectation(
            watch.expectation,
            {
                "unexpected_rows_query": f"SELECT source, said FROM {{batch}} "
                f"WHERE metric = '{watch.metric}' AND verdict IN {verdicts}"
            },
            severity,
            (stage,),
            watch.why,
            watch.metric,
        )
        for watch in load_watches()
        if stage == "lake" or (watch.stop is not None and watch.metric not in ONLY_LATER)
    ]


def is_of_table(entry: Expectation) -> bool:
    """Whether an expectation judges a table as a whole, and not its rows."""
    return "_table_" in entry.expectation


def name_subjects(suite: Sequence[Expectation]) -> list[str]:
    """A name for each expectation, unique with its type: what is checked, numbered if twice."""
    seen: Counter[tuple[str, str]] = Counter()
    names = []
    for entry in suite:
        name = entry.subject or ", ".join(_columns(entry)) or "table"
        seen[entry.expectation, name] += 1
        count = seen[entry.expectation, name]
        names.append(name if count == 1 else f"{name} {count}")
    return names


def describe_expected(expectation: Expectation) -> str:
    """What is expected, in words.

    >>> describe_expected(_base("expect_column_values_to_be_between", "lake", column="start",
    ...                         min_value=0))
    'at least 0'
    """
    kwargs = expectation.kwargs
    phrase = _PHRASES.get(expectation.expectation)
    if phrase is None:
        return "sources are as they were, or as a sound source is"
    words = phrase(kwargs)
    return f"{words}, in at least {kwargs['mostly']:.1%} of rows" if "mostly" in kwargs else words


def rows_unlike(contract: Contract, expectation: Expectation) -> str | None:
    """SQL that selects all rows of a table that are unlike an expectation of its rows.

    The rows are those that Great Expectations counts; None where it judges no rows.

    >>> rows_unlike(TABLES["mentions"], Expectation("expect_column_values_to_be_unique",
    ...             {"column": "surface"}, "warn", ("lake",), None)).splitlines()[1]
    'FROM mentions'
    """
    if is_of_table(expectation):
        return None
    kwargs = expectation.kwargs
    if "unexpected_rows_query" in kwargs:
        return str(kwargs["unexpected_rows_query"]).replace("{batch}", contract.name)
    condition = _CONDITIONS[expectation.expectation](kwargs, contract.name)
    seen = [f'"{name}"' for name in dict.fromkeys((*_row_names(contract), *_columns(expectation)))]
    return f"SELECT {', '.join(seen)}\nFROM {contract.name}\nWHERE {condition}"


def judges_single_rows(expectation: Expectation) -> bool:
    """Whether an expectation can be put as a condition on one row, of which none may fail it."""
    kind, kwargs = expectation.expectation, expectation.kwargs
    return kind in _CONDITIONS and not kind.endswith("_unique") and "mostly" not in kwargs


def any_row_unlike(contract: Contract, expectations: Sequence[Expectation]) -> str:
    """SQL for Great Expectations: the rows of a batch that are unlike any of such expectations."""
    conditions = (_CONDITIONS[one.expectation](one.kwargs, contract.name) for one in expectations)
    joined = "\n    OR ".join(f"({condition})" for condition in conditions)
    # braces name parameters there, as the one of the batch does
    return f"SELECT 1 FROM {{batch}}\nWHERE {joined.replace('{', '{{').replace('}', '}}')}"


def _row_names(contract: Contract) -> list[str]:
    """Columns that say which row it is: its key, and the record it is from."""
    record = [name for name in ("document_id", "source") if name in contract.column_names]
    return [*contract.key, *record]


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


def _literal(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _set(kwargs: Mapping[str, Any]) -> str:
    return f"({', '.join(map(_literal, kwargs['value_set']))})"


def _outside(value: str, kwargs: Mapping[str, Any]) -> str:
    def bound(limit: object) -> str:
        return str(limit) if isinstance(limit, int | float) else _literal(limit)

    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    below = [f"{value} < {bound(low)}"] if low is not None else []
    above = [f"{value} > {bound(high)}"] if high is not None else []
    return " OR ".join([*below, *above])


def _repeated(columns: Sequence[str], table: str) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"({names}) IN (SELECT ({names}) FROM {table} GROUP BY {names} HAVING count(*) > 1)"


_CONDITIONS: dict[str, Callable[[Mapping[str, Any], str], str]] = {
    "expect_compound_columns_to_be_unique": lambda k, t: _repeated(k["column_list"], t),
    "expect_column_values_to_be_unique": lambda k, t: _repeated([k["column"]], t),
    "expect_column_values_to_not_be_null": lambda k, _: f'"{k["column"]}" IS NULL',
    "expect_column_values_to_be_in_set": lambda k, _: f'"{k["column"]}" NOT IN {_set(k)}',
    "expect_column_values_to_not_be_in_set": lambda k, _: f'"{k["column"]}" IN {_set(k)}',
    "expect_column_values_to_be_between": lambda k, _: _outside(f'"{k["column"]}"', k),
    "expect_column_value_lengths_to_be_between": (
        lambda k, _: _outside(f'length("{k["column"]}")', k)
    ),
    "expect_column_value_lengths_to_equal": (
        lambda k, _: f'length("{k["column"]}") <> {k["value"]}'
    ),
    "expect_column_values_to_match_regex": (
        lambda k, _: f'NOT regexp_matches("{k["column"]}", {_literal(k["regex"])})'
    ),
    "expect_column_values_to_not_match_regex": (
        lambda k, _: f'regexp_matches("{k["column"]}", {_literal(k["regex"])})'
    ),
    "expect_column_values_to_not_match_like_pattern": (
        lambda k, _: f'"{k["column"]}" LIKE {_literal(k["like_pattern"])}'
    ),
    "expect_column_pair_values_a_to_be_greater_than_b": (
        lambda k, _: (
            f'NOT ("{k["column_A"]}" {">=" if k.get("or_equal") else ">"} "{k["column_B"]}")'
        )
    ),
}
"""For each type that judges rows: the condition under which a row is unlike it."""


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


def _read(path: Path) -> list[Any]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise SetupError(f"{path}: line {error.lineno} is not JSON: {error.msg}") from None
    if not isinstance(entries, list):
        raise SetupError(f"{path}: a suite is a list of entries, found {type(entries).__name__}")
    return entries


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


def _watch(entry: Any, place: str) -> Watch:
    required = set(Watch.__slots__)
    if not isinstance(entry, dict) or set(entry) != required:
        raise SetupError(f"{place}: an entry has {', '.join(sorted(required))}")
    if entry["kind"] not in KINDS:
        raise SetupError(f"{place}: kind is {entry['kind']!r}, not one of {', '.join(KINDS)}")
    numbers = [entry[name] for name in ("least", "first_look", "stop")]
    if any(not isinstance(number, int | float) for number in numbers if number is not None):
        raise SetupError(f"{place}: least, first_look and stop are numbers or null")
    return Watch(**entry)


def _columns(expectation: Expectation) -> list[str]:
    kwargs = expectation.kwargs
    named = [kwargs[role] for role in ("column", "column_A", "column_B") if role in kwargs]
    return [*named, *kwargs.get("column_list", ())]
