"""Roles of short lines by their own wording: counters, captions and credits, dates, bylines."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from flows.steps.bylines import read_byline
from flows.steps.dates import find_date, is_date_line
from flows.steps.lexicon import StructureLexicon, phrase_key, word_key
from flows.steps.lines import Unit
from flows.steps.record import Moment

MAX_COUNTER = 10**12
MAX_CAPTION_WORDS = 40

_DIGIT = re.compile(r"\d")
_NUMBER = r"\d{1,3}(?:[.,\s]\d{3})+|\d+(?:[.,]\d+)?"
_BARE = re.compile(rf"({_NUMBER})\s?([kKmM])?")
_COUNT = re.compile(rf"({_NUMBER})\s?([kKmM]\b)?")
_SIGN = re.compile(r"[(\[|/©]")
_CREDIT = re.compile(r"[(\[|/©]\s?[^()\[\]]{2,60}[)\]]?$|(?:^|\s)[^\W\d_]+/[^\W\d_]+")


@dataclass(slots=True)
class Label:
    """The role of one unit, the rule or model that gave it and how surely, whether it is body."""

    role: str
    method: str
    is_kept: bool = False
    score: float | None = None


@dataclass(slots=True)
class Finds:
    """Fields met on the way: filled by the rules as they label units."""

    title: str | None = None
    subtitle: str | None = None
    section: str | None = None
    byline_raw: str | None = None
    authors: tuple[str, ...] = ()
    published: Moment | None = None
    modified: Moment | None = None
    captions: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def read_number(text: str) -> int | None:
    """Read a bare number line: "221", "1,234", "12.5k". None for any other line.

    >>> read_number("1,234"), read_number("12.5k"), read_number("10 000 k"), read_number("4 of 5")
    (1234, 12500, 10000000, None)
    """
    match = _BARE.fullmatch(text.strip()) if len(text) < 20 else None
    return _count_value(match) if match else None


def read_counter(text: str, lexicon: StructureLexicon) -> tuple[str, int] | None:
    """Read "12 Comments" or "Shares 56" as (what, how many). None for any other line."""
    match = _COUNT.search(text) if len(text) < 40 and _DIGIT.search(text) else None
    if match is None:
        return None
    noun = phrase_key(text[: match.start()] + " " + text[match.end() :])
    what = lexicon.counter_nouns.get(noun)
    value = _count_value(match)
    return (what, value) if what and value is not None else None


def label_front(unit: Unit, lexicon: StructureLexicon, finds: Finds) -> Label | None:
    """Label a line beside the headline by its wording: counter, date, byline, credit.

    None where the wording says nothing.
    """
    counter = read_counter(unit.text, lexicon)
    if counter is not None:
        finds.counts.setdefault(*counter)
        return Label("counter", "number_and_noun")
    authors = read_byline(unit.text, lexicon)
    if authors:
        note_date(unit.text, lexicon, finds)
        if not finds.authors:
            finds.byline_raw, finds.authors = unit.text, authors
        return Label("byline", "opener_and_names")
    if unit.words <= 20 and is_date_line(unit.text, lexicon):
        note_date(unit.text, lexicon, finds)
        return Label("date", "full_date")
    if is_credit(unit, lexicon):
        return Label("caption", "credit_words")
    return None


def note_date(text: str, lexicon: StructureLexicon, finds: Finds) -> None:
    """Keep the date of a line as published, or as modified where its words say so."""
    found = find_date(text, lexicon) if any(char.isdigit() for char in text) else None
    if found is None:
        return
    moment = Moment(found.at, found.precision, "printed_line", found.utc_offset)
    if found.label == "modified":
        finds.modified = finds.modified or moment
    elif finds.published is None or found.label == "published":
        finds.published = finds.published or moment


def is_credit(unit: Unit, lexicon: StructureLexicon) -> bool:
    """A caption by its words: it begins "Photo:" or ends with the credit of an agency."""
    if unit.words > MAX_CAPTION_WORDS or len(unit.text) > 400:
        return False
    first = word_key(unit.text.split(" ", 1)[0]).split(" ", 1)[0]
    if not first or first in lexicon.caption_heads:
        head, colon, _ = unit.text[:40].partition(":")
        if colon and phrase_key(head) in lexicon.caption_openings:
            return True
        if phrase_key(" ".join(unit.text.split(" ", 2)[:2])) in lexicon.caption_openings:
            return not unit.is_closed
    tail = unit.text[-70:]
    is_signed = unit.words <= 12 and not unit.is_closed
    if not is_signed and not (_SIGN.search(tail) and _CREDIT.search(tail)):
        return False
    words = phrase_key(tail).split()
    credits = lexicon.credit_words
    if not credits.isdisjoint(words):
        return True
    if lexicon.credit_heads.isdisjoint(words):
        return False
    return any(f"{one} {two}" in credits for one, two in itertools.pairwise(words))


def take_bare_counters(
    units: Sequence[Unit], indexes: Sequence[int], finds: Finds
) -> dict[int, Label]:
    """Bare numbers between headline and story: first the comments, then the views.

    That is the order of the page designs which print them without words.
    """
    labels = {}
    for what in ("comments", "views"):
        for index in indexes:
            number = read_number(units[index].text) if index not in labels else None
            if number is not None:
                finds.counts.setdefault(what, number)
                labels[index] = Label("counter", "bare_number_below_title")
                break
    return labels


def _count_value(match: re.Match[str]) -> int | None:
    digits, unit = "".join(match[1].split()), (match[2] or "").casefold()
    if unit:
        value = float(digits.replace(",", ".")) if digits.count(".") + digits.count(",") < 2 else 0
        return int(value * {"k": 1_000, "m": 1_000_000}[unit])
    value = int("".join(char for char in digits if char.isdigit())[:15] or 0)
    return value if value <= MAX_COUNTER else None
