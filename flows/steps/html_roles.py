"""Roles of the lines of a rendered page, and the blocks that they become.

The story is chosen before; here every other line gets its name: by its element, by its words,
by the classes around it, by its place above or below the story.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from flows.steps.bylines import read_dateline
from flows.steps.dates import find_date
from flows.steps.lexicon import StructureLexicon, is_phrase, phrase_key
from flows.steps.lines import Line as PrintedLine
from flows.steps.lines import Unit, count_words, ends_sentence, measure
from flows.steps.markup import CHROME, HINT_BITS, PLACE_BITS
from flows.steps.metadata import Stated
from flows.steps.record import Block, Moment
from flows.steps.render import Line, Sheet
from flows.steps.roles import Finds, Label, label_front, read_counter, take_bare_counters
from flows.steps.widgets import find_clue

FRONT_LINES = 30
"""Date, byline and counters stand at most this many lines above the story."""
SUBHEAD_WORDS = 25
MAX_CAPTION_WORDS = 80

MAX_DATE_CHARS = 200
"""A longer line with a date in it is prose."""

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_CAPTION_CLASS = re.compile(r"caption|legend|bildunterschrift|bildtext|credit", re.IGNORECASE)
_STANDFIRST_CLASS = re.compile(
    r"sub-?title|sub-?head|standfirst|\bdeck?\b|chapeau|\bdek\b|entry-summary|article-summary",
    re.IGNORECASE,
)
_ONE_BLOCK = frozenset({"navigation", "legal", "share_ui", "related", "comment", "other"})
"""Roles of which lines one after the other, cut for one reason, are one block."""
_BY_PLACE = tuple(
    (PLACE_BITS[place], Label(role, f"{place}_element"))
    for place, role in (("nav", "navigation"), ("footer", "legal"), ("button", "other"))
)
"""What stands in menus and controls."""
_BY_HINT = (
    ("comment", "comment"),
    ("related", "related"),
    ("share", "share_ui"),
    ("menu", "navigation"),
    ("footer", "legal"),
)
"""Roles that the classes of the nearest elements tell, the surer first."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rendered text, the blocks that tile it, and the fields met on the way."""

    text: str
    blocks: tuple[Block, ...]
    finds: Finds
    subtitle: str | None
    dateline: tuple[str | None, str | None] | None


def build_ledger(
    lines: Sequence[Line],
    sheet: Sheet,
    kept: frozenset[int],
    rated: Mapping[int, float],
    method: str,
    title: str | None,
    stated: Stated,
    lexicon: StructureLexicon,
) -> Ledger:
    """Give every line its role and make blocks of them; the blocks tile the text."""
    text, starts = lay_out(lines)
    finds = Finds(title=title)
    first = min(kept, default=len(lines))
    title_at = find_headline(lines, title, first)
    standfirst = find_standfirst(lines, kept, title_at, stated)
    body = kept - {title_at, standfirst}
    labels = label_lines(lines, body, title_at, lexicon, finds)
    for index in body:
        labels[index] = label_body(lines[index], f"kept_by_{method}")
    if title_at is not None:
        labels[title_at] = Label("title", "headline_element")
    if standfirst is not None:
        labels[standfirst] = Label("subtitle", "standfirst_element")
    ordered = [labels[index] for index in range(len(lines))]
    blocks, dateline = build_blocks(text, starts, lines, sheet, ordered, rated, lexicon)
    if stated.published is None and finds.published is None:
        finds.published = find_printed_date(lines, body, lexicon)
    subtitle = lines[standfirst].text if standfirst is not None else None
    return Ledger(text, blocks, finds, subtitle, dateline)


def lay_out(lines: Sequence[Line]) -> tuple[str, list[int]]:
    """Print lines as a text, with a blank line where the page leaves a gap; where each begins."""
    pieces: list[str] = []
    starts: list[int] = []
    position = 0
    for line in lines:
        if pieces:
            gap = "\n\n" if line.has_gap else "\n"
            pieces.append(gap)
            position += len(gap)
        starts.append(position)
        pieces.append(line.text)
        position += len(line.text)
    return "".join(pieces), starts


def find_headline(lines: Sequence[Line], title: str | None, first: int) -> int | None:
    """The line that shows the headline: equal to the stated title, else an h1, near the story."""
    wanted = phrase_key(title or "")
    least, limit = len(wanted) // 2, 2 * len(title or "") + 40
    reach = range(min(len(lines), first + 4))
    equal = [
        at
        for at in reach
        if wanted and least <= len(lines[at].text) <= limit and is_phrase(lines[at].text, wanted)
    ]
    heads = [at for at in reach if lines[at].tag == "h1" and not lines[at].is_chrome]
    for places in (equal, heads):
        above = [at for at in places if at <= first]
        if above:
            return above[-1]
    return next(iter(equal), None)


