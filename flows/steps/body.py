"""Where the story is: rules over the row of units that choose the ones of the body."""

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flows.steps.lines import Unit
from flows.steps.widgets import Clue

PARAGRAPH_WORDS = 10
"""A unit of this many words that ends a sentence is a paragraph (the best single rule)."""
PARAGRAPH_WEIGHT_CAP = 60
"""Words that one paragraph may add: a long cookie notice must not outweigh a story."""

MENU_WEIGHT, LONE_WEIGHT, CUT_WEIGHT = -5.0, -2.0, -8.0
"""What a short line takes away, one that is a sentence or an item by itself, and a long one
without a sentence end."""
OTHER_CLUE_WEIGHT = -4.0
"""What a widget line takes away that `CLUE_WEIGHTS` does not name."""

_NO_FULL_STOPS = re.compile(r"[\u0e00-\u0eff]")
_THEIR_LEAD = b"\xe0"
"""Thai and Lao print no full stops; their paragraphs are told by length. Every letter of theirs
begins with this byte in UTF-8, which is looked for in less than half the time."""


class Measures(NamedTuple):
    """A row of units as arrays: length in words, and what each of them is."""

    words: NDArray[np.int64]
    is_closed: NDArray[np.bool_]
    has_gap: NDArray[np.bool_]
    is_paragraph: NDArray[np.bool_]


def is_paragraph(unit: Unit) -> bool:
    """Prose: ten words and a sentence end, or several sentences of which the last is cut."""
    if unit.words < PARAGRAPH_WORDS:
        return False
    if not unit.text.isascii() and _has_no_full_stops(unit.text):
        return unit.words >= 2 * PARAGRAPH_WORDS
    return unit.is_closed or unit.sentences >= (1 if unit.words >= 25 else 2)


def _has_no_full_stops(text: str) -> bool:
    if _THEIR_LEAD not in text.encode("utf-8", "replace"):
        return False
    return bool(_NO_FULL_STOPS.search(text))


def measure_units(units: Sequence[Unit]) -> Measures:
    """Words, ends, gaps and shapes of a row of units, as arrays."""
    if not units:
        return Measures(np.zeros(0, np.int64), *(np.zeros(0, np.bool_) for _ in range(3)))
    words = np.fromiter(map(itemgetter(3), units), np.int64, len(units))
    is_closed, has_gap = (
        np.fromiter(map(itemgetter(place), units), np.bool_, len(units)) for place in (4, 5)
    )
    is_prose = np.zeros(len(units), np.bool_)
    for index in np.flatnonzero(words >= PARAGRAPH_WORDS).tolist():
        is_prose[index] = is_paragraph(units[index])
    return Measures(words, is_closed, has_gap, is_prose)


def choose_span(
    units: Sequence[Unit], clues: Sequence[Clue | None], measures: Measures
) -> tuple[int, int] | None:
    """The stretch of units with the most prose in it, as `(first, after_last)`.

    Prose adds its words; lines of menus, teasers and widgets take away. None where no stretch
    has more prose than clutter.
    """
    if not units:
        return None
    total = np.zeros(len(units) + 1)
    np.cumsum(weigh(units, clues, measures), out=total[1:])
    lowest = np.minimum.accumulate(total[:-1])
    gained = total[1:] - lowest
    last = int(gained.argmax())
    if gained[last] <= 0:
        return None
    first = int(np.flatnonzero(total[: last + 1] == lowest[last])[-1])
    return first, last + 1


def weigh(
    units: Sequence[Unit], clues: Sequence[Clue | None], measures: Measures
) -> NDArray[np.float64]:
    """What each unit says for (positive) or against (negative) being inside the story.

    The figures were chosen on whole pages, article regions and text nodes of 226 pages.
    """
    words, is_closed, has_gap, is_prose = measures
    is_long = words >= PARAGRAPH_WORDS
    short = np.where(has_gap & is_closed, LONE_WEIGHT, MENU_WEIGHT)
    for index in np.flatnonzero(has_gap & ~is_closed & ~is_long).tolist():
        if units[index].is_bulleted:
            short[index] = LONE_WEIGHT
    weights = np.where(is_long, CUT_WEIGHT, short)
    weights = np.where(is_prose, np.minimum(words, PARAGRAPH_WEIGHT_CAP), weights)
    for index, clue in enumerate(clues):
        if clue is not None:
            weights[index] = CLUE_WEIGHTS.get((clue.role, clue.is_whole), OTHER_CLUE_WEIGHT)
    return weights


CLUE_WEIGHTS = {
    ("comment_ui", True): -60.0,
    ("comment_ui", False): -40.0,
    ("related", True): -25.0,
    ("related", False): -10.0,
    ("legal", True): -20.0,
    ("legal", False): -20.0,
    ("subscribe_ui", True): -8.0,
    ("share_ui", True): -6.0,
    ("advert", True): -2.0,
}
"""What a widget line takes away, by role and whether the whole line is a known phrase."""


def keep_short(units: Sequence[Unit], indexes: Sequence[int]) -> set[int]:
    """Choose which of the units inside the story are body; `indexes` are the candidates.

    Paragraphs and list items stay. A short sentence stays beside a paragraph. A line without
    an end stays as a subhead only between two paragraphs: elsewhere it is a teaser or a label.
    """
    kept = set()
    for place, index in enumerate(indexes):
        unit = units[index]
        before = place > 0 and is_paragraph(units[indexes[place - 1]])
        after = place + 1 < len(indexes) and is_paragraph(units[indexes[place + 1]])
        is_item = unit.is_bulleted and unit.has_gap
        is_subhead = before and after
        is_short_sentence = unit.is_closed and unit.sentences and (before or after)
        if is_paragraph(unit) or is_item or is_subhead or is_short_sentence:
            kept.add(index)
    return kept
