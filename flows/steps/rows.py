"""Cut streams into the records they hold: lines, array elements, table rows."""

import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import IO, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from flows.steps.options import MIB, Limits
from flows.steps.sniff import UTF8_BOM, read_header
from flows.steps.tape import CHUNK_BYTES, RATIO_FROM_BYTES, Damaged, OverLimit, Tape

EXCERPT_BYTES = 1024
MAX_ROW_BYTES = 16 * MIB
"""A quoted CSV cell that runs on for longer has lost its closing quote."""

BATCH_BYTES = 16 * MIB
BATCH_ROWS = 256
_READ_AHEAD_BYTES = MIB

_TOO_LONG = "The record is longer than max_record_bytes allows."


class Piece(NamedTuple):
    """A stretch `[start, end)` of a stream that is one record, or the reason why it is none.

    Of a record over the bound, `data` is only the beginning. `fields` holds split cells.
    """

    start: int
    end: int
    data: bytes
    reason: str | None = None
    message: str = ""
    fields: Mapping[str, object] | None = None


class _Held:
    """Parts of a record that chunks have cut; past the limit only its beginning is kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts = io.BytesIO()
        self.size = 0

    def add(self, data: bytes) -> None:
        self.size += len(data)
        if self.size <= self._limit:
            self._parts.write(data)
        elif self._parts.tell() > EXCERPT_BYTES:
            self._parts.truncate(EXCERPT_BYTES)
            self._parts.seek(EXCERPT_BYTES)
        else:
            self._parts.write(data[: EXCERPT_BYTES - self._parts.tell()])

    def take(self) -> bytes:
        data = self._parts.getvalue()
        self._parts, self.size = io.BytesIO(), 0
        return data


def split_lines(tape: Tape, limit: int) -> Iterator[Piece]:
    """Cut a stream into its lines, without their line ends; blank lines are left out.

    A line over `limit` bytes is a piece with a reason, and costs only itself. Lines before
    damage are yielded before Damaged is raised; the line that the damage cuts is not.
    """
    _pass_mark(tape)
    start = tape.position
    held = _Held(limit)
    for chunk in tape.chunks():
        first, *rest = chunk.split(b"\n")
        if not rest:
            held.add(chunk)
            continue
        if held.size:
            held.add(first)
            size, first = held.size, held.take()
        else:
            size = len(first)
        yield from _cut_line(start, size, first, limit)
        start += size + 1
        last = rest.pop()
        for line in rest:
            yield from _cut_line(start, len(line), line, limit)
            start += len(line) + 1
        if last:
            held.add(last)
    if held.size:
        yield from _cut_line(start, held.size, held.take(), limit)


def split_array(tape: Tape, limit: int) -> Iterator[Piece]:
    """Cut a JSON array into its elements, without parsing them.

    An element over `limit` bytes is a piece with a reason. An array that ends early, or is
    followed by something else, ends with such a piece.
    """
    scan, held = _ArrayScan(), _Held(limit)
    _pass_mark(tape)
    start = base = tape.position
    for chunk in tape.chunks():
        at = 0
        for cut, sign in scan.find_cuts(chunk):
            held.add(chunk[at:cut])
            if sign != b"[":
                yield from _cut_element(start, held.size, held.take(), limit, sign)
            held.take()
            at, start = cut + 1, base + cut + 1
        held.add(chunk[at:])
        base += len(chunk)
    size, rest = held.size, held.take()
    if not scan.is_closed or rest.strip():
        fault = "is followed by something else" if scan.is_closed else "ends early"
        yield Piece(start, start + size, rest, "malformed_json", f"The JSON array {fault}.")


def split_rows(tape: Tape, delimiter: bytes, limit: int) -> Iterator[Piece]:
    """Cut a table with a header line into its rows, with their cells by column in `fields`.

    Cells are bytes. Blank lines are left out. A row that does not fit the header, or whose
    quotes do not match, is a piece with a reason and costs only its first line.
    """
    _pass_mark(tape)
    header = read_header(_take_line(tape, limit).data, delimiter)
    cell = _cell_pattern(delimiter)
    while tape.peek(1):
        start = tape.position
        row = _match_row(tape, cell, min(limit, MAX_ROW_BYTES))
        if row is None:
            line = _take_line(tape, limit)
            yield (
                line
                if line.reason
                else line._replace(
                    reason="malformed_row", message="The quotes of the row do not match."
                )
            )
            continue
        cells, end = row
        data = tape.peek(end)
        tape.skip(end)
        if data.strip():
            yield _fit_row(header, cells, start, data.rstrip(b"\r\n"))


def split_parquet(stream: IO[bytes], limits: Limits) -> Iterator[Piece]:
    """Yield the rows of a Parquet file as canonical JSON, with their values in `fields`.

    Keys are sorted, dates are ISO, bytes that are not UTF-8 are hex; positions are 0, as
    rows have none. Raises Damaged for a file that cannot be read, OverLimit for one that
    unpacks to more than the bounds.
    """
    try:
        table = pq.ParquetFile(stream, pre_buffer=False, buffer_size=_READ_AHEAD_BYTES)
        _check_parquet_size(table.metadata, limits)
        for batch in table.iter_batches(batch_size=_batch_rows(table.metadata)):
            for row in _plain_times(batch).to_pylist():
                yield _render_row(row, limits.max_record_bytes)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        raise Damaged(f"The Parquet file is damaged: {str(error)[:200]}.") from error


class _ArrayScan:
    """Follows brackets and strings through a JSON array whose chunks may cut anywhere."""

    _IN_STRING = re.compile(rb'["\\]')
    _OUTSIDE = re.compile(rb'["{}\[\],]')

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._skip = 0
        self.is_closed = False

    def find_cuts(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """Places of the array's own brackets and commas, and which of them each is."""
        at, self._skip = self._skip, 0
        while not self.is_closed:
            pattern = self._IN_STRING if self._in_string else self._OUTSIDE
            found = pattern.search(chunk, at)
            if found is None:
                return
            at = found.end()
            sign = found[0]
            if sign == b"\\":
                at += 1
                self._skip = max(at - len(chunk), 0)
            elif sign == b'"':
                self._in_string = not self._in_string
            elif self._is_cut(sign):
                yield found.start(), sign

    def _is_cut(self, sign: bytes) -> bool:
        if sign == b",":
            return self._depth == 1
        if sign in b"[{":
            self._depth += 1
            return self._depth == 1
        self._depth -= 1
        self.is_closed = self._depth == 0
        return self.is_closed


