"""What a line looks like, as numbers: the input of the net that tells story from clutter.

Everything is counted for all lines of a text at once, on one array of its code points; the
only Python per line is what the caller has done already.
"""

import ctypes
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.steps import kernel
from flows.steps.body import Measures, choose_span
from flows.steps.letters import (
    CLOSE,
    COLON,
    COMMA,
    DIGIT,
    LOWER,
    PIPE,
    QUOTE,
    STOP,
    SYMBOL,
    UNSPACED,
    UPPER,
    Hashes,
    HashFilter,
    Letters,
    compile_filter,
)
from flows.steps.lines import Unit
from flows.steps.widgets import Clue

Numbers = NDArray[np.float32]
Vector = NDArray[np.float64]

DENSE_WORDS, LONG_WORDS = 12, 30
"""A line of so many words that ends a sentence is dense, and so is a long one without an end."""

WORD_CLASSES = (
    "function", "share", "subscribe", "comment", "related", "legal", "caption", "author", "date",
    "year", "navigation",
)  # fmt: skip
HEAD_CLASSES = ("caption", "author", "date")
"""Classes that tell most where a line begins with one of their words: "Photo", "By", "Updated"."""
CLUE_ROLES = (
    "comment_ui", "related", "legal", "subscribe_ui", "share_ui", "navigation", "advert",
)  # fmt: skip
_CLUE_PLACES = {role: place for place, role in enumerate(CLUE_ROLES)}
FEATURES = (
    "words", "characters", "ends_sentence", "ends_ellipsis", "ends_colon", "commas", "sentences",
    "capitals", "short_words", "digits", "starts_lower", "starts_upper", "starts_digit",
    "starts_quote", "starts_symbol", "all_upper", "quotes", "pipes", "symbols", "word_length",
    *(f"words_{name}" for name in WORD_CLASSES), *(f"starts_{name}" for name in HEAD_CLASSES),
    "repeats", "gap_before", "gap_after", "shared", "shared_count", "echoed", "in_first_line",
    "dense_words",
    "in_span", "lines_before_span", "lines_after_span", "words_before_span", "words_after_span",
    "span_words", "place_in_span",
    "text_lines", "text_gaps", "text_closed", "text_upper", "text_unspaced", "text_median",
    "place", "dense_before", "dense_after", "dense_near", "dense_around",
    "since_comment", "since_related", "since_legal", "seen_comment", "seen_related",
    *(f"clue_{role}" for role in CLUE_ROLES), "clue_whole", "clue_believed", "in_ruled_span",
)  # fmt: skip
"""Columns of the matrix, in order. The net was trained on exactly these."""


@dataclass(frozen=True, slots=True, eq=False)
class WordTable:
    """Hashes of lower-case words, ascending, the place of each word's class, and their filter."""

    hashes: Hashes
    classes: NDArray[np.int64]
    filter: HashFilter


def make_word_table(hashes: Hashes, classes: NDArray[np.int64]) -> WordTable:
    """Make the table of words whose hashes are given in ascending order."""
    return WordTable(hashes, classes, compile_filter(hashes))


def describe_lines(
    letters: Letters,
    units: Sequence[Unit],
    clues: Sequence[Clue | None],
    believed: Sequence[bool],
    measures: Measures,
    words: WordTable,
) -> Numbers:
    """Describe every unit by `FEATURES`: one row a unit, in order. `letters` are its lines."""
    if kernel.KERNEL is not None and letters.buffer is not None:
        return _describe_compiled(letters, units, clues, believed, measures, words, kernel.KERNEL)
    count = letters.word_counts + 0.5 * letters.count(UNSPACED)
    is_closed = find_closed(letters)
    is_dense = ((count >= DENSE_WORDS) & is_closed) | (count >= LONG_WORDS)
    dense = count * is_dense
    span = np.where(is_dense, count, -(2 + 0.7 * count))
    classes = _class_words(letters.hashes, words)
    gaps = measures.has_gap
    figures = np.empty((len(FEATURES), len(units)), np.float32)
    groups = (
        _describe_shape(letters, count, is_closed),
        _describe_wording(letters, classes),
        _describe_surroundings(units, gaps),
        _describe_echoes(letters, classes, is_dense),
        np.log1p(dense)[None],
        _describe_span(span, count),
        _describe_text(letters, gaps, count, is_closed),
        _describe_place(count, dense),
        _describe_clues(units, clues, believed, measures),
    )
    at = 0
    for group in groups:
        figures[at : at + len(group)] = group
        at += len(group)
    return figures.T


