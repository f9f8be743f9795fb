"""Revisions: what changed between two versions of an article, paragraph by paragraph."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from flows.steps.fingerprints import normalised, numbers_of

LEAST_LIKENESS = 0.5
"""Share of words in common, of the words in both, that makes two paragraphs one, changed."""
MOST_LIKENESSES = 10_000
"""Pairs of removed and added paragraphs that are weighed; where there are more, the n-th is set
against the n-th."""


class Version(NamedTuple):
    """What a reader sees of one version. Paragraphs of `body` are parted by blank lines."""

    title: str | None
    subtitle: str | None
    body: str
    quotations: Sequence[str] = ()


class Change(NamedTuple):
    """One change: its kind of `schemas.revisions.CHANGES`, and the text before and after."""

    change: str
    before: str | None
    after: str | None

    @property
    def numbers_removed(self) -> list[str]:
        """Numbers that only the text before has."""
        return _only_in(self.before, self.after)

    @property
    def numbers_added(self) -> list[str]:
        """Numbers that only the text after has."""
        return _only_in(self.after, self.before)


def changes_between(before: Version, after: Version) -> list[Change]:
    r"""All changes: headline, subtitle, paragraphs in reading order, then quotations.

    A quotation counts as changed where its words differ; a paragraph, where its text does.

    >>> old = Version("Port shut", None, "The port is shut.\n\nTwo ships wait outside.")
    >>> new = Version("Port open", None, "The port is open again.\n\nTwo ships wait outside.")
    >>> [(one.change, one.after) for one in changes_between(old, new)]
    [('headline', 'Port open'), ('paragraph_changed', 'The port is open again.')]
    """
    heads = (
        Change("headline", before.title, after.title),
        Change("subtitle", before.subtitle, after.subtitle),
    )
    return [
        *(head for head in heads if head.before != head.after),
        *(
            one
            for one in paragraph_changes(before.body, after.body)
            if one.change != "paragraph_kept"
        ),
        *_quotation_changes(before.quotations, after.quotations),
    ]


def paragraph_changes(before: str, after: str) -> list[Change]:
    r"""Every paragraph of both, in reading order; an unchanged one is a `paragraph_kept`.

    >>> for one in paragraph_changes("A a.\n\nB b.\n\nC c.", "B b.\n\nA a.\n\nD d."):
    ...     print(*one)
    paragraph_kept A a. A a.
    paragraph_moved B b. B b.
    paragraph_removed C c. None
    paragraph_added None D d.
    """
    old, new = _paragraphs(before), _paragraphs(after)
    found: list[Change] = []
    for step, old_start, old_end, new_start, new_end in SequenceMatcher(
        None, old, new
    ).get_opcodes():
        if step == "equal":
            found += [Change("paragraph_kept", text, text) for text in old[old_start:old_end]]
        else:
            found += [Change("paragraph_removed", text, None) for text in old[old_start:old_end]]
            found += [Change("paragraph_added", None, text) for text in new[new_start:new_end]]
    return list(_joined(found))


def _joined(changes: list[Change]) -> Iterator[Change]:
    """Of a paragraph removed and its like added, one change, where the old one stood."""
    removed = [place for place, one in enumerate(changes) if one.change == "paragraph_removed"]
    added = [place for place, one in enumerate(changes) if one.change == "paragraph_added"]
    partners = {
        removed[old]: added[new]
        for old, new in _partners(
            [changes[place].before or "" for place in removed],
            [changes[place].after or "" for place in added],
        ).items()
    }
    taken = set(partners.values())
    for place, one in enumerate(changes):
        if place in partners:
            after = changes[partners[place]].after
            kind = "paragraph_moved" if one.before == after else "paragraph_changed"
            yield Change(kind, one.before, after)
        elif place not in taken:
            yield one


def _partners(old: list[str], new: list[str]) -> dict[int, int]:
    """Which old paragraph became which new one: the likest first, each at most once."""
    old_words = [Counter(normalised(text).split()) for text in old]
    new_words = [Counter(normalised(text).split()) for text in new]
    if len(old) * len(new) > MOST_LIKENESSES:
        pairs = [(place, place) for place in range(min(len(old), len(new)))]
    else:
        pairs = [(one, other) for one in range(len(old)) for other in range(len(new))]
    likest = sorted(
        (-_likeness(old_words[one], new_words[other]), one, other) for one, other in pairs
    )
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for likeness, one, other in likest:
        if -likeness >= LEAST_LIKENESS and one not in partners and other not in taken:
            partners[one] = other
            taken.add(other)
    return partners


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def _quotation_changes(before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    old, new = ({normalised(text): text for text in texts} for texts in (before, after))
    yield from (Change("quotation_removed", old[key], None) for key in old if key not in new)
    yield from (Change("quotation_added", None, new[key]) for key in new if key not in old)


def _paragraphs(body: str) -> list[str]:
    return [" ".join(part.split()) for part in body.split("\n\n") if part.strip()]


def _only_in(text: str | None, other: str | None) -> list[str]:
    """Numbers of a text that the other lacks, as often as it lacks them."""
    numbers, others = (Counter(numbers_of(normalised(one or ""))) for one in (text, other))
    return list((numbers - others).elements())
