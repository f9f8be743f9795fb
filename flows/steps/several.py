"""Whether a plain text holds two articles: the story goes on below a second headline."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from flows.steps.around import Reading
from flows.steps.bylines import read_byline
from flows.steps.lines import Unit
from flows.steps.roles import Label
from flows.steps.story import BARE_SHARE

STORY_WORDS = 60
"""Words of the body that must stand before the second headline, and below it."""
HEADLINE_WORDS = range(4, 21)
HEADLINE_REACH = 5
"""A byline or a date stands at most this many lines below its headline; in a text without
clutter four."""
CUT_LINES, STORY_REACH = 9, 20
"""So many lines that are no story part two articles of a page, and the second begins so near."""


def has_several_articles(reading: Reading, labels: Sequence[Label]) -> bool:
    """Tell whether the body is of two articles; both stay in it.

    Two signs are believed: a headline with a byline or date below it, in a stretch of cut lines
    that is longer than the box of a teaser; and in a text that is little but stories a headline
    with a byline. The figures were chosen on pages and on pairs of pages put together.
    """
    kept = np.array([label.is_kept for label in labels], np.bool_)
    words = reading.measures.words
    before = np.cumsum(words * kept)
    total = int(before[-1]) if len(before) else 0
    if total < 2 * STORY_WORDS:
        return False
    is_bare = total >= BARE_SHARE * int(words.sum())
    kept_at = np.flatnonzero(kept)
    within = np.flatnonzero((before >= STORY_WORDS) & (total - before >= STORY_WORDS))
    for index in within.tolist():
        label, unit = labels[index], reading.units[index]
        has_author = label.role == "byline" or (is_bare and _is_kept_byline(reading, unit, label))
        if not has_author and label.role != "date":
            continue
        headline = _headline_above(reading, labels, index)
        if headline is None:
            continue
        if is_bare and has_author and index - headline < HEADLINE_REACH:
            return True
        if not label.is_kept and _is_between_stories(kept_at, headline, index):
            return True
    return False


def _is_kept_byline(reading: Reading, unit: Unit, label: Label) -> bool:
    """Whether a line that was taken for a subhead opens as a byline does."""
    return label.role == "subhead" and bool(read_byline(unit.text, reading.lexicon))


def _headline_above(reading: Reading, labels: Sequence[Label], index: int) -> int | None:
    for at in range(index - 1, max(-1, index - HEADLINE_REACH - 1), -1):
        unit = reading.units[at]
        is_open = not unit.is_closed and unit.text[-1] not in ":,;"
        if is_open and unit.words in HEADLINE_WORDS and labels[at].role not in ("byline", "date"):
            return at
    return None


def _is_between_stories(kept_at: NDArray[np.intp], headline: int, index: int) -> bool:
    """Whether so many lines around a headline are cut that no teaser's box is so long."""
    above, below = np.searchsorted(kept_at, (headline, index))
    if above == 0 or below == len(kept_at) or kept_at[below] - index > STORY_REACH:
        return False
    return bool(kept_at[below] - kept_at[above - 1] > CUT_LINES)
