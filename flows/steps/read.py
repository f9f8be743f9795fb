r"""Read a file as records: whatever it is, by content, through every layer of packing.

stream -> sniff -> { text, page | lines, array, rows, captures | compressed, archive }
                                                          \--> the same again, inside
"""

import codecs
import errno
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import BinaryIO

from flows.steps.options import FieldNames, Limits
from flows.steps.record import ID_BYTES, Locator, Record, Reject, identity
from flows.steps.rows import Piece, split_array, split_lines, split_parquet, split_rows
from flows.steps.sniff import SNIFF_BYTES, Kind, find_delimiter, find_wide_charset, sniff
from flows.steps.tape import PASSING, Damaged, Meter, Metered, OverLimit, Tape, Unreadable
from flows.steps.unpack import Member, decompress, list_tar, list_zip
from flows.steps.warc import Capture, Frame, open_capture, split_warc

__all__ = ["FieldNames", "Limits", "read_records"]

EXCERPT_CHARS = 200

_MEDIA_TYPES: dict[Kind, str] = {
    "text": "text/plain",
    "csv": "text/plain",
    "html": "text/html",
    "json": "application/json",
    "json_lines": "application/json",
    "json_array": "application/json",
}
"""What a body that is one record counts as; a table without its file is prose with commas."""

_FORMATS: dict[Kind, str] = {
    "text": "text",
    "html": "html",
    "json": "json",
    "json_array": "json",
    "json_lines": "jsonl",
    "csv": "csv",
    "parquet": "parquet",
    "warc": "warc",
}
"""Kinds that hold records, by the name that `documents.kind` gives them."""

_EXPECTED: dict[str, Kind] = {
    "text": "text",
    "html": "html",
    "json": "json",
    "jsonl": "json_lines",
    "csv": "csv",
}
"""Kinds that a source may name where the bytes leave a doubt."""

_UNMISTAKABLE = ("parquet", "warc", "json_array")

_NO_DOCUMENT: dict[Kind, tuple[str, str]] = {
    "empty": ("empty_record", "There are no bytes."),
    "xml": ("unsupported_kind", "The content is XML that is no page; text or HTML is read."),
    "unsupported": ("unsupported_kind", "The content is packed in a way that no reader takes."),
    "binary": ("binary_content", "The content is an image, a program or other non-text."),
}

Readings = Iterator[Record | Reject]


