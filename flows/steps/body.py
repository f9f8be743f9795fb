"""Where the story is: rules over the row of units that choose the ones of the body."""

import re
from collections.abc import Sequence

from flows.steps.lines import Unit
from flows.steps.widgets import Clue

PARAGRAPH_WORDS = 10
"""A unit of this many words that ends a sentence is a paragraph (the best single rule)."""
PARAGRAPH_WEIGHT_CAP = 60
"""Words that one paragraph may add: a long cookie notice must not outweigh a story."""

MENU_WEIGHT = -5.0
"""What a short line takes away."""

_NO_FULL_STOPS = re.compile(r"[\u0e00-\u0eff]")
"""Thai and Lao print no full stops; their paragraphs are told by length."""


def is_paragraph(unit: Unit) -> bool:
    """Prose: ten words and a sentence end, or several sentences of which the last is cut."""
    if unit.words < PARAGRAPH_WORDS:
        return False
    if _NO_FULL_STOPS.search(unit.text):
        return unit.words >= 2 * PARAGRAPH_WORDS
    return unit.is_closed or unit.sentences >= 2 or (unit.words >= 25 and unit.sentences >= 1)


def choose_span(units: Sequence[Unit], clues: Sequence[Clue | None]) -> tuple[int, int] | None:
    """The stretch of units with the most prose in it, as `(first, after_last)`.

    Prose adds its words; lines of menus, teasers and widgets take away. None where no stretch
    has more prose than clutter.
    """
    best, span = 0.0, None
    total, start = 0.0, 0
    for index, (unit, clue) in enumerate(zip(units, clues, strict=True)):
        if total <= 0:
            total, start = 0.0, index
        is_menu = clue is None and unit.words < PARAGRAPH_WORDS and not unit.has_gap
        total += MENU_WEIGHT if is_menu else weigh(unit, clue)
        if total > best:
            best, span = total, (start, index + 1)
    return span


def weigh(unit: Unit, clue: Clue | None) -> float:
    """What a unit says for (positive) or against (negative) being inside the story.

    The figures were chosen on whole pages, article regions and text nodes of 226 pages.
    """
    if clue is not None:
        return CLUE_WEIGHTS.get((clue.role, clue.is_whole), -4.0)
    if is_paragraph(unit):
        return float(min(unit.words, PARAGRAPH_WEIGHT_CAP))
    if unit.words >= PARAGRAPH_WORDS:
        return -8.0
    return -2.0 if unit.has_gap and (unit.is_closed or unit.is_bulleted) else MENU_WEIGHT


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
