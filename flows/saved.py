"""Saved queries: a question in a file of `docs/queries/`, run by its name with checked values.

The first line of a file is the question. Lines such as

    -- $unit VARCHAR = month (day, week, month, year): length of a step

after it declare the parameters: type, default, the values to choose from where they are few, and
meaning. Whoever gives no value gets the default.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import duckdb

from flows.errors import SetupError

_PARAMETER = re.compile(
    r"-- \$(?P<name>\w+) (?P<type>\w+) = (?P<default>[^(:]*?)"
    r"(?: \((?P<allowed>[^)]*)\))?: (?P<meaning>.+)"
)
_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a saved query wants to know; an empty default is NULL."""

    name: str
    type: str
    default: str
    allowed: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A question, the SQL that answers it, and what it wants to know."""

    name: str
    question: str
    parameters: tuple[Parameter, ...]
    sql: str


def queries_folder() -> Path:
    """The saved queries: in `docs/` of a checkout, inside an installed package."""
    package = Path(__file__).resolve().parent
    packaged = package / "queries"
    return packaged if packaged.is_dir() else package.parent / "docs" / "queries"


def load_queries() -> dict[str, SavedQuery]:
    """All saved queries by name, in alphabetical order."""
    return {
        path.stem: read_query(path.stem, path.read_text(encoding="utf-8"))
        for path in sorted(queries_folder().glob("*.sql"))
    }


def find_query(name: str) -> SavedQuery:
    """The saved query of that name; raises SetupError with the names that are close to it."""
    queries = load_queries()
    if name not in queries:
        close = get_close_matches(name, queries, n=3, cutoff=0.4)
        advice = f"did you mean {' or '.join(close)}? " if close else ""
        raise SetupError(f"no saved query {name!r}; {advice}broadsheet sql --list names them")
    return queries[name]


def is_name(text: str) -> bool:
    """Whether a text can only be the name of a saved query: one word is no statement.

    >>> is_name("who_is_quoted"), is_name("SELECT 1"), is_name("")
    (True, False, False)
    """
    return _NAME.fullmatch(text) is not None


def read_query(name: str, text: str) -> SavedQuery:
    r"""Read a file of `docs/queries/`, or any SQL: what declares nothing has no parameters.

    >>> read_query("q", "-- How many?\n-- $n INTEGER = 5: rows\nSELECT $n;").parameters[0].type
    'INTEGER'
    """
    lines = text.splitlines()
    question = lines[0].removeprefix("--").strip() if lines and lines[0].startswith("--") else ""
    found = (_PARAMETER.fullmatch(line.rstrip()) for line in lines)
    return SavedQuery(name, question, tuple(_parameter(match) for match in found if match), text)


def bind_values(
    connection: duckdb.DuckDBPyConnection, query: SavedQuery, words: Sequence[str]
) -> dict[str, Any]:
    """Values for the parameters of a query from words such as `name=Ana Moreau`.

    Of declared parameters the defaults are filled in and the values are cast to their types.
    Raises SetupError for a word without `=`, a name that the query does not ask for, and a
    value of the wrong type or not among those to choose from.
    """
    given = dict(_split(query, words))
    declared = {parameter.name: parameter for parameter in query.parameters}
    if declared:
        for name in given:
            if name not in declared:
                wanted = ", ".join(declared)
                raise SetupError(f"{query.name} asks for no {name!r}; it asks for: {wanted}")
    values: dict[str, Any] = {name: given[name] for name in given if name not in declared}
    for parameter in query.parameters:
        values[parameter.name] = _cast(connection, parameter, given.get(parameter.name))
    return values


def _split(query: SavedQuery, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.isidentifier():
            raise SetupError(f"{word!r} is no value; write NAME=VALUE, as in name='Ana Moreau'")
        yield name, value


def _cast(connection: duckdb.DuckDBPyConnection, parameter: Parameter, given: str | None) -> Any:
    text = parameter.default if given is None else given
    if not text and (given is None or parameter.type != "VARCHAR"):
        return None
    if parameter.allowed and text not in parameter.allowed:
        raise SetupError(f"{parameter.name}={text}: choose one of: {', '.join(parameter.allowed)}")
    cast = f"SELECT TRY_CAST($1 AS {parameter.type})"
    found = connection.execute(cast, [text]).fetchone()
    if found is None or found[0] is None:
        raise SetupError(
            f"{parameter.name}={text}: not a value of type {parameter.type} ({parameter.meaning})"
        )
    return found[0]


def _parameter(match: re.Match[str]) -> Parameter:
    parts: Mapping[str, str | None] = match.groupdict()
    allowed = tuple(value.strip() for value in (parts["allowed"] or "").split(",") if value.strip())
    return Parameter(
        str(parts["name"]),
        str(parts["type"]),
        str(parts["default"]),
        allowed,
        str(parts["meaning"]),
    )
