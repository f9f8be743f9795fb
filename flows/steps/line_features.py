"""What a line looks like, as numbers: the input of the net that tells story from clutter.

Everything is counted for all lines of a text at once, on one array of its code points; the
only Python per line is what the caller has done already.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flows.steps.body import choose_span
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


@dataclass(frozen=True, slots=True)
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
    words: WordTable,
) -> Numbers:
    """Describe every unit by `FEATURES`: one row a unit, in order. `letters` are its lines."""
    count = letters.word_counts + 0.5 * letters.count(UNSPACED)
    is_closed = find_closed(letters)
    is_dense = ((count >= DENSE_WORDS) & is_closed) | (count >= LONG_WORDS)
    dense = count * is_dense
    span = np.where(is_dense, count, -(2 + 0.7 * count))
    classes = _class_words(letters.hashes, words)
    gaps = np.fromiter([unit.has_gap for unit in units], np.bool_, len(units))
    figures = np.empty((len(FEATURES), len(units)), np.float32)
    groups = (
        _describe_shape(letters, count, is_closed),
        _describe_wording(letters, classes),
        _describe_surroundings(units, gaps),
        _describe_echoes(letters, classes, is_dense),
        [np.log1p(dense)],
        _describe_span(span, count),
        _describe_text(letters, gaps, count, is_closed),
        _describe_place(count, dense),
        _describe_clues(units, clues, believed),
    )
    at = 0
    for group in groups:
        for column in group:
            figures[at] = column
            at += 1
    return figures.T


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


def _describe_shape(
    letters: Letters, count: Vector, is_closed: NDArray[np.bool_]
) -> Sequence[NDArray[np.generic]]:
    """Length, case, punctuation and ends of lines."""
    bits, starts, ends, lines = letters.bits, letters.starts, letters.ends, letters.word_lines
    size, codes = len(starts), letters.codes
    chars, per_word = ends - starts, letters.word_counts + 1.0
    first = bits[letters.word_starts]
    capitals = np.bincount(lines[(first & UPPER) > 0], minlength=size)
    short = np.bincount(lines[((first & LOWER) > 0) & (letters.word_lengths <= 3)], minlength=size)
    last_code, before = codes[ends - 1], codes[np.maximum(ends - 2, starts)]
    is_cut = (last_code == 0x2026) | ((last_code == ord(".")) & (before == ord(".")))
    upper, head, last = letters.count(UPPER), bits[starts], bits[ends - 1]
    quotes, symbols = letters.count(QUOTE), letters.count(SYMBOL)
    return [
        np.log1p(count), np.log1p(chars), is_closed, is_cut, (last & COLON) > 0,
        letters.count(COMMA) / per_word, np.log1p(_count_stops(letters)), capitals / per_word,
        short / per_word, letters.count(DIGIT) / (chars + 1), (head & LOWER) > 0,
        (head & UPPER) > 0, (head & DIGIT) > 0, (head & QUOTE) > 0, (head & (SYMBOL | PIPE)) > 0,
        (upper > 1) & (letters.count(LOWER) == 0), np.minimum(quotes, 6) / 6,
        np.minimum(letters.count(PIPE), 4) / 4, symbols / (chars + 1.0),
        np.minimum(chars / per_word, 15) / 10,
    ]  # fmt: skip


def _count_stops(letters: Letters) -> NDArray[np.int64]:
    """Sentence ends of each line: stops before a space, and those of scripts without spaces."""
    codes = letters.codes
    stops = np.flatnonzero(letters.bits & STOP)
    stops = stops[(codes[stops + 1] == ord(" ")) | (codes[stops] > 0x3000)]
    return np.diff(np.searchsorted(stops, letters.ends), prepend=0)


def _describe_wording(letters: Letters, classes: NDArray[np.int64]) -> Sequence[Vector]:
    """Words of the lists in each line, and lists that have the line's first word."""
    size, lines, kinds = len(letters.starts), letters.word_lines, len(WORD_CLASSES)
    known = np.flatnonzero(classes < kinds)
    of_class, at = classes[known], lines[known]
    table = np.bincount(of_class * size + at, minlength=size * kinds)
    counted = table.reshape(kinds, size).astype(np.float64)
    per_word = letters.word_counts + 1.0
    counted[1:] = np.minimum(counted[1:], 5) * np.sqrt(per_word)
    counted /= per_word
    heads = np.zeros((len(HEAD_CLASSES), size))
    is_first = letters.word_starts[known] == letters.starts[at]
    for row, name in enumerate(HEAD_CLASSES):
        heads[row, at[is_first & (of_class == WORD_CLASSES.index(name))]] = 1
    return [*counted, *heads]


