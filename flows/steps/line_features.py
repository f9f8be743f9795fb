"""What a line looks like, as numbers: the input of the net that tells story from clutter.

Everything is counted for all lines of a text at once, on one array of its code points; the
only Python per line is what the caller has done already.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from flows.steps.body import choose_span
from flows.steps.lines import Unit
from flows.steps.widgets import Clue

Numbers = NDArray[np.float32]
Counts = NDArray[np.int64]

HEAD_CHARS, TAIL_CHARS = 1800, 200
"""Of a longer line only so much of its head and tail is looked at: it is prose anyway."""
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

_BITS = ("upper", "lower", "digit", "stop", "comma", "quote", "pipe", "unspaced", "close", "word",
         "colon", "symbol")  # fmt: skip
(UPPER, LOWER, DIGIT, STOP, COMMA, QUOTE, PIPE, UNSPACED, CLOSE, WORD, COLON, SYMBOL) = (
    1 << place for place in range(len(_BITS))
)
_MARKS = {
    STOP: ".!?…。！？؟։।", COMMA: ",،、，;；", QUOTE: '"“”„«»「」『』‟', PIPE: "|•·›»>→▶►‹<◀+",
    CLOSE: "\"”’'»)]」』）*“", COLON: ":：", SYMBOL: "@#/\\\ufffd",
}  # fmt: skip
_UNSPACED_RANGES = (
    (0x0E00, 0x0E80), (0x1000, 0x10A0), (0x3040, 0x3100), (0x3400, 0xA000), (0xF900, 0xFB00),
)  # fmt: skip
_POWERS = np.cumprod(np.full(64, 0x9E3779B97F4A7C15 | 1, np.uint64), dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class WordTable:
    """Hashes of lower-case words, ascending, and the place of each word's class."""

    hashes: NDArray[np.uint64]
    classes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Letters:
    """The code points of a text with what each is, and where its lines and words are."""

    codes: NDArray[np.uint32]
    bits: NDArray[np.uint16]
    starts: Counts
    ends: Counts
    word_starts: Counts
    word_lengths: Counts
    word_lines: Counts

    def count(self, bits: int) -> Counts:
        """How many letters of these classes each line has."""
        return self.total((self.bits & bits) > 0)

    def total(self, marked: NDArray[np.bool_]) -> Counts:
        """How many marked letters each line has."""
        return np.add.reduceat(marked.view(np.int8), self.starts, dtype=np.int64)


def describe_lines(
    units: Sequence[Unit],
    clues: Sequence[Clue | None],
    believed: Sequence[bool],
    words: WordTable,
) -> Numbers:
    """Describe every unit by `FEATURES`: one row a unit, in order. Wants at least one unit."""
    texts = [_clip(unit.text) for unit in units]
    letters = _read_letters(texts)
    shape, count, is_closed = _describe_shape(letters)
    is_dense = ((count >= DENSE_WORDS) & is_closed) | (count >= LONG_WORDS)
    hashes = hash_words(letters.codes, letters.word_starts, letters.word_lengths)
    wording = _describe_wording(letters, hashes, words, is_dense)
    dense = count * is_dense
    span = np.where(is_dense, count, -(2 + 0.7 * count))
    return np.concatenate(
        [
            shape,
            wording[0],
            _describe_surroundings(units, texts, wording[1], dense),
            _describe_span(span, count),
            np.broadcast_to(_describe_text(letters, units, count, is_closed), (len(units), 6)),
            _describe_place(count, dense),
            _describe_clues(units, clues, believed),
        ],
        axis=1,
        dtype=np.float32,
    )


