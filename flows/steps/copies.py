"""Copies: how much two texts share, and whether what differs are facts.

Everything here depends on the words of the two texts alone, so that it can be asked once of a
pair and kept, whoever published them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flows.steps.fingerprints import (
    SHINGLE_WORDS,
    Hashes,
    distinct,
    headline_numbers,
    normalised,
    numbers_of,
    shingle_hashes,
)

NEAR_JACCARD = 0.8
"""From here on two texts are the same but for a few words."""

LEAST_JACCARD, LEAST_CONTAINMENT = 0.3, 0.5
"""Below either, a pair is not kept: they share phrases, not a text."""

COPY_CONTAINMENT = 0.66
"""Share of the shorter text that a copy has from the other. Of judged Reuters pairs the
loosest re-issue shares 0.70 of its shingles; below lie reports of one event by two hands."""

EXCERPT_CONTAINMENT = 0.9
"""From here on the shorter text stands in the longer one, but for a joint or two."""

FORM_RATE, SHORT_FORM_RATE, FORM_NUMBERS = 1.0, 1.5, 2
"""Numbers replaced per 100 words of the shorter text, and at least so many, that make a form
filled anew; a single one does in a text so short that it is 1.5 per 100. Among judged Reuters
pairs every form has two or more; re-issues and corrections have none or one in 70 words."""

LONGEST_REPLACEMENT = 12
"""Words of a replaced stretch, on its shorter side: a longer one is rewritten, not filled in."""


class Comparison(NamedTuple):
    """What two texts share. Containment is the share of the shorter one's shingles."""

    jaccard: float
    containment: float
    changed_numbers: int = 0
    is_template: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether the pair is worth remembering."""
        long_enough = self.jaccard >= LEAST_JACCARD or self.containment >= EXCERPT_CONTAINMENT
        return long_enough and self.containment >= LEAST_CONTAINMENT

    @property
    def is_copy(self) -> bool:
        """Whether one is made from the other. The same form with other facts is not."""
        return self.is_kept and self.containment >= COPY_CONTAINMENT and not self.is_template


@dataclass(frozen=True)
class Text:
    """A text ready to be compared."""

    words: list[str]
    hashes: Hashes
    headline: list[str]
    """Numbers of the headline, where the body is so short that they are facts of it."""

    @classmethod
    def of(cls, body: str, title: str | None = None) -> "Text":
        """Take a text apart."""
        text = normalised(body)
        return cls(text.split(), shingle_hashes(text), headline_numbers(title, text))

    @cached_property
    def shingles(self) -> Hashes:
        """Each shingle once, in ascending order."""
        return distinct(self.hashes)


class _Gap(NamedTuple):
    """Words of one text between two shingles that both texts have; None at the text's ends."""

    before: int | None
    after: int | None
    words: list[str]


def compare(one: Text, other: Text) -> Comparison:
    """Compare two texts by their sets of 5-word shingles, exactly.

    >>> story = "Ferry fares on the northern line rise by 4 crowns in May, the operator said "
    >>> story += "on Monday, after two years in which they had not changed for anybody at all."
    >>> compare(Text.of(story), Text.of(story + " Islanders protested."))[:2]
    (0.9285714285714286, 1.0)
    >>> later = story.replace("4 crowns in May", "6 crowns in July")
    >>> compare(Text.of(story), Text.of(later)).is_template
    True
    >>> compare(Text.of(story, "Fares at 9"), Text.of(story, "Fares at 10")).is_template
    True
    """
    if not one.hashes.size or not other.hashes.size:
        return Comparison(0.0, 0.0)
    shared = one.shingles[_is_among(one.shingles, other.shingles)]
    sizes = one.shingles.size, other.shingles.size
    jaccard = shared.size / (sum(sizes) - shared.size)
    containment = shared.size / min(sizes)
    plain = Comparison(jaccard, containment)
    if not plain.is_kept:
        return plain
    changed = changed_numbers(one, other, shared) if jaccard < 1 else 0
    if one.headline and other.headline:
        changed += _replaced(one.headline, other.headline)
    shorter = min(len(one.words), len(other.words))
    return Comparison(jaccard, containment, changed, is_form(changed, shorter))


def is_form(changed: int, words: int) -> bool:
    """Whether so many replaced numbers in a text of so many words make it a form filled anew.

    >>> is_form(1, 40), is_form(1, 75), is_form(3, 200), is_form(3, 600)
    (True, False, True, False)
    """
    rate = 100 * changed / max(1, words)
    return rate >= SHORT_FORM_RATE or (changed >= FORM_NUMBERS and rate >= FORM_RATE)


def changed_numbers(one: Text, other: Text, shared: Hashes) -> int:
    """How many numbers stand in one text where the other has another number.

    Only words between the same two shingles, or after or before the same one, are set against
    each other, in one pass over each text. What was added or cut changes no number.
    """
    others = list(_gaps(other, shared))
    before = {gap.before: gap for gap in others}
    after = {gap.after: gap for gap in others}
    changed = 0
    for gap in _gaps(one, shared):
        place = before.get(gap.before) or after.get(gap.after)
        if place and min(len(gap.words), len(place.words)) <= LONGEST_REPLACEMENT:
            changed += _replaced(numbers_of(" ".join(gap.words)), numbers_of(" ".join(place.words)))
    return changed


def _replaced(numbers: list[str], others: list[str]) -> int:
    """Numbers that differ, place by place where there are as many on both sides.

    One where only one side has any. "2,000" and "2000", "9:40" and "0940" are the same.

    >>> _replaced(["5", "3"], ["5", "4"]), _replaced(["2", "000"], ["2000"]), _replaced(["9"], [])
    (1, 0, 1)
    """
    if "".join(numbers).lstrip("0") == "".join(others).lstrip("0"):
        return 0
    if not numbers or not others:
        return 1
    if len(numbers) == len(others):
        return sum(one != other for one, other in zip(numbers, others, strict=True))
    left, right = Counter(numbers), Counter(others)
    return max((left - right).total(), (right - left).total())


def _gaps(text: Text, shared: Hashes) -> Iterator[_Gap]:
    """The stretches of a text that no shared shingle covers, in order."""
    is_shared = _is_among(text.hashes, shared)
    is_covered = np.zeros(len(text.words), np.bool_)
    for place in range(min(SHINGLE_WORDS, len(text.words))):
        is_covered[place : place + is_shared.size] |= is_shared[: len(text.words) - place]
    edges = np.flatnonzero(np.diff(is_covered, prepend=True, append=True))
    for start, end in edges.reshape(-1, 2).tolist():
        yield _Gap(
            int(text.hashes[start - SHINGLE_WORDS]) if start else None,
            int(text.hashes[end]) if end < len(text.words) else None,
            text.words[start:end],
        )


def _is_among(hashes: Hashes, ordered: Hashes) -> npt.NDArray[np.bool_]:
    """Which of the hashes are among those in ascending order."""
    if not ordered.size:
        return np.zeros(hashes.size, np.bool_)
    places = np.minimum(np.searchsorted(ordered, hashes), ordered.size - 1)
    found: npt.NDArray[np.bool_] = ordered[places] == hashes
    return found
