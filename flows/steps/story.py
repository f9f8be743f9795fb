"""Roles of lines where the net has judged them: what it keeps is the story, rules name the rest."""

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from flows.steps.around import (
    MAX_TITLE_WORDS,
    Reading,
    is_clean,
    is_heading,
    label_body,
    label_outside,
    match_title,
)
from flows.steps.bylines import find_names, read_byline
from flows.steps.dates import find_date, find_distance, is_date_line
from flows.steps.lexicon import StructureLexicon, phrase_key
from flows.steps.line_features import Numbers
from flows.steps.line_net import LineScores
from flows.steps.lines import Unit
from flows.steps.record import Hints, Moment
from flows.steps.roles import Finds, Label, is_credit, label_front, read_number
from flows.steps.widgets import Clue

_STEP = re.compile(r"\s*[/>»›→|•]\s*")
_SITE_FOLLOWS = re.compile(r"\s[|\-–—•·»]\s")

KEEP = 0.5
"""A line of this probability is story."""
LEAST_LETTERS, LETTERS_READ = 3, 40
"""A story has so many letters at least; of each line so many characters are looked at."""
BARE_SHARE = 0.75
"""A text without widgets of which the net keeps this share of the words is a bare story."""
SURE = 0.9
"""A short widget line that stands among others needs this probability to be story."""
TITLE, DATE = 0.1, 0.03
"""Least probability of the line that shows a field."""
SHORT_TITLE, RIVAL = 0.3, 0.45
"""What a headline of one or two words is worth, and the share of its probability that makes the
line above a rival."""
TITLE_REACH, MIN_TITLE_CHARS = 6, 12
"""So many lines away stands a headline of at least so many characters without its site."""
SECTION_REACH, SUBTITLE_WORDS = 6, 6
"""A path stands so many lines above the headline; a standfirst below it has so many words."""
UNNAMED = ("above_story", "short_line_above_story")
"""What labels lines above the story whose wording says nothing."""
MAX_DATE_LINES = 6
"""So many of the likeliest lines are asked for a date."""
BYLINE, DATED_NAME, BARE_NAME = 0.1, 0.15, 0.4
"""The same of a byline: one that begins "By", one that is names and a date, and one that is only
names."""
LEAST_BEFORE_BIO = 4
"""Below so many lines of a story its last may tell of the author."""
MAX_BYLINES, BYLINE_REACH, MAX_BYLINE_WORDS = 6, 3, 20
"""So many lines may name authors, so far from the likeliest one."""


def label_scored(
    reading: Reading, scores: LineScores, hints: Hints, finds: Finds
) -> list[Label] | None:
    """Choose the role of every unit by its scores. None where the net finds no story.

    Where the container states a title, no other is looked for.
    """
    kept = choose_kept(reading, scores)
    if not has_letters(reading.units, kept):
        return None
    units, title = reading.units, hints.title
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
    note_fields(reading, scores, kept, finds)
    labels = label_outside(reading, title_at, first, stop, finds)
    for index in range(first, stop):
        labels[index] = label_inside(reading, index, bool(kept[index]), finds)
    if title_at is not None:
        labels[title_at] = Label("title", "hinted_title" if title else "line_net")
    note_surroundings(reading, labels, title_at, first, hints, finds)
    note_probabilities(labels, scores)
    return [labels[index] for index in range(len(units))]


def choose_kept(reading: Reading, scores: LineScores) -> NDArray[np.bool_]:
    """Which units are story: the likely ones, but no widget lines that stand together.

    Lines of one grammar in a run are its widget whatever the net says. In a bare
    story everything from the first likely line to the last paragraph is story, and to the end
    where no wording speaks against a line.
    """
    kept = scores.story >= KEEP
    if is_bare(reading, scores):
        prose = np.flatnonzero(reading.measures.is_paragraph)
        stop = len(kept) if is_clean(reading) or not len(prose) else int(prose[-1]) + 1
        kept[int(kept.argmax()) : stop] = True
    for index in np.flatnonzero(kept).tolist():
        clue = reading.clues[index]
        if clue is None or not reading.believed[index] or reading.measures.is_paragraph[index]:
            continue
        if clue.is_run or scores.story[index] < SURE:
            kept[index] = False
    return kept


def has_letters(units: Sequence[Unit], kept: NDArray[np.bool_]) -> bool:
    """Whether the kept units have a word's letters: signs that nobody sees are no story."""
    letters = 0
    for index in np.flatnonzero(kept).tolist():
        letters += sum(map(str.isalpha, units[index].text[:LETTERS_READ]))
        if letters >= LEAST_LETTERS:
            return True
    return False


