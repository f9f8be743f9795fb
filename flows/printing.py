"""How pages print values: the filters and the environment of their templates."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import jinja2

NONE = "–"

_TEMPLATES = Path(__file__).parent / "templates"


def make_environment() -> jinja2.Environment:
    """Templates that escape every value and refuse a name that nobody gave."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
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
        period=format_period,
        words=_words,
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
        return NONE
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def format_share(value: float | None) -> str:
    """Write a share of 1 in per cent; only all is 100% and only none is 0%.

    >>> format_share(1.0), format_share(0.9996), format_share(0.0004), format_share(0.25)
    ('100%', '99.9%', '0.1%', '25%')
    """
    if value is None:
        return NONE
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
        return NONE
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
        return NONE
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
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if value else NONE


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
    return _WORDS.get(name or "", (name or NONE).replace("_", " "))


_WORDS = {
    "comment_ui": "comment form",
    "share_ui": "share buttons",
    "subscribe_ui": "subscription form",
    "published_at": "date",
    "list": "list item",
}


def format_period(period: date, unit: str) -> str:
    """A day, month or year in words.

    >>> format_period(date(2026, 3, 1), "day"), format_period(date(2026, 3, 1), "month")
    ('1 Mar 2026', 'Mar 2026')
    """
    if unit == "day":
        return f"{period.day} {period:%b %Y}"
    return f"{period:%b %Y}" if unit == "month" else str(period.year)


def _words(expectation: str) -> str:
    """A type of expectation as words: what is left of it without "expect" and underscores."""
    return expectation.removeprefix("expect_").replace("_", " ")