def find_standfirst(
    lines: Sequence[Line], kept: frozenset[int], title_at: int | None, stated: Stated
) -> int | None:
    """The standfirst between headline and story: a heading or a class says so.

    A summary in an unmarked paragraph stays in the story: it may be its first paragraph.
    """
    first = min((at for at in kept if at != title_at), default=None)
    if first is None:
        return None
    start = title_at + 1 if title_at is not None else max(0, first - 3)
    description = phrase_key(stated.description or "")
    for at in range(start, min(first + 1, start + FRONT_LINES)):
        line = lines[at]
        words = count_words(line.text)
        if line.is_chrome or not 3 <= words <= 80:
            continue
        if line.tag in _HEADINGS - {"h1"} and words >= 5:
            named = _STANDFIRST_CLASS.search(line.frame.path[1])
            if named or (description and phrase_key(line.text)[:60] == description[:60]):
                return at
        elif _STANDFIRST_CLASS.search(line.frame.path[1]) and at < max(kept):
            return at
    return None


def find_printed_date(
    lines: Sequence[Line], kept: frozenset[int], lexicon: StructureLexicon
) -> Moment | None:
    """The date that a page prints nearest to its story, above it rather than below.

    A line counts that says it is of publication, or that is short; one that says it is of a
    change does not.
    """
    first, last = min(kept, default=0), max(kept, default=len(lines))
    best: tuple[float, Moment] | None = None
    for index in range(max(0, first - FRONT_LINES), min(len(lines), last + FRONT_LINES)):
        text = lines[index].text
        if len(text) > MAX_DATE_CHARS or not any(map(str.isdigit, text)):
            continue
        spaces = text.count(" ")
        if first <= index <= last and spaces > 8:
            continue
        found = find_date(text, lexicon)
        if found is None or found.label == "modified":
            continue
        away = first - index if index < first else 1.5 * (index - last) if index > last else 3.0
        away += 10 * (spaces > 12) + 20 * lines[index].is_chrome - 10 * (found.label is not None)
        if best is None or away < best[0]:
            best = away, Moment(found.at, found.precision, "printed_line")
    return best[1] if best else None


def label_lines(
    lines: Sequence[Line],
    body: frozenset[int],
    title_at: int | None,
    lexicon: StructureLexicon,
    finds: Finds,
) -> dict[int, Label]:
    """Name the lines that are not the story: above it, between headline and story, and below."""
    first = min(body, default=len(lines))
    last = max(body, default=len(lines))
    top = title_at + 1 if title_at is not None and title_at < first else first - FRONT_LINES
    front = range(max(0, top, first - FRONT_LINES), first)
    units = {index: measure_line(lines[index]) for index in front}
    labels = _label_front(lines, front, units, lexicon, finds)
    for index, line in enumerate(lines):
        if index in labels or index in body:
            continue
        label = _label_elsewhere(line, lexicon, finds, is_below=index > first)
        if label is None:
            is_above = index < first
            label = Label("navigation", "above_title") if is_above else _left_out(index, last)
        labels[index] = label
    _note_captions(lines, labels, first, last, finds)
    return labels


def _label_front(
    lines: Sequence[Line],
    front: range,
    units: Mapping[int, Unit],
    lexicon: StructureLexicon,
    finds: Finds,
) -> dict[int, Label]:
    """Name the lines between headline and story: counters, captions, date, byline."""
    every = [units.get(index) or _NO_UNIT for index in range(front.stop)]
    labels = take_bare_counters(every, list(front), finds)
    for index in front:
        line = lines[index]
        if index in labels or line.is_chrome:
            continue
        label = _caption(line) or label_front(units[index], lexicon, finds)
        clue = find_clue(units[index], lexicon) if label is None else None
        if clue is not None:
            label = Label(clue.role, "widget_words")
        labels[index] = label or _by_hint(line) or Label("other", "above_story")
    return labels


_NO_UNIT = Unit(0, 0, "", 0, False, False)


def _label_elsewhere(
    line: Line, lexicon: StructureLexicon, finds: Finds, is_below: bool
) -> Label | None:
    """Name a line by its element, its words or its classes; None where they say nothing."""
    if line.is_chrome:
        return _label_place(line.frame.places & CHROME)
    caption = _caption(line)
    if caption is not None:
        return caption
    if is_below and line.text.count(" ") < 4:
        counter = read_counter(line.text, lexicon)
        if counter is not None:
            finds.counts.setdefault(*counter)
            return Label("counter", "number_and_noun")
    is_in_comments = is_below and line.frame.hints & HINT_BITS["comment"]
    named = None if is_in_comments else _by_hint(line)
    if named is not None or not (is_below or line.text.count(" ") > 2):
        return named  # short lines above the headline are menus, whatever they say
    words = count_words(line.text)
    clue = find_clue(Unit(0, 0, line.text, words, False, line.has_gap), lexicon)
    if clue is not None:
        return Label(clue.role, "widget_words")
    return Label("comment", "class_around") if is_in_comments else None


@cache
def _label_place(places: int) -> Label:
    """The role of what stands in menus and controls; of several places the first names it."""
    return next(label for place, label in _BY_PLACE if places & place)