def read_records(
    stream: BinaryIO, uri: str, limits: Limits, names: FieldNames, expected: str | None = None
) -> Readings:
    r"""Yield every record of a file in order, and a reject for whatever cannot be one.

    Works forward in bounded memory; only zip and Parquet are read out of order, from the
    stream where it can seek, else from a copy of at most `max_nested_bytes`. Ordinals count
    records and rejects together, from 0. A WARC's requests, metadata, revisits and DNS
    answers are no documents and are passed in silence; a file that gives nothing at all
    gives one `empty_record`. Text and HTML files are one record; JSON is cut, not parsed.

    `expected` is a kind that decides between those that are all text; what is packed or binary
    is seen without it.

    An error of the stream ends the file with `file_unreadable`; OSError for a full disk, or for
    storage that is away, is raised, as no other file would fare better.

    >>> [r.data for r in read_records(io.BytesIO(b'{"a":1}\n{"a":2}\n'), "x", Limits(),
    ...                               FieldNames())]
    [b'{"a":1}', b'{"a":2}']
    >>> [r.reason for r in read_records(io.BytesIO(b""), "x", Limits(), FieldNames())]
    ['empty_record']
    """
    file = _File(uri, limits, names, expected)
    source = Metered(stream, file.meter)
    try:
        yield from _read_any(file, Tape(source.chunks()), _Place(), source)
    except Unreadable as failure:
        if failure.error.errno == errno.ENOSPC or failure.error.errno in PASSING:
            raise failure.error from None
        message = f"The file cannot be read: {failure.error}."
        yield file.reject("file_unreadable", message, _Place())
    except OverLimit as over:
        yield file.reject(over.reason, str(over), _Place())
    if file.ordinal == 0:
        yield file.reject("empty_record", "The file holds no document.", _Place())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the layers of a file: path of members, layers above, and what is read there."""

    member: str | None = None
    depth: int = 0
    is_unpacked: bool = False
    kind: str = "unknown"

    def enter(self, name: str) -> "_Place":
        path = name if self.member is None else f"{self.member}!/{name}"
        return _Place(path, self.depth)


class _File:
    """One file being read: its bounds, its meter, and the ordinal of its next record."""

    def __init__(self, uri: str, limits: Limits, names: FieldNames, expected: str | None) -> None:
        self.uri = uri
        self.limits = limits
        self.names = names
        self.expected = _EXPECTED.get(expected or "")
        self.meter = Meter(limits)
        self.ordinal = 0

    def locate(self, place: _Place, start: int | None, end: int | None) -> Locator:
        """Where the next record stands; counts it."""
        locator = Locator(self.uri, self.ordinal, place.member, start, end, place.kind)
        self.ordinal += 1
        return locator

    def reject(
        self,
        reason: str,
        message: str,
        place: _Place,
        *,
        span: tuple[int | None, int | None] = (None, None),
        data: bytes | None = None,
        head: bytes = b"",
        media_type: str = "application/octet-stream",
    ) -> Reject:
        """Make a reject at the next ordinal, named by its bytes where `data` holds all."""
        locator = self.locate(place, *span)
        shown = head if data is None else data
        return Reject(
            reason,
            "read",
            message,
            locator,
            _identify_place(locator) if data is None else identity(data),
            show_excerpt(shown),
            media_type,
            len(shown) if data is not None else _span_bytes(*span),
        )


def show_excerpt(data: bytes) -> str:
    r"""Show the first 200 characters, with control characters escaped.

    >>> show_excerpt(b"Mayor\x00 resigns")
    'Mayor\\x00 resigns'
    """
    text = data[: EXCERPT_CHARS * 4].decode("utf-8", "replace")[:EXCERPT_CHARS]
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)[:EXCERPT_CHARS]


def _identify_place(locator: Locator) -> str:
    place = f"{locator.uri}\n{locator.member or ''}\n{locator.ordinal}"
    return identity(place.encode("utf-8", "surrogatepass"))


def _span_bytes(start: int | None, end: int | None) -> int:
    return 0 if start is None or end is None else end - start


def _read_any(file: _File, tape: Tape, place: _Place, source: Metered | None = None) -> Readings:
    """Yield the records of a stream. `source` is the same stream where it can be sought in."""
    head = tape.peek(SNIFF_BYTES)
    kind = sniff(head, file.names)
    if file.expected is not None and kind in _FORMATS and kind not in _UNMISTAKABLE:
        kind = file.expected
    place = replace(place, kind=_FORMATS.get(kind, "unknown"))
    if kind in _NO_DOCUMENT:
        yield _refuse(file, tape, place, kind)
    elif kind in ("text", "html", "json"):
        yield _read_whole(file, tape, place, _MEDIA_TYPES[kind])
    elif kind in ("json_lines", "json_array", "csv"):
        yield from _read_pieces(file, _to_utf8(tape, head), place, kind)
    elif kind == "warc":
        yield from _read_warc(file, tape, place)
    elif kind in ("zip", "tar", "parquet"):
        yield from _read_archive(file, tape, place, kind, source)
    else:
        yield from _read_compressed(file, tape, place, kind)


def _read_whole(file: _File, tape: Tape, place: _Place, media_type: str) -> Record | Reject:
    limit = file.limits.max_record_bytes
    data, is_all = tape.read_all(limit)
    if not is_all:
        message = f"The text is longer than {limit} bytes; the bound is max_record_bytes."
        return file.reject(
            "file_too_large", message, place, head=data[:1024], media_type=media_type
        )
    return Record(file.locate(place, 0, len(data)), data, media_type)


def _refuse(file: _File, tape: Tape, place: _Place, kind: Kind) -> Reject:
    """Reject a stream whole. Its bytes name it, unless there are too many to be a record."""
    reason, message = _NO_DOCUMENT[kind]
    head = tape.peek(1024)
    digest = blake2b(digest_size=ID_BYTES)
    for chunk in tape.chunks():
        digest.update(chunk)
        if tape.position > file.limits.max_record_bytes:
            return file.reject(reason, message, place, head=head)
    refused = file.reject(reason, message, place, span=(0, tape.position), head=head)
    return replace(refused, document_id=digest.hexdigest())


def _to_utf8(tape: Tape, head: bytes) -> Tape:
    """Put UTF-16 and UTF-32 into UTF-8, which lines need; any other tape is returned as is."""
    wide = find_wide_charset(head)
    if wide is None:
        return tape
    decoder = codecs.getincrementaldecoder(wide)("replace")
    chunks = (decoder.decode(chunk).encode("utf-8", "replace") for chunk in tape.chunks())
    return Tape(chunks, has_offsets=False)


def _read_pieces(file: _File, tape: Tape, place: _Place, kind: Kind) -> Readings:
    limit = file.limits.max_record_bytes
    if kind == "csv":
        delimiter = find_delimiter(tape.peek(SNIFF_BYTES), file.names) or b","
        pieces, media_type = split_rows(tape, delimiter, limit), "text/csv"
    else:
        split = split_lines if kind == "json_lines" else split_array
        pieces, media_type = split(tape, limit), "application/json"
    for piece in pieces:
        yield _to_record(file, piece, place, media_type, tape.has_offsets)


def _to_record(
    file: _File, piece: Piece, place: _Place, media_type: str, has_offsets: bool
) -> Record | Reject:
    span = (piece.start, piece.end) if has_offsets else (None, None)
    if piece.reason is None:
        return Record(file.locate(place, *span), piece.data, media_type, fields=piece.fields)
    is_whole = piece.reason != "file_too_large"
    return file.reject(
        piece.reason,
        piece.message,
        place,
        span=span,
        data=piece.data if is_whole else None,
        head=piece.data,
        media_type=media_type,
    )


def _read_warc(file: _File, tape: Tape, place: _Place) -> Readings:
    limit = file.limits.max_record_bytes
    for frame in split_warc(tape, limit):
        span = (frame.start, frame.end)
        if frame.reason is not None:
            yield file.reject(frame.reason, frame.message, place, span=span, head=frame.data)
            continue
        capture = open_capture(frame.data, limit)
        if capture is not None:
            yield _judge_capture(file, frame, capture, place)


def _judge_capture(file: _File, frame: Frame, capture: Capture, place: _Place) -> Record | Reject:
    span = (frame.start, frame.end)
    kind = sniff(capture.body[:SNIFF_BYTES], file.names)
    media_type = _MEDIA_TYPES.get(kind)
    reason, message = capture.reason, capture.message
    if reason is None and media_type is None:
        reason, message = _NO_DOCUMENT.get(kind, _NO_DOCUMENT["binary"])
    if reason is None and media_type is not None:
        return Record(file.locate(place, *span), capture.body, media_type, capture.hints)
    # A redirect's body is often the same few bytes: the whole capture names it better.
    named = frame.data if reason in ("empty_record", "http_error_status") else capture.body
    return file.reject(
        reason or "binary_content",
        message,
        place,
        span=span,
        data=None if reason in ("file_too_large", "archive_damaged") else named,
        head=capture.body or frame.data,
        media_type=media_type or "application/octet-stream",
    )


def _read_compressed(file: _File, tape: Tape, place: _Place, kind: Kind) -> Readings:
    inner = replace(place, depth=place.depth + 1, is_unpacked=True)
    if inner.depth > file.limits.max_archive_depth:
        yield _refuse_depth(file, tape, place)
        return
    unpacked = Tape(decompress(kind, tape, file.meter))
    yield from _guard(file, unpacked, place, _read_any(file, unpacked, inner))


def _read_archive(
    file: _File, tape: Tape, place: _Place, kind: Kind, source: Metered | None
) -> Readings:
    # A tar.gz is one archive, not two.
    inner = place if place.is_unpacked else replace(place, depth=place.depth + 1)
    if kind != "parquet" and inner.depth > file.limits.max_archive_depth:
        yield _refuse_depth(file, tape, place)
    elif kind == "tar":
        members = list_tar(tape, file.meter)
        yield from _guard(file, None, place, _read_members(file, members, inner))
    else:
        read = _read_zip if kind == "zip" else _read_parquet
        yield from _read_sought(file, tape, inner, source, read)


def _refuse_depth(file: _File, tape: Tape, place: _Place) -> Reject:
    bound = file.limits.max_archive_depth
    message = f"Archives are nested more than {bound} deep; the bound is max_archive_depth."
    return file.reject("archive_too_deep", message, place, head=tape.peek(64))


def _read_sought(
    file: _File,
    tape: Tape,
    place: _Place,
    source: Metered | None,
    read: Callable[["_File", BinaryIO, _Place], Readings],
) -> Readings:
    """Read what needs random access, from the file itself or from a bounded copy in memory."""
    if source is not None and source.seekable():
        source.seek(0)
        yield from _guard(file, None, place, read(file, io.BufferedReader(source), place))
        return
    bound = file.limits.max_nested_bytes - file.meter.spooled
    data, is_all = tape.read_all(bound)
    if not is_all:
        message = f"A nested zip or Parquet file is over {bound} bytes and cannot be held."
        yield file.reject("file_too_large", message, place, head=data[:1024])
        return
    file.meter.spooled += len(data)
    yield from _guard(file, None, place, read(file, io.BytesIO(data), place))
    file.meter.spooled -= len(data)


def _read_zip(file: _File, stream: BinaryIO, place: _Place) -> Readings:
    return _read_members(file, list_zip(stream, file.meter), place)


def _read_parquet(file: _File, stream: BinaryIO, place: _Place) -> Readings:
    for piece in split_parquet(stream, file.limits):
        yield _to_record(file, piece, place, "application/json", has_offsets=False)


def _read_members(file: _File, members: Iterator[Member], place: _Place) -> Readings:
    for member in members:
        inner = place.enter(member.name)
        if member.tape is None:
            yield file.reject(member.reason or "archive_damaged", member.message, inner)
        else:
            yield from _guard(file, member.tape, inner, _read_any(file, member.tape, inner))


def _guard(file: _File, tape: Tape | None, place: _Place, readings: Readings) -> Readings:
    """Pass readings on; damage of this layer ends them with a reject, that of others travels.

    `tape` is what the layer unpacks to; None for an archive, whose damage has no tape.
    """
    try:
        yield from readings
    except Damaged as damage:
        if damage.tape is not tape:
            raise
        yield file.reject("archive_damaged", str(damage), place)
    else:
        if tape is not None and tape.tail_damage is not None:
            yield file.reject("archive_damaged", str(tape.tail_damage), place)