def hash_words(codes: NDArray[np.uint32], starts: Counts, lengths: Counts) -> NDArray[np.uint64]:
    """Hash words in lower case, each named by its first code point and its length.

    Letters beyond the 64th repeat the weights of the first ones.
    """
    if not len(starts):
        return np.zeros(0, np.uint64)
    firsts = np.cumsum(lengths) - lengths
    places = np.arange(int(lengths.sum())) - np.repeat(firsts, lengths)
    letters = _lower_table()[codes[places + np.repeat(starts, lengths)]]
    weighed = (letters + np.uint64(1)) * _POWERS[places & 63]
    return np.add.reduceat(weighed, firsts)


def hash_word(word: str) -> int:
    """Hash one word as `hash_words` does.

    >>> hash_word("Share") == hash_word("share") != hash_word("shared")
    True
    """
    codes = _codes(word)
    return int(hash_words(codes, np.zeros(1, np.int64), np.array([len(codes)]))[0])


def _clip(text: str) -> str:
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    return text[:HEAD_CHARS] + text[-TAIL_CHARS:]


def _codes(text: str) -> NDArray[np.uint32]:
    """Code points, those beyond the first plane as one that stands for them all."""
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    return np.where(codes > 0xFFFF, np.uint32(0xFFFD), codes)


def _read_letters(texts: Sequence[str]) -> _Letters:
    codes = _codes("\n".join(texts) + "\n")
    bits = _bit_table()[codes]
    ends = np.flatnonzero(codes == 10)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1] + 1])
    edges = np.diff(((bits & WORD) > 0).view(np.int8), prepend=np.int8(0))
    word_starts = np.flatnonzero(edges == 1)
    word_lengths = np.flatnonzero(edges == -1) - word_starts
    word_lines = np.searchsorted(starts, word_starts, side="right") - 1
    return _Letters(codes, bits, starts, ends, word_starts, word_lengths, word_lines)


