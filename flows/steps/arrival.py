"""Which files of a source are to be read: by name, by date, and whether they are at rest."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

NS = 1_000_000_000

_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_./]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")


def is_wanted(place: str, patterns: Sequence[str], ignore: Sequence[str]) -> bool:
    """Whether a file is asked for, by its place inside its source.

    A pattern is held against the whole place and against the name; what is ignored also
    against the name of every folder on the way.

    >>> is_wanted("2026/a.jsonl.gz", ["*.jsonl.gz"], [".*"])
    True
    >>> is_wanted(".cache/a.txt", ["*"], [".*"]), is_wanted("b/a.txt", ["c/*"], [])
    (False, False)
    """
    parts = place.split("/")
    if any(fnmatchcase(part, pattern) for part in (*parts, place) for pattern in ignore):
        return False
    return any(fnmatchcase(tried, pattern) for tried in (place, parts[-1]) for pattern in patterns)


def is_at_rest(modified_ns: int, now_ns: int, settle_seconds: float) -> bool:
    """Whether a file has not changed for so long that nobody is writing it any more.

    A time in the future says only that two clocks differ; such a file is taken as it is, or a
    clock set back would keep it waiting.

    >>> is_at_rest(100 * NS, 130 * NS, 60), is_at_rest(100 * NS, 161 * NS, 60)
    (False, True)
    >>> is_at_rest(999 * NS, 130 * NS, 60), is_at_rest(130 * NS, 130 * NS, 0)
    (True, True)
    """
    return abs(now_ns - modified_ns) >= settle_seconds * NS


def file_date(uri: str, modified_ns: int) -> date:
    """The day that a file is of: the last date in its place, else the day it changed, in UTC.

    >>> file_date("/dumps/2026/03/07/a.jsonl", 0), file_date("/dumps/news-20260307.csv", 0)
    (datetime.date(2026, 3, 7), datetime.date(2026, 3, 7))
    >>> file_date("/dumps/a.jsonl", 86_400 * NS), file_date("/dumps/2026-02-31.txt", 0)
    (datetime.date(1970, 1, 2), datetime.date(1970, 1, 1))
    """
    for year, _, month, day in reversed(_DATE.findall(uri)):
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            continue
    return datetime.fromtimestamp(modified_ns // NS, UTC).date()