def is_bare(reading: Reading, scores: LineScores) -> bool:
    """Whether a text is little but a story: no widget, and most of its words likely story.

    A paragraph may talk like a widget; a line that is believed to be one may not be there.
    """
    for at, is_believed in enumerate(reading.believed):
        if is_believed and not reading.measures.is_paragraph[at]:
            return False
    words = reading.measures.words
    is_kept = scores.story >= KEEP
    return bool(is_kept.any()) and float(words[is_kept].sum()) >= BARE_SHARE * float(words.sum())


def cut_front_matter(reading: Reading, kept: NDArray[np.bool_]) -> None:
    """Take counters, bylines, dates and credits above the first paragraph out of the story."""
    for index in np.flatnonzero(kept).tolist():
        unit = reading.units[index]
        if reading.measures.is_paragraph[index]:
            return
        is_front = label_front(unit, reading.lexicon, Finds()) is not None
        if is_front or read_number(unit.text) is not None:
            kept[index] = False


def choose_title(reading: Reading, scores: LineScores, kept: NDArray[np.bool_]) -> int | None:
    """The line that the net takes for the headline; where it sees none, the first line.

    A short text begins with its headline, if it has one: a line without a sentence end, right
    above the story.
    """
    units = reading.units
    words = reading.measures.words
    is_long_enough = (words >= 3) & (words <= MAX_TITLE_WORDS)
    likely = np.where(is_long_enough, scores.title, scores.title * SHORT_TITLE)
    at = int(likely.argmax())
    if likely[at] >= TITLE:
        return _without_surroundings(units, _first_of_rivals(units, scores.title, at))
    is_above = int(kept.argmax()) <= 1 and len(units) > 1 and reading.measures.is_paragraph[1]
    if is_above and not units[0].is_closed and is_heading(units[0]):
        return 0
    return None


def _first_of_rivals(units: Sequence[Unit], title: Numbers, at: int) -> int:
    """Of two lines that both look like the headline, the second is the standfirst."""
    for rival in (at - 2, at - 1):
        if rival >= 0 and units[rival].words >= 3 and title[rival] >= RIVAL * title[at]:
            return rival
    return at


def _without_surroundings(units: Sequence[Unit], at: int) -> int:
    """The line that has the headline alone, where the chosen one adds a path or the site.

    "Home > Culture > Bridge wins the vote" and "Bridge wins the vote | The Courier" stand for
    a line "Bridge wins the vote" near them.
    """
    text = units[at].text
    for other in range(max(0, at - TITLE_REACH), min(len(units), at + TITLE_REACH + 1)):
        shorter = units[other].text
        if not MIN_TITLE_CHARS <= len(shorter) < len(text):
            continue
        is_cut_off = text.startswith(shorter) and _SITE_FOLLOWS.match(text, len(shorter))
        if is_cut_off or text.endswith(shorter):
            return other
    return at


def note_fields(
    reading: Reading, scores: LineScores, kept: NDArray[np.bool_], finds: Finds
) -> None:
    """Read authors and date from the lines that the net takes for byline and date."""
    note_authors(reading, scores, kept, finds)
    for index in np.argsort(-scores.date)[:MAX_DATE_LINES].tolist():
        if scores.date[index] < DATE or finds.published is not None:
            break
        found = find_date(reading.units[index].text, reading.lexicon)
        if found is not None:
            finds.published = Moment(found.at, found.precision, "printed_line", found.utc_offset)


def note_authors(
    reading: Reading, scores: LineScores, kept: NDArray[np.bool_], finds: Finds
) -> None:
    """Read the names in the lines that look like bylines: the likeliest, and those beside it.

    A line that begins "By" needs little of the net's trust, a bare name much. Credits of
    pictures name photographers, and the story names those it is about.
    """
    best = None
    for index in np.argsort(-scores.byline)[:MAX_BYLINES].tolist():
        trust = float(scores.byline[index])
        if trust < BYLINE or (best is not None and abs(index - best) > BYLINE_REACH):
            continue
        names = _names_of_line(reading, kept, index, trust)
        if names:
            best = index if best is None else best
            finds.byline_raw = finds.byline_raw or reading.units[index].text
            finds.authors = tuple(dict.fromkeys((*finds.authors, *names)))