def _describe_compiled(
    letters: Letters,
    units: Sequence[Unit],
    clues: Sequence[Clue | None],
    believed: Sequence[bool],
    measures: Measures,
    words: WordTable,
    library: ctypes.CDLL,
) -> Numbers:
    """Describe units as `describe_lines` does, in one pass."""
    size = len(units)
    roles, whole = bytearray(b"\xff") * size, bytearray(size)
    for index, clue in enumerate(clues):
        if clue is not None:
            roles[index] = _CLUE_PLACES.get(clue.role, -1) + 1
            whole[index] = clue.is_whole
    span = choose_span(units, clues, measures)
    repeats = _log_repeats(units)
    marks = kernel.LineMarks(
        measures.has_gap.ctypes.data, None if repeats is None else repeats.ctypes.data,
        bytes(roles), bytes(whole), bytes(believed), *(span or (0, 0)),
    )  # fmt: skip
    figures = np.empty((len(FEATURES), size), np.float32)
    table, told = _pointers(words), ctypes.byref(marks)
    if library.describe_lines(*letters.address, table, told, figures.ctypes.data) != 0:
        raise MemoryError(f"no memory to describe {size} lines")
    return figures.T


@lru_cache(maxsize=4)
def _pointers(words: WordTable) -> Any:
    """The table as the kernel wants it, with logarithms."""
    return ctypes.byref(kernel.WordTable(
        words.hashes.ctypes.data, words.classes.ctypes.data, len(words.hashes),
        words.filter.table.ctypes.data, _LOGS.ctypes.data, len(_LOGS),
    ))  # fmt: skip


_LOGS = np.log1p(np.arange(1 << 14) / 2)
"""Most logarithms that are taken are of whole numbers, or halves, below these."""


def find_closed(letters: Letters) -> NDArray[np.bool_]:
    """Which lines end as a sentence does, up to two closing marks aside."""
    bits, starts, ends = letters.bits, letters.starts, letters.ends
    last, second, third = (bits[np.maximum(ends - back, starts)] for back in (1, 2, 3))
    is_behind = (second & STOP) | ((second & CLOSE > 0) * (third & STOP))
    closed: NDArray[np.bool_] = ((last & STOP) | ((last & CLOSE > 0) * is_behind)) > 0
    return closed


def _class_words(hashes: Hashes, words: WordTable) -> NDArray[np.int64]:
    """The class of every word; the number of classes for a word of none."""
    classes = np.full(len(hashes), len(WORD_CLASSES))
    asked = np.flatnonzero(words.filter.may_have(hashes))
    places = np.minimum(np.searchsorted(words.hashes, hashes[asked]), len(words.hashes) - 1)
    is_known = words.hashes[places] == hashes[asked]
    classes[asked[is_known]] = words.classes[places[is_known]]
    return classes


_HEADS = np.array([LOWER, UPPER, DIGIT, QUOTE, SYMBOL | PIPE], np.uint16)[:, None]


def _describe_shape(letters: Letters, count: Vector, is_closed: NDArray[np.bool_]) -> Vector:
    """Length, case, punctuation and ends of lines."""
    bits, starts, ends, lines = letters.bits, letters.starts, letters.ends, letters.word_lines
    size, codes, last = len(starts), letters.codes, ends - 1
    chars, per_word = ends - starts, letters.word_counts + 1.0
    per_char = chars + 1.0
    first = bits[letters.word_starts]
    is_short = ((first & LOWER) > 0) & (letters.word_lengths <= 3)
    last_code, before = codes[last], codes[np.maximum(last - 1, starts)]
    shape = np.empty((20, size))
    np.log1p(count, out=shape[0])
    np.log1p(chars, out=shape[1])
    shape[2] = is_closed
    shape[3] = (last_code == 0x2026) | ((last_code == ord(".")) & (before == ord(".")))
    shape[4] = (bits[last] & COLON) > 0
    np.divide(letters.count(COMMA), per_word, out=shape[5])
    np.log1p(_count_stops(letters), out=shape[6])
    np.divide(np.bincount(lines[(first & UPPER) > 0], minlength=size), per_word, out=shape[7])
    np.divide(np.bincount(lines[is_short], minlength=size), per_word, out=shape[8])
    np.divide(letters.count(DIGIT), per_char, out=shape[9])
    shape[10:15] = (bits[starts] & _HEADS) > 0
    shape[15] = (letters.count(UPPER) > 1) & (letters.count(LOWER) == 0)
    np.divide(np.minimum(letters.count(QUOTE), 6), 6, out=shape[16])
    np.divide(np.minimum(letters.count(PIPE), 4), 4, out=shape[17])
    np.divide(letters.count(SYMBOL), per_char, out=shape[18])
    np.divide(np.minimum(chars / per_word, 15), 10, out=shape[19])
    return shape


