"""The data-quality report: one self-contained page about the newest run and the whole lake."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from flows.roles import GROUPS, group_of

Row = dict[str, Any]

_HERE = Path(__file__).parent
_STATEMENTS = (
    "run",
    "totals",
    "sources",
    "checks",
    "rejects",
    "volume",
    "roles",
    "coverage",
    "entities",
    "speakers",
    "languages",
    "kinds",
    "flags",
    "runs",
    "shards",
)
_NONE = "–"


def build_report(connection: duckdb.DuckDBPyConnection, now: datetime) -> str:
    """Write the report on a lake as one HTML page that asks nothing of the network.

    Tables are read by their bare names; every value is escaped. An empty lake gives a page
    that says so. `now` is the instant printed as the time of writing.
    """
    found = {name: _read(connection, name) for name in _STATEMENTS}
    page = _environment().get_template("report.html.j2")
    return page.render(
        now=now,
        run=next(iter(found["run"]), None),
        totals=found["totals"][0],
        sources=found["sources"],
        checks=found["checks"],
        rejects=found["rejects"],
        volume=_volume(found["volume"]),
        composition=_composition(found["roles"]),
        role_groups=GROUPS,
        coverage=found["coverage"],
        coverage_fields=_fields(found["coverage"]),
        entities=_by_label(found["entities"]),
        speakers=found["speakers"],
        breakdowns=_breakdowns(found),
        runs=found["runs"],
        shards=found["shards"],
    )


def _read(connection: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    statement = (_HERE / "sql" / "report" / f"{name}.sql").read_text(encoding="utf-8")
    rows: list[Row] = connection.execute(statement).to_arrow_table().to_pylist()
    return rows


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        count=format_count,
        share=format_share,
        bytes=format_bytes,
        duration=format_duration,
        instant=format_instant,
        plain=_plain,
        period=_format_period,
        printable=printable,
        clip=clip,
    )
    return environment


def format_count(value: int | float | Decimal | None) -> str:
    """Write a count with groups of three; a missing one is a dash.

    >>> format_count(1234567), format_count(41.5), format_count(None)
    ('1,234,567', '41.5', '–')
    """
    if value is None:
        return _NONE
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def format_share(value: float | None) -> str:
    """Write a share of 1 in per cent; only all is 100% and only none is 0%.

    >>> format_share(1.0), format_share(0.9996), format_share(0.0004), format_share(0.25)
    ('100%', '99.9%', '0.1%', '25%')
    """
    if value is None:
        return _NONE
    percent = value * 100
    if 0 < percent < 0.1:
        return "0.1%"
    if 99.9 < percent < 100:
        return "99.9%"
    return (
        f"{percent:.0f}%"
        if percent >= 10 and percent <= 99
        else f"{percent:.1f}%".replace(".0%", "%")
    )


def format_bytes(value: int | float | None) -> str:
    """Write a size in decimal units.

    >>> format_bytes(512), format_bytes(210_000_000), format_bytes(None)
    ('512 B', '210 MB', '–')
    """
    if value is None:
        return _NONE
    size = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_duration(seconds: float | None) -> str:
    """Write a duration so that a person can say it.

    >>> format_duration(4.25), format_duration(95), format_duration(7_322)
    ('4.2 s', '1 min 35 s', '2 h 2 min')
    """
    if seconds is None:
        return _NONE
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def format_instant(value: datetime | None) -> str:
    """Write an instant in UTC to the minute.

    >>> format_instant(datetime(2026, 3, 1, 6, 5, tzinfo=UTC))
    '2026-03-01 06:05 UTC'
    """
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if value else _NONE


def printable(text: str | None) -> str:
    r"""Replace characters that HTML cannot carry by the replacement character.

    >>> printable("a\x00b\x1bc"), printable(None)
    ('a\ufffdb\ufffdc', '')
    """
    return "".join(
        char if char in "\t\n" or (char >= " " and not "\x7f" <= char <= "\x9f") else "\ufffd"
        for char in text or ""
        if not "\ud800" <= char <= "\udfff"
    )


def clip(text: str | None, limit: int) -> str:
    """Shorten a text to that many characters at a word's end, with an ellipsis.

    >>> clip("Mayor resigns at last", 14), clip("Mayor", 14), clip(None, 14)
    ('Mayor resigns…', 'Mayor', '')
    """
    whole = text or ""
    if len(whole) <= limit:
        return whole
    cut = whole[:limit]
    return cut[: max(cut.rfind(" "), limit // 2)].rstrip() + "…"


def _plain(name: str | None) -> str:
    """An identifier as words: `comment_ui` is "comment form"."""
    return _WORDS.get(name or "", (name or _NONE).replace("_", " "))


_WORDS = {
    "comment_ui": "comment form",
    "share_ui": "share buttons",
    "subscribe_ui": "subscription form",
    "published_at": "date",
    "list": "list item",
}


def _format_period(period: date, unit: str) -> str:
    if unit == "day":
        return f"{period.day} {period:%b %Y}"
    return f"{period:%b %Y}" if unit == "month" else str(period.year)


def _volume(rows: Sequence[Row]) -> dict[str, Any] | None:
    if not rows:
        return None
    highest = max(row["articles"] for row in rows)
    return {"unit": rows[0]["unit"], "rows": rows, "highest": highest}


def _composition(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Shares of characters by role: over the whole lake, then per source."""
    if not rows:
        return None
    whole: dict[str, int] = {}
    for row in rows:
        whole[row["role"]] = whole.get(row["role"], 0) + int(row["chars"])
    named = [
        (source, {row["role"]: int(row["chars"]) for row in part})
        for source, part in groupby(rows, key=lambda row: str(row["source"]))
    ]
    return {
        "roles": [_group(whole, name) for name in GROUPS],
        "bars": [_bar("All sources", whole), *(_bar(*part) for part in named[:12])],
    }


def _group(chars: Mapping[str, int], name: str) -> dict[str, Any]:
    total = sum(chars.values())
    inside = [(role, size / total) for role, size in chars.items() if group_of(role) == name]
    inside.sort(key=lambda part: (-part[1], part[0]))
    return {"name": name, "share": sum(share for _, share in inside), "roles": inside}


def _bar(label: str, chars: Mapping[str, int]) -> dict[str, Any]:
    """Stretches of one stacked bar, in group order: start and width in per cent."""
    total = sum(chars.values())
    parts, start = [], 0.0
    for group in GROUPS:
        for shade, (role, share) in enumerate(_group(chars, group)["roles"] if total else ()):
            parts.append(
                {
                    "role": role,
                    "group": group,
                    "shade": min(shade, 4),
                    "start": round(start * 100, 3),
                    "width": round(share * 100, 3),
                    "share": share,
                }
            )
            start += share
    kept = sum(size for role, size in chars.items() if group_of(role) == "body")
    return {"label": label, "chars": total, "parts": parts, "kept": kept / total if total else None}


def _fields(rows: Sequence[Row]) -> list[str]:
    return [name for name in rows[0] if name not in ("source", "articles")] if rows else []


def _by_label(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    by_label = {label: list(part) for label, part in groupby(rows, key=lambda row: row["label"])}
    return [
        (title, by_label[label])
        for label, title in (("PERSON", "People"), ("ORG", "Organisations"), ("GPE", "Places"))
        if label in by_label
    ]


def _breakdowns(found: Mapping[str, Sequence[Row]]) -> list[tuple[str, Sequence[Row]]]:
    return [
        (title, found[name])
        for title, name in (("Languages", "languages"), ("Kinds", "kinds"), ("Flags", "flags"))
        if found[name]
    ]
