"""What an amount or a day comes to: money as number and currency, days as dates."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

MAX_CHARACTERS = 80
"""A longer expression of money or time is a clause and holds several."""

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_RANGE = re.compile(r"\d\s*(?:-|–|to|and)\s*[^\w\s]?\d")
_WORD = re.compile(r"[^\W\d_]+")
_SYMBOL = re.compile(r"[A-Z.]{0,4}[$£€¥₹₽₩₪₴]")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?(?: of)? ([^\W\d_]+)\.?(?:,? (\d{4}))?")
_MONTH_DAY = re.compile(r"([^\W\d_]+)\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
_FILLERS = ("on ", "early ", "late ", "this ", "the ")


@dataclass(frozen=True, slots=True)
class AmountWords:
    """Words of money and days, in lower case."""

    currencies: Mapping[str, str]
    scales: Mapping[str, int]
    numbers: Mapping[str, int]
    days: Mapping[str, int]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]


def compile_amount_words(lexicon: Mapping[str, Mapping[str, Any]]) -> AmountWords:
    """Prepare `amounts.toml`, and the months of `dates.toml`, for use."""
    amounts = lexicon["amounts"]
    months = lexicon["dates"]["months"]
    return AmountWords(
        **{name: amounts[name] for name in ("currencies", "scales", "numbers", "days", "weekdays")},
        months={word: int(number) for number, words in months.items() for word in words},
    )


def read_money(surface: str, words: AmountWords) -> tuple[float, str] | None:
    """Amount and currency of an expression of money; None for ranges and what names neither.

    >>> words = AmountWords({"$": "USD", "euros": "EUR", "cents": "USD/100"}, {"million": 10**6},
    ...                     {"two": 2}, {}, {}, {})
    >>> read_money("about $1.5 million", words), read_money("two million euros", words)
    ((1500000.0, 'USD'), (2000000.0, 'EUR'))
    >>> read_money("50 cents", words), read_money("$5 to $6 million", words)
    ((0.5, 'USD'), None)
    """
    if len(surface) > MAX_CHARACTERS or _RANGE.search(surface):
        return None
    tokens = [word.lower() for word in _WORD.findall(surface)]
    currency = _currency(surface, tokens, words)
    digits = _NUMBER.findall(surface)
    spelt = [words.numbers[token] for token in tokens if token in words.numbers]
    if currency is None or len(digits or spelt) != 1:
        return None
    amount = float(digits[0].replace(",", "")) if digits else float(spelt[0])
    for token in tokens:
        amount *= words.scales.get(token, 1)
    code, _, part = currency.partition("/")
    return (amount / int(part) if part else amount), code


def read_day(surface: str, published: date | None, words: AmountWords) -> date | None:
    """The day that an expression names; one without a year is the nearest to publication.

    A weekday is the last one up to publication, with `next` the first one after. None for
    periods, for what is no day, and for what needs a publication date that is not known.

    >>> words = AmountWords({}, {}, {}, {"yesterday": -1}, {"monday": 0}, {"march": 3})
    >>> published = date(2026, 3, 4)
    >>> [read_day(text, published, words).isoformat()
    ...  for text in ("yesterday", "Monday", "next Monday", "March 9", "9 March 2025")]
    ['2026-03-03', '2026-03-02', '2026-03-09', '2026-03-09', '2025-03-09']
    >>> read_day("Monday", None, words) is None, read_day("March 2026", published, words) is None
    (True, True)
    """
    if len(surface) > MAX_CHARACTERS:
        return None
    text = " ".join(surface.lower().split())
    for filler in _FILLERS:
        if text not in words.days:
            text = text.removeprefix(filler)
    stated = _stated_day(text, published, words.months)
    if stated or published is None:
        return stated
    try:
        if text in words.days:
            return published + timedelta(words.days[text])
        return _weekday(text, published, words.weekdays)
    except OverflowError:
        return None


def _currency(surface: str, tokens: list[str], words: AmountWords) -> str | None:
    symbol = _SYMBOL.search(surface)
    if symbol:
        known = words.currencies
        return known.get(symbol[0]) or known.get(symbol[0][-1])
    pairs = [f"{first} {second}" for first, second in pairwise(tokens)]
    named = [words.currencies[name] for name in (*pairs, *tokens) if name in words.currencies]
    return named[0] if named else None


def _stated_day(text: str, published: date | None, months: Mapping[str, int]) -> date | None:
    """A day that is written with its number."""
    iso = _ISO_DAY.fullmatch(text)
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    for pattern, day_group, month_group in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        found = pattern.fullmatch(text)
        if found and found[month_group] in months:
            month, day = months[found[month_group]], int(found[day_group])
            if found[3]:
                return _day(int(found[3]), month, day)
            return _nearest(month, day, published) if published else None
    return None


def _nearest(month: int, day: int, published: date) -> date | None:
    years = (published.year - 1, published.year, published.year + 1)
    days = [found for year in years if (found := _day(year, month, day))]
    return min(days, key=lambda found: abs(found - published), default=None)


def _weekday(text: str, published: date, weekdays: Mapping[str, int]) -> date | None:
    which, _, name = text.rpartition(" ")
    if name not in weekdays or which not in ("", "last", "next"):
        return None
    ahead = (weekdays[name] - published.weekday()) % 7
    if which == "next":
        return published + timedelta(ahead or 7)
    behind = (published.weekday() - weekdays[name]) % 7
    return published - timedelta(behind or (7 if which == "last" else 0))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