def _describe_surroundings(
    units: Sequence[Unit], gaps: NDArray[np.bool_]
) -> Sequence[NDArray[np.generic]]:
    """How often the page has the line, and the gaps around it."""
    counts = Counter([unit.text for unit in units])
    repeats = np.fromiter([counts[unit.text] for unit in units], np.float64, len(units))
    return [np.log(repeats), gaps, np.append(gaps[1:], False)]


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
    _, names = np.unique(letters.hashes[content], return_inverse=True)
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


def _describe_span(gain: Vector, count: Vector) -> Sequence[NDArray[np.generic]]:
    """Where each line stands to the stretch of lines with the most prose in it."""
    total = np.concatenate([np.zeros(1), np.cumsum(gain)])
    lowest = np.minimum.accumulate(total[:-1])
    last = int((total[1:] - lowest).argmax())
    first = int(np.flatnonzero(total[: last + 1] == lowest[last])[-1])
    at, so_far = np.arange(len(gain)), np.concatenate([np.zeros(1), np.cumsum(count)])
    words_before, words_after = np.zeros(len(gain)), np.zeros(len(gain))
    words_before[:first] = np.log1p(so_far[first] - so_far[:first])
    words_after[last + 1 :] = np.log1p(so_far[last + 2 :] - so_far[last + 1])
    return [
        (at >= first) & (at <= last),
        np.log1p(np.maximum(first - at, 0)),
        np.log1p(np.maximum(at - last, 0)),
        words_before,
        words_after,
        np.log1p(so_far[last + 1 : last + 2] - so_far[first]),
        np.clip((at - first) / (last - first + 1), -1, 2),
    ]


def _describe_text(
    letters: Letters, gaps: NDArray[np.bool_], count: Vector, is_closed: NDArray[np.bool_]
) -> Sequence[float]:
    """Rates of the whole text, the same for every line."""
    upper, lower, unspaced = (letters.count(kind).sum() for kind in (UPPER, LOWER, UNSPACED))
    return [
        float(np.log1p(len(count))),
        float(gaps.mean()),
        float((count * is_closed).sum() / (count.sum() + 1)),
        float(upper / (upper + lower + 1.0)),
        float(unspaced / len(letters.codes)),
        float(np.log1p(_median(count))),
    ]


def _median(values: Vector) -> float:
    """The median; numpy's own takes as long as all other rates together."""
    ordered, half = np.sort(values), len(values) // 2
    return float(ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2)


def _describe_place(count: Vector, dense: Vector) -> Sequence[Vector]:
    """Where in the text a line stands, and how dense it is there."""
    at, size = np.arange(len(count)), len(count)
    words, prose = (np.concatenate([np.zeros(1), np.cumsum(part)]) for part in (count, dense))
    columns = [at / size, prose[:-1] / (prose[-1] + 1), (prose[-1] - prose[1:]) / (prose[-1] + 1)]
    for reach in (5, 20):
        first, stop = np.maximum(at - reach, 0), np.minimum(at + reach + 1, size)
        columns.append((prose[stop] - prose[first]) / (words[stop] - words[first] + 1))
    return columns


def _describe_clues(
    units: Sequence[Unit], clues: Sequence[Clue | None], believed: Sequence[bool]
) -> Sequence[Vector]:
    """What the widget grammars say about a line, and how far the last widget of a kind is."""
    size, at = len(units), np.arange(len(units))
    roles = np.zeros((len(CLUE_ROLES) + 2, size))
    for index, clue in enumerate(clues):
        if clue is not None:
            roles[_CLUE_PLACES[clue.role], index] = 1.0
            roles[-2, index] = clue.is_whole
            roles[-1, index] = believed[index]
    columns = []
    for kind in range(3):
        last = np.maximum.accumulate(np.where(roles[kind] > 0, at, -60))
        columns.append(np.minimum(at - last, 60) / 20.0)
    columns += [np.log1p(np.cumsum(roles[kind])) for kind in range(2)]
    ruled = np.zeros(size)
    span = choose_span(units, clues)
    if span is not None:
        ruled[slice(*span)] = 1.0
    return [*columns, *roles, ruled]
