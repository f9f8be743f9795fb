"""Dates as machines and newspapers write them, read as UTC instants with their precision."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from flows.steps.lexicon import StructureLexicon, phrase_key
from flows.steps.record import Moment

FIRST_YEAR, LAST_YEAR = 1600, 2200
"""Years outside are no publication dates: article numbers, prices, room numbers."""
MAX_DATE_CHARS = 120
"""A longer line tells of dates in prose."""

MAX_DISTANCE_WORDS, MAX_DISTANCE_MINUTES = 5, 60 * 24 * 365
_DIGIT = re.compile(r"\d")
_WHOLE_NUMBER = re.compile(r"\d{1,4}")
_ISO = re.compile(
    r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?"
    r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_YEAR = r"(\d{4})(?=\d{1,2}[:.]|\D|$)"
"""A year; pages lose the space after it: "March 7, 20247:55 AM", "6 Jan 2026Updated"."""
_DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|[.ºª])?[\s\-./]+(?:(?:de|of)\s)?([^\W\d_]{3,12})\.?,?[\s\-./]+"
    rf"(?:(?:de|del)\s)?{_YEAR}",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\b([^\W\d_]{{3,12}})\.?\s(\d{{1,2}})(?:st|nd|rd|th)?(?:,\s?|\s){_YEAR}", re.IGNORECASE
)
_YEAR_FIRST = re.compile(r"\b(\d{4})\s?[年./년]\s?(\d{1,2})\s?[月./월]\s?(\d{1,2})")
_NUMBERS = re.compile(
    r"(?<![\d.,/-])(\d{1,2})(?:\.\s?(\d{1,2})\.\s?|([/-])(\d{1,2})\3)"
    r"(\d{4}|(?<=\d\d[./-]\d\d[./-])\d{2}(?=$|[\s,;|)•·-]))(?![\d.]\d)"
)
_TIME = re.compile(
    r"\b(\d{1,2})(?::|h|\.(?=\d{2}\s?(?:Uhr|[ap]\.?m)))(\d{2})(?::(\d{2}))?(?:\.\d+)?"
    r"\s?([ap]\.?m\b\.?)?\s?(?:Uhr|h\b)?\s?\(?([+-]\d{2}:?\d{2}|[A-Za-z]{1,5}\b)?",
    re.IGNORECASE,
)
_TWELVE_HOURS = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
_MAY_BE_DAY = re.compile(r"\d(?:\d{3}|[./-])")
"""What every date has: a year of four digits, or a separator behind a digit."""
_EPOCH = re.compile(r"-?\d{9,13}(?:\.\d+)?")
_WEEKDAY_OR_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date in a printed line: when, how finely, and `published`/`modified` where it says.

    `utc_offset` is the zone that it states, in minutes east of UTC.
    """

    at: datetime
    precision: str
    label: str | None
    utc_offset: int | None = None


class Stamp(NamedTuple):
    """An instant in UTC, its precision, and the zone that it was stated in."""

    at: datetime
    precision: str
    utc_offset: int | None = None


def read_stamp(text: str, lexicon: StructureLexicon) -> Stamp | None:
    """Read a date field: ISO 8601, RFC 2822, epoch seconds, or any printed date.

    A time without a zone counts as UTC. None for what is no date.
    """
    text = text.strip()
    if len(text) > MAX_DATE_CHARS or not _DIGIT.search(text):
        return None
    if _EPOCH.fullmatch(text):
        return _from_epoch(float(text))
    match = _ISO.match(text)
    if match:
        return _from_iso(match)
    found = find_date(text, lexicon)
    if found is not None:
        return Stamp(found.at, found.precision, found.utc_offset)
    return _from_mail(text) or _from_year(text)


def read_moment(text: str | None, method: str, lexicon: StructureLexicon) -> Moment | None:
    """Read a date field as a Moment that says where it was read."""
    stamp = read_stamp(text, lexicon) if text else None
    return Moment(stamp.at, stamp.precision, method, stamp.utc_offset) if stamp else None


def find_date(text: str, lexicon: StructureLexicon) -> PrintedDate | None:
    """Find the first full date of a printed line, with the time and zone after it."""
    if len(text) > MAX_DATE_CHARS * 2:
        return None
    found = _find_day(text, lexicon.months)
    if found is None:
        return None
    (year, month, day), start, end = found
    clock = _find_clock(text[:start], text[end:])
    at = _build(year, month, day, clock, lexicon.zones)
    if at is None:
        return None
    label = _label(text[:start], lexicon)
    precision = "day" if clock is None else "second" if clock.group(3) else "minute"
    zone = _utc_offset(clock[5] or "", lexicon.zones) if clock is not None else None
    return PrintedDate(at, precision, label, zone)


def _find_clock(before: str, after: str) -> re.Match[str] | None:
    """The time that belongs to a date: right before it, else after it, else before."""
    first = next(iter(_TIME.finditer(before[-40:])), None)
    if first is not None and len(before[-40:]) - first.end() <= 4:
        return first
    return _TIME.search(after) or first