def _pass_mark(tape: Tape) -> None:
    if tape.peek(3) == UTF8_BOM:
        tape.read(3)


def _cut_line(start: int, size: int, line: bytes, limit: int) -> Iterator[Piece]:
    """Give the line as a piece, unless it is blank. `line` is only its beginning when too long."""
    if size > limit:
        yield Piece(start, start + size, line[:EXCERPT_BYTES], "file_too_large", _TOO_LONG)
        return
    line = line.removesuffix(b"\r")
    if line and not line.isspace():
        yield Piece(start, start + len(line), line)


def _cut_element(start: int, size: int, data: bytes, limit: int, sign: bytes) -> Iterator[Piece]:
    """Give the element as a piece. Nothing before the closing bracket is no element."""
    if size > limit:
        yield Piece(start, start + size, data[:EXCERPT_BYTES], "file_too_large", _TOO_LONG)
        return
    body = data.strip()
    start += len(data) - len(data.lstrip())
    if body:
        yield Piece(start, start + len(body), body)
    elif sign == b",":
        yield Piece(start, start, body, "malformed_json", "An element of the array is missing.")


def _cell_pattern(delimiter: bytes) -> re.Pattern[bytes]:
    """One cell and what ends it. Quotes open only at the beginning of a cell."""
    sign = re.escape(delimiter)
    return re.compile(
        rb'(?:"([^"]*+(?:""[^"]*+)*+)"|((?:[^"%b\r\n][^%b\r\n]*+)?))(%b|\r\n|\n|\r|\Z)'
        % (sign, sign, sign)
    )