def _names_of_line(
    reading: Reading, kept: NDArray[np.bool_], index: int, trust: float
) -> tuple[str, ...]:
    unit, lexicon = reading.units[index], reading.lexicon
    opened = read_byline(unit.text, lexicon)
    if opened:
        return opened
    is_dated = trust >= DATED_NAME and is_date_line(unit.text, lexicon)
    if not (is_dated or trust >= BARE_NAME) or unit.words > MAX_BYLINE_WORDS:
        return ()
    if _is_of_others(unit, reading.clues[index], lexicon):
        return ()
    names = find_names(unit.text, lexicon)
    return tuple(name for name in names if not _is_told_of(reading, kept, name))


def _is_of_others(unit: Unit, clue: Clue | None, lexicon: StructureLexicon) -> bool:
    """Whether the names of a line are not of authors: of owners, photographers, translators."""
    # a colon announces what follows: "Follow Daily Mirror:"
    if clue is not None or "©" in unit.text or unit.text[-1] == ":":
        return True
    is_by_others = not lexicon.other_makers.isdisjoint(phrase_key(unit.text).split())
    return is_by_others or is_credit(unit, lexicon)


def _is_told_of(reading: Reading, kept: NDArray[np.bool_], name: str) -> bool:
    """Whether the story itself names the person, before a last line that is about the author."""
    story = np.flatnonzero(kept).tolist()
    told = story[:-1] if len(story) > LEAST_BEFORE_BIO else story
    return any(name in reading.units[index].text for index in told)


def note_surroundings(
    reading: Reading,
    labels: dict[int, Label],
    title_at: int | None,
    first: int,
    hints: Hints,
    finds: Finds,
) -> None:
    """Read what stands around the headline: section, standfirst, and a date told by distance."""
    if title_at is None:
        return
    units = reading.units
    for index in range(max(0, title_at - SECTION_REACH), title_at):
        finds.section = read_section(units[index].text, reading.lexicon) or finds.section
    below = title_at + 1
    is_named = below < first and labels[below].method not in UNNAMED
    if below < first and not is_named and units[below].words >= SUBTITLE_WORDS:
        labels[below] = Label("subtitle", "line_below_title")
        finds.subtitle = units[below].text
        finds.captions[:] = [text for text in finds.captions if text != units[below].text]
    if finds.published is None and hints.fetched_at is not None:
        note_distance(reading, labels, range(max(0, title_at - 3), first), hints.fetched_at, finds)


def note_distance(
    reading: Reading,
    labels: dict[int, Label],
    places: range,
    fetched_at: datetime,
    finds: Finds,
) -> None:
    """Keep the first time near the headline that is told by its distance from the fetch."""
    for index in places:
        if labels[index].role in ("title", "subtitle") or labels[index].is_kept:
            continue
        found = find_distance(reading.units[index].text, fetched_at, reading.lexicon)
        if found is None:
            continue
        moment = Moment(found.at, found.precision, "distance_from_fetch")
        if found.label == "modified":
            finds.modified = finds.modified or moment
        else:
            finds.published = finds.published or moment
        labels[index] = Label("date", "distance_from_fetch")


def read_section(text: str, lexicon: StructureLexicon) -> str | None:
    """The last step of a path that begins at the home page: "Home / Europe / Shipping"."""
    steps = [step.strip() for step in _STEP.split(text[:200]) if step.strip()]
    if len(steps) < 2 or phrase_key(steps[0]) not in lexicon.home_words:
        return None
    named = [step for step in steps[1:4] if len(step.split()) <= 4]
    return named[-1] if named else None


def label_inside(reading: Reading, index: int, is_kept: bool, finds: Finds) -> Label:
    """A line between the first and the last of the story."""
    unit, clue = reading.units[index], reading.clues[index]
    if is_kept:
        return label_body(unit, "line_net")
    label = label_front(unit, reading.lexicon, Finds())
    if label is None:
        label = Label(clue.role, clue.method) if clue is not None else Label("other", "line_net")
    if label.role == "caption":
        finds.captions.append(unit.text)
    return label


def body_confidence(reading: Reading, labels: Sequence[Label], scores: LineScores) -> float:
    """The share of words that the body is expected to have right: F1 under the net's own view."""
    words = reading.measures.words
    kept = np.array([label.is_kept for label in labels])
    likely = scores.story * words.astype(np.float64)
    total = float(words[kept].sum()) + float(likely.sum())
    return round(2 * float(likely[kept].sum()) / total, 4) if total else 0.0


def note_probabilities(labels: dict[int, Label], scores: LineScores) -> None:
    """Give every label the net's probability of it, to four places."""
    story, title = (np.round(part, 4).tolist() for part in (scores.story, scores.title))
    for index, label in labels.items():
        if label.role == "title":
            label.score = title[index]
        else:
            label.score = story[index] if label.is_kept else 1 - story[index]