def _caption(line: Line) -> Label | None:
    if line.is_in("figcaption"):
        return Label("caption", "figcaption_element")
    _, named, _, around = line.frame.path
    if _names_caption(named, around) and line.text.count(" ") < MAX_CAPTION_WORDS:
        return Label("caption", "class_of_element")
    return None


@lru_cache(maxsize=16_384)
def _names_caption(named: str, around: str) -> bool:
    """Whether classes name a caption; asked of nearly every line, and sites repeat theirs."""
    return bool(_CAPTION_CLASS.search(f"{named} {around}"))


def _by_hint(line: Line) -> Label | None:
    return _label_hints(line.frame.own | line.frame.above | line.frame.beyond)


@lru_cache(maxsize=16_384)
def _label_hints(near: int) -> Label | None:
    for hint, role in _BY_HINT:
        if near & HINT_BITS[hint]:
            return Label(role, "class_of_element")
    return None


def _left_out(index: int, last: int) -> Label:
    return Label("other", "after_story" if index > last else "left_out_of_story")


def _note_captions(
    lines: Sequence[Line], labels: Mapping[int, Label], first: int, last: int, finds: Finds
) -> None:
    """Captions of the article, in page order: those beside the story, none of a side column."""
    aside = PLACE_BITS["aside"] | PLACE_BITS["nav"] | PLACE_BITS["footer"]
    reach = range(max(0, first - FRONT_LINES), min(len(lines), last + 4))
    finds.captions = [
        lines[index].text
        for index in reach
        if index in labels
        and labels[index].role == "caption"
        and not lines[index].frame.places & aside
        and not _by_hint(lines[index])
        and lines[index].text.count(" ") > 0
    ]


def label_body(line: Line, method: str) -> Label:
    """The body role of a line by its element, else by its shape."""
    if line.tag in _HEADINGS and count_words(line.text) <= SUBHEAD_WORDS:
        return Label("subhead", method, True)
    if line.is_in("blockquote"):
        return Label("quote", method, True)
    if line.tag == "li":
        return Label("list", method, True)
    if line.tag != "p" and not ends_sentence(line.text) and count_words(line.text) <= 12:
        return Label("subhead", method, True)
    return Label("paragraph", method, True)


def measure_line(line: Line) -> Unit:
    """A line as the rules for text know it."""
    return measure([PrintedLine(0, len(line.text), line.text, line.has_gap, 0)], 0, len(line.text))


def build_blocks(
    text: str,
    starts: Sequence[int],
    lines: Sequence[Line],
    sheet: Sheet,
    labels: Sequence[Label],
    rated: Mapping[int, float],
    lexicon: StructureLexicon,
) -> tuple[tuple[Block, ...], tuple[str | None, str | None] | None]:
    """Make blocks that tile the text: of a line, a list, a menu; a dateline is its own."""
    blocks: list[Block] = []
    dateline: tuple[str | None, str | None] | None = None
    is_first = True
    for first, stop in _runs(lines, sheet, labels):
        label, start = labels[first], starts[first]
        end = starts[stop] if stop < len(lines) else len(text)
        if label.role == "paragraph" and is_first:
            found = read_dateline(lines[first].text, lexicon)
            if found is not None and found.end < len(lines[first].text):
                cut = start + found.end
                dateline = (found.place, found.agency)
                blocks.append(Block("dateline", start, cut, "place_and_dash", False, None,
                                    lines[first].start, lines[first].end))  # fmt: skip
                start = cut
        is_first = is_first and not label.is_kept
        scores = [_score(labels[at], rated.get(at)) for at in range(first, stop)]
        known = [score for score in scores if score is not None]
        blocks.append(Block(label.role, start, end, label.method, label.is_kept,
                            min(known, default=None), lines[first].start,
                            lines[stop - 1].end))  # fmt: skip
    return tuple(blocks), dateline


def _runs(
    lines: Sequence[Line], sheet: Sheet, labels: Sequence[Label]
) -> Iterator[tuple[int, int]]:
    """Stretches of lines that are one block: items of one list, lines cut for one reason.

    A block of several lines is as likely as its least likely line.
    """
    first = 0
    for at in range(1, len(lines) + 1):
        if at == len(lines) or not _goes_on(lines, sheet, labels, at):
            yield first, at
            first = at


def _goes_on(lines: Sequence[Line], sheet: Sheet, labels: Sequence[Label], at: int) -> bool:
    before, label = labels[at - 1], labels[at]
    if before.role != label.role or before.method != label.method:
        return False
    if label.is_kept:
        parents = (sheet.parents[lines[near].frame.container] for near in (at - 1, at))
        return label.role == "list" and len(set(parents)) == 1
    return label.role in _ONE_BLOCK


def _score(label: Label, rate: float | None) -> float | None:
    """The net's probability that a line is kept, or that it is none of the story."""
    if rate is None:
        return None
    if label.is_kept:
        return rate
    return round(1 - rate, 4) if label.method in ("after_story", "left_out_of_story") else None