def _count_stops(letters: Letters) -> NDArray[np.int64]:
    """Sentence ends of each line: stops before a space, and those of scripts without spaces."""
    codes = letters.codes
    stops = np.flatnonzero(letters.bits & STOP > 0)
    stops = stops[(codes[stops + 1] == ord(" ")) | (codes[stops] > 0x3000)]
    return np.diff(np.searchsorted(stops, letters.ends), prepend=0)


def _describe_wording(letters: Letters, classes: NDArray[np.int64]) -> Vector:
    """Words of the lists in each line, and lists that have the line's first word."""
    size, lines, kinds = len(letters.starts), letters.word_lines, len(WORD_CLASSES)
    known = np.flatnonzero(classes < kinds)
    of_class, at = classes[known], lines[known]
    table = np.bincount(of_class * size + at, minlength=size * kinds)
    wording = np.zeros((kinds + len(HEAD_CLASSES), size))
    counted, heads = wording[:kinds], wording[kinds:]
    counted[:] = table.reshape(kinds, size)
    per_word = letters.word_counts + 1.0
    np.minimum(counted[1:], 5, out=counted[1:])
    counted[1:] *= np.sqrt(per_word)
    counted /= per_word
    is_first = letters.word_starts[known] == letters.starts[at]
    for row, name in enumerate(HEAD_CLASSES):
        heads[row, at[is_first & (of_class == WORD_CLASSES.index(name))]] = 1
    return wording


def _describe_surroundings(units: Sequence[Unit], gaps: NDArray[np.bool_]) -> Vector:
    """How often the page has the line, and the gaps around it."""
    around = np.zeros((3, len(units)))
    repeats = _log_repeats(units)
    if repeats is not None:
        around[0] = repeats
    around[1] = gaps
    around[2, :-1] = gaps[1:]
    return around


def _log_repeats(units: Sequence[Unit]) -> Vector | None:
    """The logarithm of how often the page has each line; None where no line stands twice."""
    texts = [unit.text for unit in units]
    counts = Counter(texts)
    if len(counts) == len(texts):
        return None
    repeats: Vector = np.log(np.fromiter(map(counts.__getitem__, texts), float, len(texts)))
    return repeats


def _describe_echoes(
    letters: Letters, classes: NDArray[np.int64], is_dense: NDArray[np.bool_]
) -> Vector:
    """Of the long words of each line, the share that dense lines, other lines, or the first has."""
    size = len(is_dense)
    echoes = np.zeros((4, size))
    content = np.flatnonzero((classes != 0) & (letters.word_lengths >= 4))
    if not len(content):
        return echoes
    lines = letters.word_lines[content]
    names = _number(letters.hashes[content])
    kinds = int(names.max()) + 1
    inside = is_dense[lines]
    in_dense = np.bincount(names[inside], minlength=kinds)[names] - inside > 0
    elsewhere = np.bincount(names, minlength=kinds)[names] > 1
    in_first = np.bincount(names[: np.searchsorted(lines, 1)], minlength=kinds)[names] > 0
    per_line = np.bincount(lines, minlength=size) + 1.0
    hits = np.bincount(lines[in_dense], minlength=size)
    echoes[0] = hits / per_line
    echoes[1] = np.log1p(hits)
    echoes[2] = np.bincount(lines[elsewhere], minlength=size) / per_line
    echoes[3] = np.bincount(lines[in_first], minlength=size) / per_line
    return echoes


