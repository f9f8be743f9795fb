"""Widget lines: comment forms, share bars, newsletter boxes, dialogs, teasers and menus."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from flows.steps.lexicon import MAX_OPENING_WORDS, StructureLexicon, WidgetForm, phrase_key
from flows.steps.lines import Unit

MAX_WIDGET_WORDS = 30
"""A longer line is prose and is asked for boilerplate terms instead."""
RUN_REACH = 3
"""Two widget lines at most this many units apart are a run."""


@dataclass(frozen=True, slots=True)
class Clue:
    """What a unit's wording says: the widget role, and how surely.

    `is_whole` tells that the whole line is a known phrase, `is_alone` that such a line is
    believed even where no other stands near.
    """

    role: str
    is_whole: bool
    is_alone: bool


def find_clues(units: Sequence[Unit], lexicon: StructureLexicon) -> list[Clue | None]:
    """Judge the wording of every unit on its own. One entry a unit, in order."""
    seen: dict[str, Clue | None] = {}
    clues = []
    for unit in units:
        if unit.text not in seen:
            seen[unit.text] = find_clue(unit, lexicon)
        clues.append(seen[unit.text])
    return clues


def find_clue(unit: Unit, lexicon: StructureLexicon) -> Clue | None:
    """Judge one unit's wording: a known line, a known opening, or boilerplate prose."""
    if unit.words > MAX_WIDGET_WORDS or len(unit.text) > 300:
        return find_notice(unit, lexicon)
    key = phrase_key(unit.text)
    form = lexicon.lines.get(key)
    if form is not None:
        return Clue(form.role, True, form.is_alone)
    form = _opening(key, unit, lexicon)
    if form is not None:
        return Clue(form.role, False, form.is_alone)
    return find_notice(unit, lexicon)


def find_notice(unit: Unit, lexicon: StructureLexicon) -> Clue | None:
    """A sentence of boilerplate: two terms of it, or one in a short line, and no quotation.

    Quotation marks make it reporting: a story about cookies quotes people.
    """
    head = unit.text[:1500].casefold()
    terms = {match.group() for match in lexicon.terms.finditer(head)}
    if not terms or any(mark in head for mark in '"“”„«»'):
        return None
    if len(terms) >= 3 or (len(terms) == 2 and unit.words <= 80):
        return Clue("legal", False, unit.words <= 60 and len(terms) >= 3)
    if unit.words <= 12:
        return Clue("subscribe_ui", False, False)
    return None


def believe_runs(clues: Sequence[Clue | None]) -> list[bool]:
    """Tell which clues are believed wherever they stand: in a run, or strong alone.

    One phrase inside a story proves nothing; two within reach of each other, of which one is
    a whole known line, are a widget.
    """
    believed = [clue is not None and clue.is_alone for clue in clues]
    hits = [(index, clue) for index, clue in enumerate(clues) if clue is not None]
    for (index, clue), (following, next_clue) in pairwise(hits):
        if following - index <= RUN_REACH and (clue.is_whole or next_clue.is_whole):
            believed[index] = believed[following] = True
    return believed


def _opening(key: str, unit: Unit, lexicon: StructureLexicon) -> WidgetForm | None:
    """The form whose first words the line begins with, the longest first."""
    words = key.split(" ", MAX_OPENING_WORDS)[:MAX_OPENING_WORDS]
    for count in range(len(words), 0, -1):
        form = lexicon.openings.get(" ".join(words[:count]))
        if form is not None and (count > 1 or ":" in unit.text[:24] or unit.text[0] in "©("):
            return form
    return None
