"""Roles of lines where the net has judged them: what it keeps is the story, rules name the rest."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flows.steps.around import Reading, is_heading, label_body, label_outside, match_title
from flows.steps.body import is_paragraph
from flows.steps.bylines import find_names, read_byline
from flows.steps.dates import find_date
from flows.steps.line_net import LineScores
from flows.steps.record import Moment
from flows.steps.roles import Finds, Label, is_credit, label_front, read_number

KEEP = 0.5
"""A line of this probability is story."""
SURE = 0.9
"""A short widget line that stands among others needs this probability to be story."""
TITLE, DATE = 0.15, 0.15
"""Least probability of the line that shows a field."""
BYLINE, BARE_NAME = 0.05, 0.3
"""The same of a byline: one that begins "By", and one that is only names."""
MAX_BYLINES, BYLINE_REACH = 6, 3
"""So many lines may name authors, so far from the likeliest one."""


def label_scored(
    reading: Reading, scores: LineScores, title: str | None, finds: Finds
) -> list[Label] | None:
    """Choose the role of every unit by its scores. None where the net finds no story.

    `title` is the container's, if it has one: then no other is looked for.
    """
    kept = choose_kept(reading, scores)
    if not kept.any():
        return None
    units = reading.units
    title_at = match_title(units, title) if title else choose_title(reading, scores, kept)
    if title is None and title_at is not None:
        finds.title = units[title_at].text
    if title_at is not None:
        kept[title_at] = False
    cut_front_matter(reading, kept)
    story = np.flatnonzero(kept)
    if not len(story):
        return None
    first, stop = int(story[0]), int(story[-1]) + 1
    note_fields(reading, scores, finds)
    labels = label_outside(reading, title_at, first, stop, finds)
    for index in range(first, stop):
        labels[index] = label_inside(reading, index, bool(kept[index]), finds)
    if title_at is not None:
        labels[title_at] = Label("title", "hinted_title" if title else "line_net")
    for index, label in labels.items():
        label.score = _score_of(label, scores, index)
    return [labels[index] for index in range(len(units))]


def choose_kept(reading: Reading, scores: LineScores) -> NDArray[np.bool_]:
    """Which units are story: the likely ones, but no widget lines that stand together.

    Lines of one grammar in a run are its widget whatever the net says.
    """
    kept = scores.story >= KEEP
    for index in np.flatnonzero(kept).tolist():
        clue, unit = reading.clues[index], reading.units[index]
        if clue is None or not reading.believed[index] or is_paragraph(unit):
            continue
        if clue.is_run or scores.story[index] < SURE:
            kept[index] = False
    return kept


def cut_front_matter(reading: Reading, kept: NDArray[np.bool_]) -> None:
    """Take counters, bylines, dates and credits above the first paragraph out of the story."""
    for index in np.flatnonzero(kept).tolist():
        unit = reading.units[index]
        if is_paragraph(unit):
            return
        is_front = label_front(unit, reading.lexicon, Finds()) is not None
        if is_front or read_number(unit.text) is not None:
            kept[index] = False


def choose_title(reading: Reading, scores: LineScores, kept: NDArray[np.bool_]) -> int | None:
    """The line that the net takes for the headline; where it sees none, the first line.

    A short text begins with its headline, if it has one: a line without a sentence end, right
    above the story.
    """
    at = int(scores.title.argmax())
    if scores.title[at] >= TITLE:
        return at
    first = int(kept.argmax())
    candidate = reading.units[0]
    is_above = first <= 1 and len(reading.units) > 1 and is_paragraph(reading.units[1])
    if is_above and not candidate.is_closed and is_heading(candidate):
        return 0
    return None


def note_fields(reading: Reading, scores: LineScores, finds: Finds) -> None:
    """Read authors and date from the lines that the net takes for byline and date."""
    note_authors(reading, scores, finds)
    for index in np.argsort(-scores.date)[:3].tolist():
        if scores.date[index] < DATE or finds.published is not None:
            break
        found = find_date(reading.units[index].text, reading.lexicon)
        if found is not None:
            finds.published = Moment(found.at, found.precision, "printed_line")


def note_authors(reading: Reading, scores: LineScores, finds: Finds) -> None:
    """Read the names in the lines that look like bylines: the likeliest, and those beside it.

    A line that begins "By" needs little of the net's trust, a bare name much. Credits of
    pictures name photographers.
    """
    lexicon = reading.lexicon
    best = None
    for index in np.argsort(-scores.byline)[:MAX_BYLINES].tolist():
        unit, trust = reading.units[index], float(scores.byline[index])
        if trust < BYLINE or (best is not None and abs(index - best) > BYLINE_REACH):
            continue
        opened = read_byline(unit.text, lexicon)
        if not opened and (trust < BARE_NAME or is_credit(unit, lexicon)):
            continue
        names = opened or find_names(unit.text, lexicon)
        if names:
            best = index if best is None else best
            finds.byline_raw = finds.byline_raw or unit.text
            finds.authors = tuple(dict.fromkeys((*finds.authors, *names)))


def label_inside(reading: Reading, index: int, is_kept: bool, finds: Finds) -> Label:
    """A line between the first and the last of the story."""
    unit, clue = reading.units[index], reading.clues[index]
    if is_kept:
        return label_body(unit, "line_net")
    if not unit.is_closed and is_credit(unit, reading.lexicon):
        finds.captions.append(unit.text)
        return Label("caption", "credit_words")
    front = label_front(unit, reading.lexicon, Finds())
    if front is not None:
        return front
    return Label(clue.role, clue.method) if clue is not None else Label("other", "line_net")


def body_confidence(reading: Reading, labels: Sequence[Label], scores: LineScores) -> float:
    """The share of words that the body is expected to have right: F1 under the net's own view."""
    words = np.array([unit.words for unit in reading.units], float)
    kept = np.array([label.is_kept for label in labels], float)
    likely = scores.story * words
    total = float((kept * words).sum() + likely.sum())
    return round(2 * float((kept * likely).sum()) / total, 4) if total else 0.0


def _score_of(label: Label, scores: LineScores, index: int) -> float:
    if label.role == "title":
        return round(float(scores.title[index]), 4)
    story = float(scores.story[index])
    return round(story if label.is_kept else 1 - story, 4)