def _number(hashes: Hashes) -> NDArray[np.int64]:
    """Number hashes from zero on, equal ones alike, in two thirds of the time of `np.unique`."""
    order = hashes.argsort()
    ordered = hashes[order]
    numbers = np.zeros(len(hashes), np.int64)
    numbers[order[1:]] = np.cumsum(ordered[1:] != ordered[:-1])
    return numbers


def _describe_span(gain: Vector, count: Vector) -> Vector:
    """Where each line stands to the stretch of lines with the most prose in it."""
    total = _running(gain)
    lowest = np.minimum.accumulate(total[:-1])
    last = int((total[1:] - lowest).argmax())
    first = int(np.flatnonzero(total[: last + 1] == lowest[last])[-1])
    at, so_far = np.arange(len(gain)), _running(count)
    place = np.zeros((7, len(gain)))
    place[0, first : last + 1] = 1
    place[1, :first] = np.log1p(first - at[:first])
    place[2, last + 1 :] = np.log1p(at[last + 1 :] - last)
    place[3, :first] = np.log1p(so_far[first] - so_far[:first])
    place[4, last + 1 :] = np.log1p(so_far[last + 2 :] - so_far[last + 1])
    place[5] = np.log1p(so_far[last + 1] - so_far[first])
    np.clip((at - first) / (last - first + 1), -1, 2, out=place[6])
    return place


def _running(values: Vector) -> Vector:
    """Sums of all values before each place, and of all."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values, out=sums[1:])
    return sums


def _describe_text(
    letters: Letters, gaps: NDArray[np.bool_], count: Vector, is_closed: NDArray[np.bool_]
) -> Vector:
    """Rates of the whole text, the same for every line."""
    upper, lower, unspaced = (letters.count(kind).sum() for kind in (UPPER, LOWER, UNSPACED))
    rates = (
        math.log1p(len(count)),
        np.count_nonzero(gaps) / len(gaps),
        float((count * is_closed).sum() / (count.sum() + 1)),
        float(upper / (upper + lower + 1.0)),
        float(unspaced / len(letters.codes)),
        math.log1p(_median(count)),
    )
    return np.array(rates)[:, None]


def _median(values: Vector) -> float:
    """The median; numpy's own takes as long as all other rates together."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _describe_place(count: Vector, dense: Vector) -> Vector:
    """Where in the text a line stands, and how dense it is there."""
    at, size = np.arange(len(count)), len(count)
    words, prose = _running(count), _running(dense)
    place = np.empty((5, size))
    np.divide(at, size, out=place[0])
    np.divide(prose[:-1], prose[-1] + 1, out=place[1])
    np.divide(prose[-1] - prose[1:], prose[-1] + 1, out=place[2])
    for row, reach in ((3, 5), (4, 20)):
        first, stop = np.maximum(at - reach, 0), np.minimum(at + reach + 1, size)
        np.divide(prose[stop] - prose[first], words[stop] - words[first] + 1, out=place[row])
    return place


def _describe_clues(
    units: Sequence[Unit],
    clues: Sequence[Clue | None],
    believed: Sequence[bool],
    measures: Measures,
) -> Vector:
    """What the widget grammars say about a line, and how far the last widget of a kind is."""
    size, kinds = len(units), len(CLUE_ROLES)
    told = np.zeros((5 + kinds + 3, size))
    roles, whole, sure, ruled = told[5 : 5 + kinds], told[-3], told[-2], told[-1]
    for index, clue in enumerate(clues):
        if clue is not None:
            if clue.role in _CLUE_PLACES:  # counters have no column
                roles[_CLUE_PLACES[clue.role], index] = 1.0
            whole[index] = clue.is_whole
            sure[index] = believed[index]
    at = np.arange(size)
    last = np.maximum.accumulate(np.where(roles[:3] > 0, at, -60), axis=1)
    np.divide(np.minimum(at - last, 60), 20.0, out=told[:3])
    np.log1p(np.cumsum(roles[:2], axis=1), out=told[3:5])
    span = choose_span(units, clues, measures)
    if span is not None:
        ruled[slice(*span)] = 1.0
    return told
