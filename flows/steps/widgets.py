"""Widget lines: comment forms, share bars, newsletter boxes, dialogs, teasers and menus."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from flows.steps import kernel
from flows.steps.letters import DIGIT, ODD, UNSPACED, Letters, hash_pairs
from flows.steps.lexicon import (
    MAX_OPENING_WORDS,
    PhraseHeads,
    StructureLexicon,
    WidgetForm,
    WidgetGrammar,
    phrase_key,
)
from flows.steps.lines import Unit

MAX_WIDGET_WORDS = 30
"""A longer line is prose and is asked for boilerplate terms instead."""
RUN_REACH = 3
"""Two widget lines at most this many units apart are a run."""

_NOTICE = 2
"""How the kernel marks a line that may be a notice."""
_QUOTES = frozenset('"“”„«»「『‟')


@dataclass(frozen=True, slots=True)
class Clue:
    """What a unit's wording says: the widget role, and how surely.

    `is_whole` tells that the whole line is a known phrase, `is_alone` that such a line is
    believed even where no other stands near. `method` names what says so.
    """

    role: str
    is_whole: bool
    is_alone: bool
    method: str = "widget_words"

    @property
    def is_run(self) -> bool:
        """Whether the line is one of a run of a widget's lines."""
        return self.method != "widget_words"


@dataclass(frozen=True, slots=True)
class Run:
    """Lines of one widget that stand together, and how many different phrases they are."""

    grammar: WidgetGrammar
    places: Sequence[int]
    variety: int


def find_clues(
    units: Sequence[Unit], lexicon: StructureLexicon, letters: Letters | None = None
) -> list[Clue | None]:
    """Judge the wording of every unit, and of runs of units. One entry a unit, in order.

    The lines of a widget that stand together are believed; where two widgets claim a line, the
    one with more of its phrases there has it. A line that opens with a quotation mark is
    somebody's words. `letters`, the units as arrays, spare looking at lines that are none.
    """
    seen: dict[str, tuple[str, Clue | None]] = {}
    clues: list[Clue | None] = [None] * len(units)
    hits: dict[WidgetGrammar, list[tuple[int, str]]] = {}
    suspects: Sequence[int] = range(len(units))
    notices: Container[int] = suspects
    if letters is not None:
        suspects, notices = find_suspects(letters, lexicon.heads)
    for index in suspects:
        text = units[index].text
        found = seen.get(text)
        if found is None:
            found = seen[text] = _judge(units[index], lexicon, index in notices)
        key, clues[index] = found
        if key in lexicon.grammars:
            for grammar in lexicon.grammars[key]:
                hits.setdefault(grammar, []).append((index, key))
    runs = [run for grammar, lines in hits.items() for run in find_runs(lines, grammar)]
    for run in sorted(runs, key=lambda run: run.variety):
        clue = Clue(run.grammar.role, True, True, f"widget_{run.grammar.name}")
        for index in run.places:
            clues[index] = clue
    return clues


def find_suspects(letters: Letters, heads: PhraseHeads) -> tuple[Sequence[int], Container[int]]:
    """Lines that begin as a widget phrase does or may be a notice, and those that may be one.

    All that can be a phrase or a notice are among them: where signs, numbers or scripts make
    words that phrases split otherwise, the line is. A notice has a boilerplate term.
    """
    hashes, counts = letters.hashes, letters.word_counts
    if not len(hashes):
        return range(len(counts)), range(len(counts))
    if kernel.KERNEL is not None and letters.buffer is not None:
        marks = np.empty(len(counts), np.uint8)
        kernel.KERNEL.find_suspects(*letters.address, _pointers(heads), marks.ctypes.data)
        return np.flatnonzero(marks).tolist(), set(np.flatnonzero(marks & _NOTICE).tolist())
    last = len(hashes) - 1
    first, second = (np.minimum(letters.words_before + place, last) for place in (0, 1))
    head = letters.bits[letters.word_starts[first]] | letters.bits[letters.word_starts[second]]
    is_mixed = letters.count(UNSPACED) + letters.count(ODD) > 0
    is_mixed[letters.lines_with_glued_numbers()] = True
    is_suspect = is_mixed | (head & DIGIT > 0)
    is_suspect |= (counts == 1) & heads.singles.may_have(hashes[first])
    pairs = hash_pairs(hashes[first], hashes[second])
    is_suspect |= (counts > 1) & (
        heads.openers.may_have(hashes[first]) | heads.pairs.may_have(pairs)
    )
    is_term = heads.terms.may_have(hashes)
    begun = np.flatnonzero(heads.term_heads.may_have(hashes[:-1]))
    is_term[begun[heads.term_pairs.may_have(hash_pairs(hashes[begun], hashes[begun + 1]))]] = True
    is_mixed[letters.word_lines[is_term]] = True
    return np.flatnonzero(is_suspect | is_mixed).tolist(), set(np.flatnonzero(is_mixed).tolist())