def _describe_shape(
    letters: _Letters,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Length, case, punctuation and ends of lines; words of each line; whether it is closed."""
    bits, starts, ends, lines = letters.bits, letters.starts, letters.ends, letters.word_lines
    size = len(starts)
    printed = np.bincount(lines, minlength=size)
    count = printed + 0.5 * letters.count(UNSPACED)
    chars, per_word = ends - starts, printed + 1.0
    first = bits[letters.word_starts]
    capitals = np.bincount(lines[(first & UPPER) > 0], minlength=size)
    is_short = ((first & LOWER) > 0) & (letters.word_lengths <= 3)
    short = np.bincount(lines[is_short], minlength=size)
    last, second, third = (bits[np.maximum(ends - back, starts)] for back in (1, 2, 3))
    is_closed = ((last & STOP) > 0) | (
        ((last & CLOSE) > 0)
        & (((second & STOP) > 0) | (((second & CLOSE) > 0) & ((third & STOP) > 0)))
    )
    codes = letters.codes
    before = codes[np.maximum(ends - 2, starts)]
    is_cut = (codes[ends - 1] == 0x2026) | ((codes[ends - 1] == ord(".")) & (before == ord(".")))
    following = np.append(codes[1:], np.uint32(10))
    stops = ((bits & STOP) > 0) & ((following == ord(" ")) | (codes > 0x3000))
    upper, head = letters.count(UPPER), bits[starts]
    columns = [
        np.log1p(count), np.log1p(chars), is_closed, is_cut, (last & COLON) > 0,
        letters.count(COMMA) / per_word, np.log1p(letters.total(stops)), capitals / per_word,
        short / per_word, letters.count(DIGIT) / (chars + 1), (head & LOWER) > 0,
        (head & UPPER) > 0, (head & DIGIT) > 0, (head & QUOTE) > 0, (head & (SYMBOL | PIPE)) > 0,
        (upper > 1) & (letters.count(LOWER) == 0), np.minimum(letters.count(QUOTE), 6) / 6,
        np.minimum(letters.count(PIPE), 4) / 4, letters.count(SYMBOL) / (chars + 1.0),
        np.minimum(chars / per_word, 15) / 10,
    ]  # fmt: skip
    return np.stack(columns, 1), count, is_closed


def _describe_wording(
    letters: _Letters, hashes: NDArray[np.uint64], words: WordTable, is_dense: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Words of the lists in each line; long words that other dense lines have too."""
    size, lines, kinds = len(letters.starts), letters.word_lines, len(WORD_CLASSES)
    places = np.minimum(np.searchsorted(words.hashes, hashes), len(words.hashes) - 1)
    classes = np.where(words.hashes[places] == hashes, words.classes[places], kinds)
    table = np.bincount(lines * (kinds + 1) + classes, minlength=size * (kinds + 1))
    counted = table.reshape(size, kinds + 1)[:, :kinds].astype(np.float64)
    per_word = np.bincount(lines, minlength=size)[:, None] + 1.0
    counted[:, 1:] = np.minimum(counted[:, 1:], 5) * np.sqrt(per_word)
    is_first = letters.word_starts == letters.starts[lines]
    heads = [
        np.bincount(lines[is_first & (classes == WORD_CLASSES.index(name))], minlength=size)
        for name in HEAD_CLASSES
    ]
    content = np.flatnonzero((classes != 0) & (letters.word_lengths >= 4))
    wording = np.concatenate([counted / per_word, np.stack(heads, 1)], axis=1)
    return wording, _describe_echoes(hashes[content], lines[content], is_dense)


def _describe_echoes(
    hashes: NDArray[np.uint64], lines: Counts, is_dense: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Of the long words of each line, the share that dense lines, other lines, or the first has."""
    size = len(is_dense)
    echoes = np.zeros((size, 4))
    if not len(hashes):
        return echoes
    _, names = np.unique(hashes, return_inverse=True)
    kinds = int(names.max()) + 1
    inside = is_dense[lines]
    in_dense = np.bincount(names[inside], minlength=kinds)[names] - inside > 0
    elsewhere = np.bincount(names, minlength=kinds)[names] > 1
    in_first = np.bincount(names[lines == 0], minlength=kinds)[names] > 0
    per_line = np.bincount(lines, minlength=size) + 1.0
    hits = np.bincount(lines, weights=in_dense, minlength=size)
    echoes[:, 0] = hits / per_line
    echoes[:, 1] = np.log1p(hits)
    echoes[:, 2] = np.bincount(lines, weights=elsewhere, minlength=size) / per_line
    echoes[:, 3] = np.bincount(lines, weights=in_first, minlength=size) / per_line
    return echoes


def _describe_surroundings(
    units: Sequence[Unit],
    texts: Sequence[str],
    shared: NDArray[np.float64],
    dense: NDArray[np.float64],
) -> NDArray[np.float64]:
    counts = Counter(texts)
    gaps = np.array([unit.has_gap for unit in units], np.float64)
    columns = [
        np.log([counts[text] for text in texts]),
        gaps,
        np.append(gaps[1:], 0),
        np.log1p(dense),
    ]
    surroundings = np.stack(columns, 1)
    return np.concatenate([surroundings[:, :3], shared, surroundings[:, 3:]], axis=1)


def _describe_span(gain: NDArray[np.float64], count: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where each line stands to the stretch of lines with the most prose in it."""
    total = np.concatenate([np.zeros(1), np.cumsum(gain)])
    lowest = np.minimum.accumulate(total[:-1])
    last = int((total[1:] - lowest).argmax())
    first = int(np.flatnonzero(total[: last + 1] == lowest[last])[-1])
    at, so_far = np.arange(len(gain)), np.concatenate([np.zeros(1), np.cumsum(count)])
    is_before, is_after = at < first, at > last
    columns = [
        ~is_before & ~is_after,
        np.log1p(np.maximum(first - at, 0)),
        np.log1p(np.maximum(at - last, 0)),
        np.log1p(np.where(is_before, so_far[first] - so_far[:-1], 0)),
        np.log1p(np.where(is_after, so_far[1:] - so_far[last + 1], 0)),
        np.full(len(gain), np.log1p(so_far[last + 1] - so_far[first])),
        np.clip((at - first) / (last - first + 1), -1, 2),
    ]
    return np.stack(columns, 1)


def _describe_text(
    letters: _Letters,
    units: Sequence[Unit],
    count: NDArray[np.float64],
    is_closed: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Rates of the whole text, the same for every line."""
    bits, size = letters.bits, len(letters.codes)
    upper, lower, unspaced = (np.count_nonzero(bits & kind) for kind in (UPPER, LOWER, UNSPACED))
    return np.array(
        [
            np.log1p(len(units)),
            sum(unit.has_gap for unit in units) / len(units),
            (count * is_closed).sum() / (count.sum() + 1),
            upper / (upper + lower + 1.0),
            unspaced / size,
            np.log1p(np.median(count)),
        ]
    )


def _describe_place(count: NDArray[np.float64], dense: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where in the text a line stands, and how dense it is there."""
    at, size = np.arange(len(count)), len(count)
    words, prose = (np.concatenate([np.zeros(1), np.cumsum(part)]) for part in (count, dense))
    columns = [at / size, prose[:-1] / (prose[-1] + 1), (prose[-1] - prose[1:]) / (prose[-1] + 1)]
    for reach in (5, 20):
        first, stop = np.maximum(at - reach, 0), np.minimum(at + reach + 1, size)
        columns.append((prose[stop] - prose[first]) / (words[stop] - words[first] + 1))
    return np.stack(columns, 1)


def _describe_clues(
    units: Sequence[Unit], clues: Sequence[Clue | None], believed: Sequence[bool]
) -> NDArray[np.float64]:
    """What the widget grammars say about a line, and how far the last widget of a kind is."""
    size, at = len(units), np.arange(len(units))
    roles = np.zeros((size, len(CLUE_ROLES) + 2))
    place = {role: index for index, role in enumerate(CLUE_ROLES)}
    for index, clue in enumerate(clues):
        if clue is not None:
            if clue.role in place:  # counters have no column
                roles[index, place[clue.role]] = 1.0
            roles[index, -2] = clue.is_whole
            roles[index, -1] = believed[index]
    columns = []
    for kind in range(3):
        last = np.maximum.accumulate(np.where(roles[:, kind] > 0, at, -60))
        columns.append(np.minimum(at - last, 60) / 20.0)
    columns += [np.log1p(np.cumsum(roles[:, kind])) for kind in range(2)]
    ruled = np.zeros(size)
    span = choose_span(units, clues)
    if span is not None:
        ruled[slice(*span)] = 1.0
    return np.concatenate([np.stack(columns, 1), roles, ruled[:, None]], axis=1)


@cache
def _bit_table() -> NDArray[np.uint16]:
    """What every code point of the first plane is, as bits."""
    table = np.zeros(0x10000, np.uint16)
    for code in (*range(0xD800), *range(0xE000, 0x10000)):
        table[code] = _letter_bits(chr(code))
    for first, stop in _UNSPACED_RANGES:
        table[first:stop] = (table[first:stop] & ~np.uint16(WORD)) | UNSPACED
    for bit, marks in _MARKS.items():
        for mark in marks:
            table[ord(mark)] |= bit
    return table


def _letter_bits(letter: str) -> int:
    category = unicodedata.category(letter)
    bits = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Nd": DIGIT}.get(category, 0)
    if letter.isalnum() or letter == "_" or category in ("Mn", "Mc"):
        bits |= WORD
    return bits | SYMBOL if category[0] == "S" else bits


@cache
def _lower_table() -> NDArray[np.uint64]:
    """The lower-case letter of every code point of the first plane."""
    table = np.arange(0x10000, dtype=np.uint64)
    for code in (*range(0xD800), *range(0xE000, 0x10000)):
        lowered = chr(code).lower()
        if len(lowered) == 1:
            table[code] = ord(lowered)
    return table
