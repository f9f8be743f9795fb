"""From a record's bytes to its text: choose the field, decode, clean, and take the hints."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of
from dataclasses import replace
from datetime import date, datetime

from flows.steps.charset import Text, decode_bytes
from flows.steps.options import FieldNames, Limits
from flows.steps.read import show_excerpt
from flows.steps.record import Decoded, Hints, Record, Reject
from flows.steps.repair import clean_text
from flows.steps.sniff import is_binary, looks_like_html, sniff

LIMITS = Limits()
_HINTS = tuple(own.name for own in fields_of(Hints) if own.name not in ("charset", "fetched_at"))
_NUMERIC_HINTS = ("external_id", "published", "modified")


def decode(record: Record, names: FieldNames, limits: Limits = LIMITS) -> Decoded | Reject:
    """Give the text of a record, clean, with what its fields say about it.

    All offsets into "the decoded record" point into this text. Of a record with fields the
    first HTML field that holds markup is taken, else the first text field that holds text
    (a list of strings is its paragraphs). Repairs are named in `flags`. Rejects:
    malformed_json, no_text_field, binary_content, undecodable_text, text_too_long,
    empty_record.

    >>> from flows.steps.record import Locator
    >>> row = Record(Locator("x", 0), b'{"Body": "Mayor resigns", "id": 7}', "application/json")
    >>> decoded = decode(row, FieldNames())
    >>> decoded.text, decoded.hints.external_id
    ('Mayor resigns', '7')
    """
    if record.media_type == "application/json" or record.fields is not None:
        return _decode_fields(record, names, limits)
    decoded = decode_bytes(record.data, record.hints.charset)
    return _finish(record, decoded, record.media_type == "text/html", record.hints, limits)


def _decode_fields(record: Record, names: FieldNames, limits: Limits) -> Decoded | Reject:
    source = _decode_container(record)
    row = record.fields if record.fields is not None else _parse_object(source.text)
    if row is None:
        return _reject(record, "malformed_json", "The record is no JSON object that can be read.")
    values = _lower_keys(row)
    hints = _fill_hints(values, names, record.hints, source.charset)
    chosen = _choose_text(values, names, source)
    if chosen is None:
        message = "No field of the configured names holds text; see [fields] in the settings."
        return _reject(record, "no_text_field", message)
    if isinstance(chosen, str):
        decoded = source._replace(text=chosen)
    elif sniff(chosen, names) in ("binary", "gzip", "zip"):
        return _reject(record, "binary_content", "The text field holds bytes that are no text.")
    else:
        decoded = decode_bytes(chosen)
    return _finish(record, decoded, looks_like_html(decoded.text), hints, limits)


def _decode_container(record: Record) -> Text:
    """Decode the record's bytes; a Parquet row holds text already."""
    if record.fields is not None and record.media_type != "text/csv":
        return Text("", "utf-8", "given")
    return decode_bytes(record.data, record.hints.charset)


def _parse_object(text: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _lower_keys(row: Mapping[str, object]) -> dict[str, object]:
    """Values by key in lower case; of keys that differ only in case the first counts."""
    values: dict[str, object] = {}
    for key, value in row.items():
        values.setdefault(str(key).strip().lower(), value)
    return values


def _choose_text(
    values: Mapping[str, object], names: FieldNames, source: Text
) -> str | bytes | None:
    """Choose the markup, else the text. HTML fields without markup count after text fields."""
    pages = [_to_text(values.get(name.lower()), source) for name in names.html]
    for page in pages:
        if isinstance(page, bytes) or (page is not None and looks_like_html(page)):
            return page
    texts = (_to_text(values.get(name.lower()), source) for name in names.text)
    return next((text for text in (*texts, *pages) if text is not None), None)


def _to_text(value: object, source: Text) -> str | bytes | None:
    """Take a field's text; None where it holds no text. Bytes of a table are in its charset."""
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, bytes):
        if source.method == "given":
            return value or None
        return value.decode(source.charset, "replace").strip() or None
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return "\n\n".join(value) if any(part.strip() for part in value) else None
    return None


def _fill_hints(
    values: Mapping[str, object], names: FieldNames, given: Hints, charset: str
) -> Hints:
    """Take what the fields say; what the container says fills the gaps."""
    found: dict[str, str] = {}
    for hint in _HINTS:
        own: Iterable[str] = getattr(names, hint)
        stated = (
            _to_hint(values.get(name.lower()), charset, may_be_number=hint in _NUMERIC_HINTS)
            for name in own
            if name.lower() in values
        )
        if first := next((text for text in stated if text), None):
            found[hint] = first
    return replace(given, **found) if found else given  # type: ignore[arg-type]


def _to_hint(value: object, charset: str, *, may_be_number: bool) -> str | None:
    """Give a value as one line of text. Numbers are ids or times, never titles.

    >>> _to_hint(["Ann Lee", {"name": "Bo Ray"}], "utf-8", may_be_number=False)
    'Ann Lee, Bo Ray'
    >>> _to_hint(7.0, "utf-8", may_be_number=True), _to_hint(float("nan"), "utf-8",
    ...                                                      may_be_number=True)
    ('7', None)
    """
    if isinstance(value, bytes):
        value = value.decode(charset, "replace")
    if isinstance(value, str):
        return " ".join(clean_text(value)[0].split()) or None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, dict):
        return _to_hint(value.get("name"), charset, may_be_number=False)
    if isinstance(value, list):
        parts = (_to_hint(part, charset, may_be_number=False) for part in value)
        return ", ".join(part for part in parts if part) or None
    return _show_number(value) if may_be_number else None


def _show_number(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return str(int(value)) if value == int(value) else str(value)


def _finish(
    record: Record, decoded: Text, is_html: bool, hints: Hints, limits: Limits
) -> Decoded | Reject:
    if not is_html and len(decoded.text) > limits.max_text_chars:
        return _reject(record, "text_too_long", too_long(limits))
    head = decoded.text[:4096]
    if is_binary(head.encode("utf-8", "replace")) and not head.isspace():
        return _reject(record, "binary_content", "Most of the text is control characters.")
    if head.count("\ufffd") * 4 > len(head):
        return _reject(record, "undecodable_text", "No encoding gives readable text.")
    text, repairs = clean_text(decoded.text)
    if not text or text.isspace():
        return _reject(record, "empty_record", "There is nothing but white space.")
    flags = tuple(dict.fromkeys((*decoded.flags, *repairs)))
    return Decoded(text, is_html, decoded.charset, decoded.method, hints, flags)


def too_long(limits: Limits) -> str:
    """The message of a `text_too_long`."""
    return f"The text is longer than {limits.max_text_chars} characters; see max_text_chars."


def _reject(record: Record, reason: str, message: str) -> Reject:
    return Reject(
        reason,
        "decode",
        message,
        record.locator,
        record.document_id,
        show_excerpt(record.data),
        record.media_type,
        len(record.data),
    )
