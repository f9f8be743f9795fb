"""Roles of lines by rules alone: for texts that no net has judged."""

from collections.abc import Sequence

from flows.steps.around import (
    FRONT_UNITS,
    Reading,
    is_clean,
    is_heading,
    label_body,
    label_outside,
    match_title,
)
from flows.steps.body import choose_span, is_paragraph, keep_short
from flows.steps.lines import Unit
from flows.steps.record import Hints
from flows.steps.roles import Finds, Label, is_credit, label_front


def label_units(reading: Reading, hints: Hints, finds: Finds) -> list[Label]:
    """Choose the role of every unit: title, front matter, story, and what follows it."""
    units = reading.units
    title_at = match_title(units, hints.title)
    if hints.title and title_at is None and not any(reading.believed):
        return label_bare_story(reading, finds)
    first, stop = story_span(reading, title_at)
    if title_at is None and hints.title is None:
        title_at = find_title(reading, first)
        finds.title = units[title_at].text if title_at is not None else None
    elif title_at is not None:
        first = max(first, title_at + 1)
        stop = max(first, stop)
    labels = label_outside(reading, title_at, first, stop, finds)
    labels.update(label_story(reading, first, stop, finds))
    if title_at is not None:
        labels[title_at] = Label("title", "hinted_title" if hints.title else "heading_above_story")
    return [labels[index] for index in range(len(units))]


def label_bare_story(reading: Reading, finds: Finds) -> list[Label]:
    """A record whose container holds the headline and whose text is the story: all is body."""
    return [label_body(unit, "story_of_a_record") for unit in reading.units]


def story_span(reading: Reading, title_at: int | None) -> tuple[int, int]:
    """First unit of the story and the unit after its last; an empty span where there is none."""
    units, clues = reading.units, reading.clues
    span = choose_span(units, clues, reading.measures)
    if span is None:
        return _small_story(reading, title_at)
    first = _first_sentence(reading, _first_paragraph(units, span), title_at)
    return first, len(units) if is_clean(reading) else span[1]


def find_title(reading: Reading, first: int) -> int | None:
    """The headline above the story: the most heading-like of the lines before it.

    In a dump that starts with its headline that is the first line; below menus it is the
    nearest line of headline length.
    """
    units = reading.units
    candidates = [
        index
        for index in range(max(0, first - FRONT_UNITS), first)
        if is_heading(units[index])
        and reading.clues[index] is None
        and not _is_front(reading, index)
    ]
    if not candidates:
        return None
    if candidates[0] <= 2 and first <= 10:
        return candidates[0]
    counts: dict[str, int] = {}
    for unit in units:
        counts[unit.text] = counts.get(unit.text, 0) + 1
    return max(candidates, key=lambda index: _title_score(units[index], counts, first - index))


def label_story(reading: Reading, first: int, stop: int, finds: Finds) -> dict[int, Label]:
    """Label the lines of the story: body, or what stands between its paragraphs."""
    units, lexicon = reading.units, reading.lexicon
    labels: dict[int, Label] = {}
    for index in range(first, stop):
        unit, clue = units[index], reading.clues[index]
        if reading.believed[index] and clue is not None:
            labels[index] = Label(clue.role, clue.method)
        elif is_paragraph(unit):
            continue
        elif not unit.is_closed and is_credit(unit, lexicon):
            labels[index] = Label("caption", "credit_words")
            finds.captions.append(unit.text)
    indexes = [index for index in range(first, stop) if index not in labels]
    kept = set(indexes) if is_clean(reading) else keep_short(units, indexes)
    for index in indexes:
        if index in kept:
            labels[index] = label_body(units[index], "story_span")
        else:
            labels[index] = label_front(units[index], lexicon, Finds()) or _between(reading, index)
    return labels


def _first_paragraph(units: Sequence[Unit], span: tuple[int, int]) -> int:
    return next((at for at in range(*span) if is_paragraph(units[at])), span[0])


def _first_sentence(reading: Reading, first: int, title_at: int | None) -> int:
    """Short whole sentences right above the first paragraph belong to the story: its lead."""
    floor = title_at + 1 if title_at is not None else 1
    while first > floor and _is_lead(reading, first - 1):
        first -= 1
    return first


def _is_lead(reading: Reading, index: int) -> bool:
    unit = reading.units[index]
    is_sentence = unit.is_closed and unit.sentences > 0 and unit.words >= 3
    return is_sentence and reading.clues[index] is None and not _is_front(reading, index)


def _small_story(reading: Reading, title_at: int | None) -> tuple[int, int]:
    """A text without a paragraph: sentences below the title are the story, else nothing is."""
    after = title_at + 1 if title_at is not None else 1
    closed = [
        index
        for index in range(after, len(reading.units))
        if reading.clues[index] is None and reading.units[index].is_closed
    ]
    if not closed:
        return len(reading.units), len(reading.units)
    return closed[0], closed[-1] + 1


def _is_front(reading: Reading, index: int) -> bool:
    return label_front(reading.units[index], reading.lexicon, Finds()) is not None


def _title_score(unit: Unit, counts: dict[str, int], distance: int) -> float:
    """Headlines have five to twenty words, are repeated on the page, and stand near the story."""
    length = 3.0 if 5 <= unit.words <= 20 else 1.0 if unit.words >= 3 else -2.0
    shape = -1.0 if unit.is_closed and unit.text[-1:] == "." else 0.0
    repeated = 1.5 if counts[unit.text] > 1 and unit.words >= 4 else 0.0
    return length + shape + repeated + (0.5 if unit.has_gap else 0.0) - 0.08 * distance


def _between(reading: Reading, index: int) -> Label:
    clue = reading.clues[index]
    if clue is not None:
        return Label(clue.role, clue.method)
    return Label("other", "line_between_paragraphs")