def find_distance(text: str, fetched_at: datetime, lexicon: StructureLexicon) -> PrintedDate | None:
    """Read a short line that tells a time by its distance: "Updated 3 hours ago", "yesterday".

    The instant counts back from when the page was fetched, to the minute, or to the day where
    days or weeks are told.
    """
    if len(text) > MAX_DATE_CHARS:
        return None
    key = phrase_key(text)
    words = key.split()
    number = next((match.group() for match in _WHOLE_NUMBER.finditer(text)), "1")
    for size in range(min(len(words), MAX_DISTANCE_WORDS), 0, -1):
        for start in range(len(words) - size + 1):
            minutes = lexicon.distances.get(" ".join(words[start : start + size]))
            if minutes is None or (size == 1 and len(words) > 3):
                continue
            count = int(number) if "#" in words[start : start + size] else 1
            at = fetched_at - timedelta(minutes=min(minutes * count, MAX_DISTANCE_MINUTES))
            is_of_days = minutes % 1440 == 0
            at = at.replace(hour=0, minute=0) if is_of_days else at
            label = _label(" ".join(words[:start]), lexicon)
            at = at.replace(second=0, microsecond=0)
            return PrintedDate(at, "day" if is_of_days else "minute", label)
    return None


def is_date_line(text: str, lexicon: StructureLexicon) -> bool:
    """Tell whether a short line is a date and little else: at most seven other words."""
    if len(text) > MAX_DATE_CHARS or not _DIGIT.search(text):
        return False
    return find_date(text, lexicon) is not None and len(_WEEKDAY_OR_WORD.findall(text)) <= 9


def _find_day(text: str, months: Mapping[str, int]) -> tuple[tuple[int, int, int], int, int] | None:
    """The first date that exists, as (year, month, day), with its place."""
    if not _MAY_BE_DAY.search(text):
        return None
    for match in _ISO.finditer(text):
        if match.group(3):
            return (int(match[1]), int(match[2]), int(match[3])), match.start(), match.end(3)
    for match in _DAY_FIRST.finditer(text):
        month = months.get(match[2].casefold())
        if month:
            return (int(match[3]), month, int(match[1])), match.start(), match.end()
    for match in _MONTH_FIRST.finditer(text):
        month = months.get(match[1].casefold())
        if month:
            return (int(match[3]), month, int(match[2])), match.start(), match.end()
    year_first = _YEAR_FIRST.search(text)
    if year_first:
        year, month, day = map(int, year_first.groups())
        return (year, month, day), year_first.start(), year_first.end()
    numbers = _NUMBERS.search(text)
    if numbers:
        return _read_numbers(numbers, text), numbers.start(), numbers.end()
    return None


def _read_numbers(match: re.Match[str], text: str) -> tuple[int, int, int]:
    """Year, month and day of "27.04.24" or "3/12/2024".

    Day first, as most of the world writes; month first where only that exists, and where
    slashes stand before a clock of twelve hours, as only North America writes.
    """
    first, second, year = int(match[1]), int(match[2] or match[4]), int(match[5])
    year += 2000 if len(match[5]) == 2 else 0
    is_american = match[3] == "/" and first <= 12 and bool(_TWELVE_HOURS.search(text, match.end()))
    month, day = (first, second) if second > 12 or is_american else (second, first)
    return year, month, day


def _build(
    year: int, month: int, day: int, clock: re.Match[str] | None, zones: Mapping[str, int]
) -> datetime | None:
    """The instant in UTC, or None where no such day exists."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        at = datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
    if clock is None:
        return at
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    half = (clock[4] or "").casefold()[:1]
    hour = hour % 12 + (12 if half == "p" else 0) if half and hour <= 12 else hour
    if hour > 23 or minute > 59 or second > 59:
        return at
    offset = _utc_offset(clock[5] or "", zones) or 0
    return at + timedelta(hours=hour, minutes=minute - offset, seconds=second)


def _utc_offset(zone: str, zones: Mapping[str, int]) -> int | None:
    """Minutes east of UTC of "+02:00", "-0500" or a zone's name; None for what is no zone."""
    if zone[:1] in ("+", "-") and len(zone) >= 5:
        sign = -1 if zone[0] == "-" else 1
        return sign * (int(zone[1:3]) * 60 + int(zone[-2:]))
    return zones.get(zone.casefold())


def _label(before: str, lexicon: StructureLexicon) -> str | None:
    """Whether the words before a date say that it is of publication or of a change."""
    words = phrase_key(before).split()
    for count in (3, 2, 1):
        for start in range(max(0, len(words) - count + 1)):
            label = lexicon.date_labels.get(" ".join(words[start : start + count]))
            if label:
                return label
    return None


def _from_epoch(seconds: float) -> Stamp | None:
    seconds = seconds / 1000 if seconds > 1e11 else seconds
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))
    return Stamp(at, "second", 0)


def _from_iso(match: re.Match[str]) -> Stamp | None:
    year, month, day = int(match[1]), int(match[2]), int(match[3] or 1)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    offset = _utc_offset(match[7] or "", {"z": 0})
    zone = timezone(timedelta(minutes=offset or 0))
    try:
        at = datetime(
            year,
            month,
            day,
            int(match[4] or 0),
            int(match[5] or 0),
            int(match[6] or 0),
            tzinfo=zone,
        )
        at = at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if match[4]:
        return Stamp(at, "second" if match[6] else "minute", offset)
    return Stamp(at, "day" if match[3] else "month")


def _from_mail(text: str) -> Stamp | None:
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    distance = at.utcoffset()
    offset = int(distance.total_seconds()) // 60 if distance is not None else None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Stamp(at.astimezone(UTC), "second", offset) if FIRST_YEAR < at.year < LAST_YEAR else None


def _from_year(text: str) -> Stamp | None:
    if len(text) == 4 and text.isascii() and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return Stamp(datetime(int(text), 1, 1, tzinfo=UTC), "year")
    return None
