"""Cut a WARC into its records and open the documents among them.

Lengths are checked against what follows, so that a wrong one costs only its own record.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from fastwarc.warc import WarcRecord

from flows.steps.options import MIB
from flows.steps.record import Hints
from flows.steps.tape import CHUNK_BYTES, Tape

MAX_HEADER_BYTES = MIB

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(rb"^warc-type:[ \t]*([a-z]+)[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_NEXT_RECORD = re.compile(rb"(?<=\n)WARC/[01]\.\d\d?\r?\n")
_LONGEST_MARK = 12
_DOCUMENT_TYPES = (b"response", b"resource", b"conversion")
_SCRIPT_TYPE = re.compile(r"text/css|.*(?:javascript|ecmascript).*", re.IGNORECASE)
_ROBOTS_LINE = re.compile(
    rb"[ \t]*(?:#.*|(?:user-agent|disallow|allow|sitemap|crawl-delay|host)[ \t]*:.*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One WARC record that may be a document, or the reason why it cannot be read."""

    start: int
    end: int
    data: bytes
    reason: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Capture:
    """A fetched document: its body after transfer and content decoding, and its hints."""

    body: bytes
    hints: Hints
    reason: str | None = None
    message: str = ""


def split_warc(tape: Tape, limit: int) -> Iterator[Frame]:
    """Yield the records of types response, resource and conversion, in order.

    Others (request, metadata, warcinfo, revisit, continuation) are no documents and are
    passed in silence. A record whose length is wrong, or which the end cuts, is a frame with
    a reason; reading goes on at the next record that can be found.
    """
    while _pass_blank(tape):
        start = tape.position
        head = _take_head(tape)
        length = _LENGTH.search(head) if head else None
        if length is None:
            message = "A WARC record has no readable header."
            yield Frame(start, _pass_to_next(tape), head, "archive_damaged", message)
        elif int(length[1]) > limit:
            yield from _pass_long(tape, start, head, int(length[1]))
        else:
            yield from _take_block(tape, start, head, int(length[1]))


def open_capture(data: bytes, limit: int) -> Capture | None:
    """Open one WARC record. None for a record that is no document (DNS answers).

    The body is what the server meant to send; its identity equals that of the saved page.
    """
    try:
        record = WarcRecord.from_bytes(data)
        content_type = (record.headers.get("Content-Type") or "").lower()
        if content_type.startswith("text/dns"):
            return None
        hints = _read_hints(record)
        if not content_type.startswith("application/http"):
            return _judge_body(record.reader.read(limit + 1), hints, content_type, limit)
        record.parse_http(auto_decode="all")
        return _read_response(record, hints, limit)
    except (OSError, ValueError) as error:
        message = f"The WARC record cannot be opened: {error}."
        return Capture(b"", Hints(), "archive_damaged", message)


def is_robots_file(body: bytes) -> bool:
    r"""Whether a body is a robots.txt: it speaks to crawlers.

    >>> is_robots_file(b"User-agent: *\nDisallow: /search\n")
    True
    >>> is_robots_file(b"Allow: one word that begins a headline\n\nMayor resigns")
    False
    """
    lines = body[:CHUNK_BYTES].splitlines()
    is_spoken = any(line.strip().lower().startswith(b"user-agent") for line in lines)
    return is_spoken and all(_ROBOTS_LINE.fullmatch(line) for line in lines)


def _read_response(record: WarcRecord, hints: Hints, limit: int) -> Capture:
    status = record.http_headers.status_code if record.http_headers is not None else None
    if status is None:
        return Capture(b"", hints, "archive_damaged", "The capture has no HTTP status.")
    body = record.reader.read(limit + 1)
    if status >= 300:
        return Capture(body, hints, "http_error_status", f"The server answered {status}.")
    hints = Hints(
        external_id=hints.external_id,
        url=hints.url,
        fetched_at=hints.fetched_at,
        charset=_read_charset(record.http_headers.get("Content-Type") or ""),
    )
    return _judge_body(body, hints, record.http_content_type or "", limit)


