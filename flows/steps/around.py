"""What stands around a story: the lines above it, between headline and story, and below."""

from collections.abc import Sequence
from dataclasses import dataclass

from flows.steps.body import Measures, is_paragraph
from flows.steps.letters import Letters
from flows.steps.lexicon import StructureLexicon, is_phrase, phrase_key
from flows.steps.line_net import LineScores
from flows.steps.lines import Unit
from flows.steps.roles import Finds, Label, label_front, read_counter, take_bare_counters
from flows.steps.widgets import Clue

MAX_TITLE_WORDS = 32
CLEAN_SHARE = 0.4
"""A text without widgets whose words are to this share paragraphs is a story and nothing else."""
FRONT_UNITS = 30
"""A headline stands at most this many lines above the story."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text with what its lines say: the input of every rule."""

    text: str
    units: Sequence[Unit]
    clues: Sequence[Clue | None]
    believed: Sequence[bool]
    lexicon: StructureLexicon
    measures: Measures
    letters: Letters | None = None
    scores: LineScores | None = None


def label_outside(
    reading: Reading, title_at: int | None, first: int, stop: int, finds: Finds
) -> dict[int, Label]:
    """Label the lines before and after the story."""
    front_start = title_at + 1 if title_at is not None else max(0, first - FRONT_UNITS)
    labels = {index: label_above(reading, index) for index in range(min(front_start, first))}
    front = range(min(front_start, first), first)
    labels.update(label_front_matter(reading, list(front), finds))
    labels.update(label_tail(reading, stop, finds))
    return labels


def label_above(reading: Reading, index: int) -> Label:
    """A line above the headline: a widget by its words, else navigation."""
    clue = reading.clues[index]
    if clue is not None:
        return Label(clue.role, clue.method)
    return Label("navigation", "above_title")


def label_front_matter(reading: Reading, indexes: list[int], finds: Finds) -> dict[int, Label]:
    """Label the lines between headline and story: counters, date, byline, caption."""
    units, lexicon = reading.units, reading.lexicon
    labels = take_bare_counters(units, indexes, finds)
    for index in indexes:
        if index in labels:
            continue
        unit, clue = units[index], reading.clues[index]
        label = label_front(unit, lexicon, finds)
        if label is None and clue is not None:
            label = Label(clue.role, clue.method)
        if label is None:
            label = _caption_or_other(unit)
        labels[index] = label
        if label.role == "caption":
            finds.captions.append(unit.text)
    return labels


def label_tail(reading: Reading, stop: int, finds: Finds) -> dict[int, Label]:
    """Label the lines after the story: widgets by their words, then what those announce.

    Prose below a comment heading is comments, lines below a teaser heading are teasers.
    """
    labels: dict[int, Label] = {}
    announced = Label("other", "after_story")
    for index in range(stop, len(reading.units)):
        clue, unit = reading.clues[index], reading.units[index]
        counter = read_counter(unit.text, reading.lexicon) if unit.words <= 4 else None
        if counter is not None:
            finds.counts.setdefault(*counter)
        if clue is not None:
            labels[index] = Label(clue.role, clue.method)
            announced = _announced_by(clue, announced)
        elif counter is not None:
            labels[index] = Label("counter", "number_and_noun")
        elif reading.scores is None and finds.published is None and unit.words <= 12:
            labels[index] = label_front(unit, reading.lexicon, finds) or announced
        else:
            labels[index] = announced
    return labels


def label_body(unit: Unit, method: str) -> Label:
    """The body role of a unit by its shape: list item, paragraph or subhead."""
    if unit.is_bulleted and unit.words < 60:
        return Label("list", method, True)
    if is_paragraph(unit) or unit.is_closed or unit.words > 15:
        return Label("paragraph", method, True)
    return Label("subhead", method, True)


def is_clean(reading: Reading) -> bool:
    """No widget wording anywhere, and mostly paragraphs: nothing stands around the story."""
    if any(clue is not None for clue in reading.clues):
        return False
    words = reading.measures.words
    prose = int(words[reading.measures.is_paragraph].sum())
    return prose >= CLEAN_SHARE * int(words.sum())


def is_heading(unit: Unit) -> bool:
    """Heading-like: short, not a bare number, not ending as a sentence of prose does."""
    if unit.words > MAX_TITLE_WORDS or len(unit.text) > 300 or unit.is_bulleted:
        return False
    return unit.text.upper() != unit.text.lower() or unit.words > 3 or not unit.text.isascii()


def match_title(units: Sequence[Unit], title: str | None) -> int | None:
    """The line that prints the container's title; the last one above the story wins."""
    wanted = phrase_key(title) if title else ""
    if not wanted:
        return None
    limit = len(title or "") * 2 + 40
    for index, unit in enumerate(units):
        if len(unit.text) <= limit and is_phrase(unit.text, wanted):
            return index
    return None


def _caption_or_other(unit: Unit) -> Label:
    """A line above the story without a name of its own: without a sentence end, a caption."""
    if not unit.is_closed and 1 < unit.words <= 20:
        return Label("caption", "short_line_above_story")
    return Label("other", "above_story")


def _announced_by(clue: Clue, before: Label) -> Label:
    """What the lines below a widget line are."""
    if clue.role == "comment_ui" and clue.is_whole:
        return Label("comment", "below_comment_heading")
    if clue.role == "related":
        return Label("related", "below_teaser_heading")
    return before
