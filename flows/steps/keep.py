"""Records in a form that can be kept and read back: bytes, hints and fields."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any

from flows.steps.record import Hints, Locator, Record

Row = Mapping[str, Any]

_TIMES: dict[str, Callable[[str], object]] = {
    kind.__name__: kind.fromisoformat for kind in (datetime, date, time)
}


def archive_row(record: Record) -> dict[str, Any]:
    """The `archive` row of a record."""
    return {
        "document_id": record.document_id,
        "media_type": record.media_type,
        "hints": json.dumps(_known(asdict(record.hints)), default=_tagged),
        "fields": None if record.fields is None else json.dumps(record.fields, default=_tagged),
        "data": record.data,
    }


def archived_record(row: Row) -> Record:
    r"""The record of an `archive` row beside the columns of its document.

    >>> record = Record(Locator("a.csv", 2), b"1,\xff", "text/csv", fields={"id": b"\xff"})
    >>> place = {"uri": "a.csv", "record_ordinal": 2, "member": None, "byte_start": None,
    ...          "byte_end": None, "kind": "unknown"}
    >>> archived_record(archive_row(record) | place) == record
    True
    """
    locator = Locator(
        row["uri"],
        row["record_ordinal"],
        row["member"],
        row["byte_start"],
        row["byte_end"],
        row["kind"],
    )
    fields = None if row["fields"] is None else json.loads(row["fields"], object_hook=_untagged)
    hints = Hints(**json.loads(row["hints"], object_hook=_untagged))
    return Record(locator, row["data"], row["media_type"], hints, fields)


def _known(values: Row) -> Row:
    return {name: value for name, value in values.items() if value is not None}


def _tagged(value: object) -> object:
    """What JSON has no form for, as an object of one key that no column is called."""
    if isinstance(value, bytes):
        return {"\0bytes": b64encode(value).decode()}
    if isinstance(value, datetime | date | time):
        return {f"\0{type(value).__name__}": value.isoformat()}
    return str(value)


def _untagged(value: dict[str, Any]) -> object:
    if len(value) != 1:
        return value
    ((tag, text),) = value.items()
    if tag == "\0bytes":
        return b64decode(text)
    read = _TIMES.get(tag[1:]) if tag.startswith("\0") else None
    return read(text) if read else value
