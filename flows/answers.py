"""Answers: one reading statement run, and its rows written in a form that somebody wants."""

import csv
import json
import math
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from flows.errors import SetupError, is_interrupt

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod

FORMATS = ("table", "csv", "json", "jsonl", "parquet", "markdown")
BATCH_ROWS = 2_000
SCREEN_ROWS = 1_000
"""Rows of a table on a terminal; the rest is counted, since nobody scrolls further."""
LEAST_COLUMN = 11
"""Terminal columns that a table column needs to say anything; else each row is a list."""

COLUMN_GAP = 3
"""Terminal columns between two table columns."""

_WIDTH_ROWS = 500  # rows that decide the column widths of a plain table

_EXPLAIN = re.compile(r"\s*EXPLAIN\b\s*(?:\([^)]*\)|(?:ANALYZE|VERBOSE)\b)?\s*", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

Rows = Iterator[tuple[Any, ...]]


def answer(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    format: str,
    output: Path | None,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Run reading statements and write their rows; returns how many there were.

    To a file when `output` is given (whole or not at all), else to stdout. Rows stream, except
    that a terminal shows the first 1,000. `values` are those of the parameters, $NAME. Instants
    are ISO 8601 in UTC, lists and structs JSON, NULL is null or empty. Raises SetupError for a
    statement that does more than read, for wrong SQL, for Parquet on a terminal and for an
    output that cannot be written.
    """
    if format not in FORMATS:
        raise SetupError(f"no format {format!r}; choose one of: {', '.join(FORMATS)}")
    statements = reading_statements(sql)
    if len(statements) > 1 and (output is not None or format == "parquet"):
        raise SetupError("several statements do not fit one file; give one statement")
    if output is not None:
        with _whole_file(output, is_binary=format == "parquet") as stream:
            return write_answer(connection, statements[0], format, stream, None, values)
    if format == "parquet":
        if sys.stdout.isatty():
            raise SetupError("Parquet is not for a terminal; give --output FILE or a pipe")
        return write_answer(connection, statements[0], format, sys.stdout.buffer, None, values)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    return sum(
        write_answer(connection, one, format, sys.stdout, width, values) for one in statements
    )


def reading_statements(sql: str) -> list[duckdb.Statement]:
    """Split SQL into statements that only read. Raises SetupError for any other, or for none."""
    with _plain_errors():
        statements = duckdb.extract_statements(sql)
    if not statements:
        raise SetupError("no statement; write one such as: SELECT title FROM articles LIMIT 5")
    for statement in statements:
        if not _is_reading(statement):
            kind = statement.type.name.replace("_", " ")
            raise SetupError(
                f"{kind} is not a reading statement; the lake answers SELECT, WITH, VALUES, "
                "DESCRIBE, SHOW, SUMMARIZE, PIVOT and EXPLAIN, and changes only by runs"
            )
    return statements


def _is_reading(statement: duckdb.Statement) -> bool:
    """Whether a statement only reads. EXPLAIN ANALYZE runs what it explains, so look inside.

    PIVOT comes as a temporary type that has no text of its own, followed by its SELECT.
    """
    if statement.type == duckdb.StatementType.SELECT:
        return True
    if statement.type == duckdb.StatementType.CREATE:
        return not statement.query.strip()
    if statement.type != duckdb.StatementType.EXPLAIN:
        return False
    inside = _EXPLAIN.match(_without_comments(statement.query))
    if inside is None:
        return False
    try:
        explained = duckdb.extract_statements(inside.string[inside.end() :])
    except duckdb.Error:
        return False
    return bool(explained) and all(
        one.type == duckdb.StatementType.SELECT or _is_reading(one) for one in explained
    )


def _without_comments(sql: str) -> str:
    """SQL from its first token on: DuckDB's own tokens say where comments end."""
    tokens = duckdb.tokenize(sql)
    first = next((at for at, kind in tokens if kind != duckdb.token_type.comment), 0)
    return sql.encode()[first:].decode(errors="replace")


def write_answer(
    connection: duckdb.DuckDBPyConnection,
    statement: duckdb.Statement,
    format: str,
    stream: IO[Any],
    width: int | None,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Run one statement and write its rows to an open stream; returns how many there were.

    `width` is that of the terminal in columns; None means that nobody looks, so that tables
    are plain and whole. Raises SetupError for wrong SQL.
    """
    with _plain_errors():
        found = connection.execute(statement, _asked_for(statement, values or {}))
        if statement.type == duckdb.StatementType.CREATE:  # the unnamed part of a PIVOT
            return 0
        batches = found.to_arrow_reader(BATCH_ROWS)
        if format == "parquet":
            return _write_parquet(batches, stream)
        names = _distinct(batches.schema.names)
        rows = _rows(batches)
        if statement.type == duckdb.StatementType.EXPLAIN and format == "table":
            return _write_plan(rows, stream)
        return _WRITERS[format](names, rows, stream, width)


def _asked_for(statement: duckdb.Statement, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """The values of the parameters that the statement has; SetupError where one is missing."""
    missing = sorted(statement.named_parameters - set(values))
    if missing:
        raise SetupError(f"the query asks for ${missing[0]}; add a value: {missing[0]}=VALUE")
    return {name: values[name] for name in statement.named_parameters} or None


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise SetupError(plain_error(error)) from None
    except RuntimeError as error:
        if is_interrupt(error):
            raise KeyboardInterrupt from None
        raise


def plain_error(error: duckdb.Error) -> str:
    r"""DuckDB's error in the words a person needs: what, candidates, and where in the query.

    >>> plain_error(duckdb.BinderException('Binder Error: no "x"\n\nLINE 1: x\n        ^'))
    'Binder Error: no "x"\nLINE 1: x\n        ^'
    """
    lines = [line.rstrip() for line in str(error).splitlines() if line.strip()]
    place = next((at for at, line in enumerate(lines) if line.startswith("LINE ")), len(lines))
    advice = [line for line in lines[1:place] if line.startswith(("Candidate", "Did you mean"))]
    return "\n".join([*lines[:1], *advice, *lines[place : place + 2]])


def _distinct(names: Sequence[str]) -> list[str]:
    """Names told apart: the second `a` is `a_2`, so that no column overwrites another."""
    seen: set[str] = set()
    distinct = []
    for name in names:
        number, given = 2, name
        while given in seen:
            given, number = f"{name}_{number}", number + 1
        seen.add(given)
        distinct.append(given)
    return distinct


def _rows(batches: pa.RecordBatchReader) -> Rows:
    for batch in batches:
        columns = [[plain_value(value) for value in _whole(column)] for column in batch.columns]
        yield from zip(*columns, strict=True)


def _whole(column: "pa.Array[Any]") -> list[Any]:
    """Values of a column; nanoseconds, which Python lacks, become microseconds."""
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        column = column.cast(pa.timestamp("us", column.type.tz), safe=False)
    return column.to_pylist()


def plain_value(value: Any) -> Any:
    """A value that JSON has: instants ISO 8601 in UTC, dates ISO, bytes hex, NaN null.

    >>> plain_value(datetime(2026, 3, 1, 6, tzinfo=UTC)), plain_value(Decimal("12"))
    ('2026-03-01T06:00:00Z', 12)
    >>> plain_value([date(2026, 3, 1), float("nan")])
    ['2026-03-01', None]
    """
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return _instant(value)
        case date() | time():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes():
            return value.hex()
        case dict():
            return {str(name): plain_value(part) for name, part in value.items()}
        case list() | tuple() if not hasattr(value, "_fields"):
            return [plain_value(part) for part in value]
        case timedelta():
            return value.total_seconds()
    return str(value)


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat()
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _write_plan(rows: Rows, stream: IO[str]) -> int:
    count = 0
    for *_, plan in rows:
        stream.write(f"{plan}\n")
        count += 1
    return count


def _write_csv(names: Sequence[str], rows: Rows, stream: IO[str], width: int | None) -> int:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    return _count(rows, lambda row: writer.writerow([_text(value) for value in row]))


def _write_jsonl(names: Sequence[str], rows: Rows, stream: IO[str], width: int | None) -> int:
    return _count(rows, lambda row: stream.write(_object(names, row) + "\n"))


def _write_json(names: Sequence[str], rows: Rows, stream: IO[str], width: int | None) -> int:
    count = 0
    stream.write("[")
    for row in rows:
        stream.write(("," if count else "") + "\n" + _object(names, row))
        count += 1
    stream.write("\n]\n" if count else "]\n")
    return count


def _object(names: Sequence[str], row: Sequence[Any]) -> str:
    return json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False)


def _write_markdown(names: Sequence[str], rows: Rows, stream: IO[str], width: int | None) -> int:
    def write(row: Iterable[Any]) -> None:
        cells = (" ".join(_text(value).split()).replace("|", "\\|") for value in row)
        stream.write(f"| {' | '.join(cells)} |\n")

    write(names)
    write(["---"] * len(names))
    return _count(rows, write)


def _write_table(names: Sequence[str], rows: Rows, stream: IO[str], width: int | None) -> int:
    if width is None:
        return _write_columns(names, rows, stream)
    shown = list(islice(rows, SCREEN_ROWS))
    draw = _draw if len(names) * LEAST_COLUMN <= width else _draw_records
    draw(names, shown, stream, width)
    count = len(shown) + sum(1 for _ in rows)
    note = f"{count:,} row{'' if count == 1 else 's'}"
    if count > len(shown):
        note += f", the first {len(shown):,} shown; --format csv writes all"
    stream.write(f"{note}\n")
    return count


def _write_columns(names: Sequence[str], rows: Rows, stream: IO[str]) -> int:
    """Plain columns, nothing cut; the first rows decide the widths."""
    first = list(islice(rows, _WIDTH_ROWS))
    widths = [
        max(len(name), *(len(cell_text(row[at])) for row in first)) if first else len(name)
        for at, name in enumerate(names)
    ]
    widths = [min(width, 60) for width in widths]

    def write(row: Iterable[Any]) -> None:
        cells = (cell_text(value).ljust(w) for value, w in zip(row, widths, strict=True))
        stream.write("  ".join(cells).rstrip() + "\n")

    write(names)
    write("-" * width for width in widths)
    return _count(chain(first, rows), write)


def cell_text(value: Any) -> str:
    r"""A value on one line of a terminal: white space squashed, control characters shown.

    >>> cell_text("two\nlines"), cell_text("\x1b[31mred"), cell_text(None)
    ('two lines', '\\x1b[31mred', '')
    """
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", " ".join(_text(value).split()))


def fit_widths(wanted: Sequence[int], available: int) -> list[int]:
    """Widths of columns that fit together: narrow ones keep theirs, wide ones share the rest.

    >>> fit_widths([5, 90, 20], 60), fit_widths([5, 9], 60)
    ([5, 35, 20], [5, 9])
    """
    widths, left = list(wanted), available
    for rank, at in enumerate(sorted(range(len(wanted)), key=lambda at: wanted[at])):
        widths[at] = max(1, min(wanted[at], left // (len(wanted) - rank)))
        left -= widths[at]
    return widths


def _draw(names: Sequence[str], rows: Sequence[Sequence[Any]], stream: IO[str], width: int) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    cells = [
        [Text("null", "dim") if v is None else Text(cell_text(v)) for v in row] for row in rows
    ]
    wanted = [
        max(Text(name).cell_len, *(row[at].cell_len for row in cells)) if cells else len(name)
        for at, name in enumerate(names)
    ]
    widths = fit_widths(wanted, width - COLUMN_GAP * len(names))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for at, name in enumerate(names):
        is_number = any(_is_number(row[at]) for row in rows)
        justify: JustifyMethod = "right" if is_number else "left"
        table.add_column(
            Text(name), justify=justify, no_wrap=True, overflow="ellipsis", width=widths[at]
        )
    for row in cells:
        table.add_row(*row)
    _screen(stream, width).print(table)


def _draw_records(
    names: Sequence[str], rows: Sequence[Sequence[Any]], stream: IO[str], width: int
) -> None:
    """Too many columns for the terminal: one line per value, a rule between rows."""
    from rich.text import Text

    screen, indent = _screen(stream, width), max(map(len, names)) + 2
    for number, row in enumerate(rows, 1):
        screen.rule(Text(f"row {number:,}"), align="left")
        for name, value in zip(names, row, strict=True):
            line = Text(name.ljust(indent), "bold")
            line.append(*(("null", "dim") if value is None else (cell_text(value), "not bold")))
            screen.print(line, no_wrap=True, overflow="ellipsis")


def _screen(stream: IO[str], width: int) -> "Console":
    from rich.console import Console

    is_coloured = "NO_COLOR" not in os.environ
    return Console(file=stream, width=width, force_terminal=is_coloured, highlight=False)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _write_parquet(batches: pa.RecordBatchReader, stream: IO[bytes]) -> int:
    names = _distinct(batches.schema.names)
    schema = pa.schema(
        [part.with_name(name) for part, name in zip(batches.schema, names, strict=True)]
    )
    count = 0
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.rename_columns(names))
            count += batch.num_rows
    return count


def _count(rows: Iterable[Sequence[Any]], write: Any) -> int:
    count = 0
    for row in rows:
        write(row)
        count += 1
    return count


@contextmanager
def _whole_file(path: Path, *, is_binary: bool) -> Iterator[IO[Any]]:
    """Open a file that appears whole or not at all: it is renamed when all is written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        stream: IO[Any]
        if is_binary:
            stream = partial.open("wb")
        else:
            stream = partial.open("w", encoding="utf-8", newline="")
        with stream:
            yield stream
        partial.replace(path)
    except OSError as error:
        raise SetupError(f"{path}: cannot be written: {error.strerror or error}") from None
    finally:
        partial.unlink(missing_ok=True)


_WRITERS = {
    "table": _write_table,
    "csv": _write_csv,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "markdown": _write_markdown,
}