def _judge_body(body: bytes, hints: Hints, content_type: str, limit: int) -> Capture:
    if len(body) > limit:
        message = "The body is longer than max_record_bytes allows."
        return Capture(body, hints, "file_too_large", message)
    if not body.strip():
        return Capture(body, hints, "empty_record", "The capture has no body.")
    if _SCRIPT_TYPE.match(content_type):
        return Capture(body, hints, "unsupported_kind", "The capture is a script or a style sheet.")
    if is_robots_file(body):
        return Capture(body, hints, "unsupported_kind", "The capture is a robots.txt.")
    return Capture(body, hints)


def _read_hints(record: WarcRecord) -> Hints:
    name = (record.record_id or "").strip("<>").removeprefix("urn:uuid:")
    fetched: datetime | None = record.record_date
    return Hints(
        external_id=name or None,
        url=record.headers.get("WARC-Target-URI") or None,
        fetched_at=fetched,
    )


def _read_charset(content_type: str) -> str | None:
    found = re.search(r"charset\s*=\s*[\"']?([\w.:\-]{1,40})", content_type, re.IGNORECASE)
    return found[1] if found else None


def _pass_blank(tape: Tape) -> bool:
    """Pass the blank lines between records; whether anything follows."""
    while byte := tape.peek(1):
        if byte not in b"\r\n":
            return True
        tape.read(1)
    return False


def _take_head(tape: Tape) -> bytes:
    """Take the header with its blank line; empty, and nothing passed, where there is none."""
    for size in (4096, MAX_HEADER_BYTES):
        window = tape.peek(size)
        end = _BLANK_LINE.search(window)
        if not window.startswith(b"WARC/"):
            return b""
        if end:
            tape.skip(end.end())
            return window[: end.end()]
    return b""


def _take_block(tape: Tape, start: int, head: bytes, length: int) -> Iterator[Frame]:
    held = io.BytesIO()
    held.write(head)
    left = length
    while left > 0 and (chunk := tape.read(min(left, CHUNK_BYTES))):
        held.write(chunk)
        left -= len(chunk)
    end = tape.position
    # The length is right when a record, or the end, follows it.
    follow = tape.peek(16).lstrip(b"\r\n")[:5]
    if left == 0 and b"WARC/".startswith(follow):
        if _is_document(head):
            held.write(b"\r\n\r\n")
            yield Frame(start, end, held.getvalue())
        return
    tape.unread(held.getvalue()[len(head) :])
    end = _pass_to_next(tape)
    message = "The WARC record does not end where its header says."
    yield Frame(start, end, held.getvalue()[:1024], "archive_damaged", message)


def _pass_long(tape: Tape, start: int, head: bytes, length: int) -> Iterator[Frame]:
    """Pass a record over the bound, watching for one that begins inside a false length."""
    goal = tape.position + length
    end = _pass_to_next(tape, goal)
    if end < goal:
        message = "The WARC record does not end where its header says."
        yield Frame(start, end, head, "archive_damaged", message)
    elif _is_document(head):
        message = "The record is longer than max_record_bytes allows."
        yield Frame(start, end, head, "file_too_large", message)


def _pass_to_next(tape: Tape, goal: int = 1 << 62) -> int:
    """Pass everything to the next record, to `goal`, or to the end; returns the place."""
    tail = tape.read(1)
    while tape.position < goal:
        chunk = tape.read(min(CHUNK_BYTES, goal - tape.position))
        if not chunk:
            break
        window = tail + chunk
        if found := _NEXT_RECORD.search(window):
            tape.unread(window[found.start() :])
            break
        tail = window[-_LONGEST_MARK:]
    return tape.position


def _is_document(head: bytes) -> bool:
    kind = _TYPE.search(head)
    return kind is not None and kind[1].lower() in _DOCUMENT_TYPES