def _match_row(tape: Tape, cell: re.Pattern[bytes], limit: int) -> tuple[list[bytes], int] | None:
    """Cells of the next row and its length with its line end; None where quotes do not match."""
    size = min(CHUNK_BYTES // 4, limit)
    while True:
        window = tape.peek(size)
        is_all = len(window) < size
        cells, end, is_whole = _match_cells(window, cell)
        # At the edge of the window a row may only seem to end, or to break.
        if is_whole and (is_all or end < len(window)):
            if end == len(window) and not window.endswith(b"\n"):
                tape.check()
            return cells, end
        if is_all or size >= limit or (not is_whole and end < len(window)):
            return None
        size = min(size * 4, limit)


def _match_cells(window: bytes, cell: re.Pattern[bytes]) -> tuple[list[bytes], int, bool]:
    """Cells from the beginning of the window, where they end, and whether with a line end.

    A cell that breaks in the middle of the window is reported there; one that the window
    may have cut, at its end.
    """
    cells: list[bytes] = []
    at = 0
    while found := cell.match(window, at):
        quoted, bare, end = found.groups()
        cells.append(bare if quoted is None else quoted.replace(b'""', b'"'))
        at = found.end()
        if end in (b"\r\n", b"\n", b"\r", b""):
            return cells, at, True
    is_open = window[at : at + 1] == b'"' and _closing_quote(window, at) >= len(window) - 1
    return cells, len(window) if is_open else at, False


_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')


def _closing_quote(window: bytes, at: int) -> int:
    found = _QUOTED.match(window, at)
    return found.end() - 1 if found else len(window)


def _take_line(tape: Tape, limit: int) -> Piece:
    """Pass one line, however long."""
    start = tape.position
    held = _Held(limit)
    while chunk := tape.read(CHUNK_BYTES // 4):
        line, end, rest = chunk.partition(b"\n")
        held.add(line)
        if end:
            tape.unread(rest)
            break
    size, data = held.size, held.take()
    if size > limit:
        return Piece(start, start + size, data[:EXCERPT_BYTES], "file_too_large", _TOO_LONG)
    data = data.removesuffix(b"\r")
    return Piece(start, start + len(data), data)


def _fit_row(header: list[str], cells: list[bytes], start: int, data: bytes) -> Piece:
    end = start + len(data)
    if len(cells) != len(header):
        message = f"The row has {len(cells)} cells; its header has {len(header)}."
        return Piece(start, end, data, "malformed_row", message)
    return Piece(start, end, data, fields=dict(zip(header, cells, strict=True)))


def _check_parquet_size(metadata: pq.FileMetaData, limits: Limits) -> None:
    packed, unpacked = 1, 0
    for group in range(metadata.num_row_groups):
        columns = metadata.row_group(group)
        unpacked += columns.total_byte_size
        packed += sum(columns.column(i).total_compressed_size for i in range(columns.num_columns))
    if unpacked > limits.max_total_bytes:
        raise OverLimit("file_too_large", f"The file unpacks to {unpacked} bytes.")
    if unpacked > max(RATIO_FROM_BYTES, limits.max_ratio * packed):
        raise OverLimit("archive_over_ratio", f"{packed} bytes unpack to {unpacked}.")


def _batch_rows(metadata: pq.FileMetaData) -> int:
    """Rows that together stay small, by the mean size of a row."""
    groups = range(metadata.num_row_groups)
    unpacked = sum(metadata.row_group(group).total_byte_size for group in groups)
    mean = unpacked // max(metadata.num_rows, 1) + 1
    return min(max(BATCH_BYTES // mean, 1), BATCH_ROWS)


def _plain_times(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Cut nanoseconds, which Python's datetime does not hold."""
    for place, column in enumerate(batch.schema):
        if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
            micro = pa.timestamp("us", column.type.tz)
            batch = batch.set_column(
                place, column.name, batch.column(place).cast(micro, safe=False)
            )
    return batch


def _render_row(row: dict[str, object], limit: int) -> Piece:
    text = json.dumps(row, sort_keys=True, ensure_ascii=False, default=_render_value)
    data = text.encode("utf-8", "replace")
    if len(data) > limit:
        return Piece(0, 0, data[:EXCERPT_BYTES], "file_too_large", _TOO_LONG)
    return Piece(0, 0, data, fields=row)


def _render_value(value: object) -> str:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    return str(value)