@lru_cache(maxsize=4)
def _pointers(heads: PhraseHeads) -> kernel.Pointers:
    """The filters in the order in which the kernel wants them."""
    filters = (
        heads.singles, heads.openers, heads.pairs, heads.terms, heads.term_heads, heads.term_pairs,
    )  # fmt: skip
    return kernel.point_at(*(held.table for held in filters))


def find_runs(hits: Sequence[tuple[int, str]], grammar: WidgetGrammar) -> list[Run]:
    """Runs of a widget's lines: near each other, and enough different ones.

    `hits` are the places of its lines and their phrases, in order.
    """
    runs: list[Run] = []
    run: list[tuple[int, str]] = []
    for hit in [*hits, (hits[-1][0] + grammar.reach + 1, "")]:
        if run and hit[0] - run[-1][0] > grammar.reach:
            variety = len({phrase for _, phrase in run})
            if variety >= grammar.least:
                runs.append(Run(grammar, [index for index, _ in run], variety))
            run = []
        run.append(hit)
    return runs


def find_clue(unit: Unit, lexicon: StructureLexicon) -> Clue | None:
    """Judge one unit's wording on its own: a known line, a known opening, or boilerplate."""
    return _judge(unit, lexicon)[1]


def _judge(
    unit: Unit, lexicon: StructureLexicon, may_be_notice: bool = True
) -> tuple[str, Clue | None]:
    """A unit's phrase, and what its wording says: a known line or opening, or boilerplate."""
    if unit.text[:1] in _QUOTES:
        return "", None
    notice = find_notice(unit, lexicon) if may_be_notice else None
    if unit.words > MAX_WIDGET_WORDS or len(unit.text) > 300:
        return "", notice
    if not may_be_phrase(unit.text, lexicon):
        return "", notice
    key = phrase_key(unit.text)
    form = lexicon.lines.get(key)
    if form is not None:
        return key, _clue_of(form, True)
    form = _opening(key, unit, lexicon)
    if form is not None:
        return key, _clue_of(form, False)
    return key, notice


@lru_cache(maxsize=256)
def _clue_of(form: WidgetForm, is_whole: bool) -> Clue:
    """Clues are few, and lines with one are many."""
    return Clue(form.role, is_whole, form.is_alone)


def may_be_phrase(text: str, lexicon: StructureLexicon) -> bool:
    """Whether any phrase begins with the text's first word: most lines of a story end here."""
    first = text.split(" ", 1)[0]
    if not first.isalpha():
        return True
    # what casefold makes of a Turkish capital
    return first.casefold().replace("i\u0307", "i") in lexicon.first_words


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
    if key.split(" ", 1)[0] not in lexicon.opening_heads:
        return None
    words = key.split(" ", MAX_OPENING_WORDS)[:MAX_OPENING_WORDS]
    for count in range(len(words), 0, -1):
        form = lexicon.openings.get(" ".join(words[:count]))
        if form is not None and (count > 1 or ":" in unit.text[:24] or unit.text[0] in "©("):
            return form
    return None
