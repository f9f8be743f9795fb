"""The lines of a text as arrays: what each code point is, where words are, and their hashes.

Read once a text; the widget tables and the net ask it instead of going through the lines.
"""

import ctypes
import itertools
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from flows.steps import kernel

Counts = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Codes = NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]

MAX_LINES, MAX_CHARS = 20_000, 4_000_000
"""A text of more lines or characters is no article and is not read as arrays."""
HEAD_CHARS, TAIL_CHARS = 1800, 200
"""Of a longer line only so much of its head and tail is looked at: it is prose anyway."""

_BITS = ("upper", "lower", "digit", "stop", "comma", "quote", "pipe", "unspaced", "close", "word",
         "colon", "symbol", "odd")  # fmt: skip
(UPPER, LOWER, DIGIT, STOP, COMMA, QUOTE, PIPE, UNSPACED, CLOSE, WORD, COLON, SYMBOL, ODD) = (
    1 << place for place in range(len(_BITS))
)
_MARKS = {
    STOP: ".!?…。！？؟։।", COMMA: ",،、，;；", QUOTE: '"“”„«»「」『』‟', PIPE: "|•·›»>→▶►‹<◀+",
    CLOSE: "\"”’'»)]」』）*“", COLON: ":：", SYMBOL: "@#/\\\ufffd", ODD: "|©#",
}  # fmt: skip
"""Signs of each class. ODD are code points that a phrase key treats otherwise than a word's hash:
signs that it keeps, marks that split its words, letters that it folds further."""
_UNSPACED_RANGES = (
    (0x0E00, 0x0E80), (0x1000, 0x10A0), (0x3040, 0x3100), (0x3400, 0xA000), (0xF900, 0xFB00),
)  # fmt: skip
_BASE, _TABLED_POWERS = 0x9E3779B97F4A7C15, 1 << 16
_PAIR = np.uint64(0xD6E8FEB86659FD93)
_LANES = ((UPPER, LOWER, DIGIT, COMMA, QUOTE), (PIPE, UNSPACED, SYMBOL, ODD))
"""Classes that are counted by line, five in one number."""
_LANE_BITS = 12
"""A lane counts to 4,095; lines are clipped to 2,000 characters."""
_LANE_MASK = np.uint64((1 << _LANE_BITS) - 1)
_SHIFTS = np.arange(0, 64 - _LANE_BITS, _LANE_BITS).astype(np.uint64)
_LINE_ROWS, _WORD_ROWS = 4 + len(_LANES[0]) + len(_LANES[1]), 4
"""Rows of the kernel's arrays over lines and over words."""
_COUNTED = {bit: row for row, bit in enumerate(itertools.chain(*_LANES))}


@dataclass(frozen=True, slots=True)
class Letters:
    """A text's code points, its lines `[starts, ends)`, its words and which line each is in.

    `bits` tells what every code point is, `counts` how many of each counted class a line has.
    `words_before` counts the words of the lines before. `buffer` holds all of it where the
    kernel has read the text.
    """

    codes: Codes
    bits: NDArray[np.uint16]
    starts: Counts
    ends: Counts
    word_starts: Counts
    word_lengths: Counts
    word_lines: Counts
    word_counts: Counts
    words_before: Counts
    hashes: Hashes
    counts: Counts
    buffer: Counts | None = None

    @property
    def address(self) -> tuple[int, int, int, int]:
        """Where the kernel finds the letters that it has read: buffer, size, lines, words."""
        if self.buffer is None:
            raise ValueError("letters were read without the kernel")
        return self.buffer.ctypes.data, len(self.codes), len(self.starts), len(self.hashes)

    def count(self, bit: int) -> Counts:
        """How many code points of a counted class each line has."""
        counted: Counts = self.counts[_COUNTED[bit]]
        return counted

    def lines_with_glued_numbers(self) -> Counts:
        """Lines in which a number ends a word: "Share14K"."""
        digits = np.flatnonzero(self.bits & DIGIT > 0)
        before = self.bits[np.maximum(digits - 1, 0)]
        lines: Counts = np.searchsorted(self.ends, digits[(before & (WORD | DIGIT)) == WORD])
        return lines


@dataclass(frozen=True, slots=True)
class HashFilter:
    """Tells which hashes may be of a set: all that are, and one other in some hundreds."""

    table: NDArray[np.bool_]

    def may_have(self, hashes: Hashes) -> NDArray[np.bool_]:
        """One answer a hash."""
        return self.table[(hashes >> np.uint64(48)).view(np.int64)]


def compile_filter(hashes: Iterable[int]) -> HashFilter:
    """Make the filter of a set of hashes."""
    table = np.zeros(1 << 16, np.bool_)
    table[np.fromiter(hashes, np.uint64).astype(np.uint64) >> np.uint64(48)] = True
    return HashFilter(table)


def read_letters(texts: Sequence[str]) -> Letters | None:
    """Read lines of text; None where there is none, or too much of it. No line may be empty."""
    if not texts or len(texts) > MAX_LINES or sum(map(len, texts)) > MAX_CHARS:
        return None
    longest = max(map(len, texts))
    if longest * len(texts) > MAX_CHARS and sum(map(len, texts)) > MAX_CHARS:
        return None
    if longest > HEAD_CHARS + TAIL_CHARS:
        texts = [_clip(text) for text in texts]
    text = "\n".join(texts) + "\n"
    if kernel.KERNEL is None:
        return _read(text)
    return _read_compiled(text, len(texts), kernel.KERNEL)


def _read(text: str) -> Letters:
    """Read lines that are each ended by a line feed."""
    codes = _codes(text)
    places = codes.astype(np.intp)  # tables are read twice as fast by such
    bits = _bit_table().take(places)
    ends = np.flatnonzero(codes == 10)
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    in_word = np.zeros(len(codes) + 1, np.bool_)
    np.not_equal(bits & WORD, 0, out=in_word[1:])
    edges = np.flatnonzero(in_word[1:] != in_word[:-1])
    word_starts, word_ends = edges[::2], edges[1::2]
    bounds = np.searchsorted(word_starts, ends)
    counts = np.diff(bounds, prepend=0)
    lines = np.repeat(np.arange(len(ends)), counts)
    lengths = word_ends - word_starts
    hashes = hash_words(places, word_starts, word_ends)
    return Letters(
        codes, bits, starts, ends, word_starts, lengths, lines, counts, bounds - counts, hashes,
        _count_classes(places, starts),
    )  # fmt: skip


def _read_compiled(text: str, lines: int, library: ctypes.CDLL) -> Letters:
    """Read lines as `_read` does, in one pass."""
    width, raw = _encode(text)
    size = len(text)
    room = size // 2 + 1  # words, at most
    by_line, by_word = _LINE_ROWS * lines, _WORD_ROWS * room
    buffer = np.empty(by_line + by_word + size // 2 + 1, np.int64)
    words = library.read_letters(raw, width, size, lines, _pointers(), buffer.ctypes.data)
    of_lines = buffer[:by_line].reshape(_LINE_ROWS, lines)
    of_words = buffer[by_line : by_line + by_word].reshape(_WORD_ROWS, room)[:, :words]
    codes, bits = buffer[by_line + by_word :].view(np.uint16)[: 2 * size].reshape(2, size)
    starts, ends, word_counts, words_before = of_lines[:4]
    word_starts, word_lengths, word_lines, hashes = of_words
    return Letters(
        codes, bits, starts, ends, word_starts, word_lengths, word_lines, word_counts,
        words_before, hashes.view(np.uint64), of_lines[4:], buffer,
    )  # fmt: skip


def _count_classes(codes: Counts, starts: Counts) -> Counts:
    """One row a counted class, one column a line."""
    sums = [np.add.reduceat(table.take(codes), starts) for table in _lane_tables()]
    lanes = [row >> _SHIFTS[: len(held), None] for row, held in zip(sums, _LANES, strict=True)]
    counts: Counts = (np.concatenate(lanes) & _LANE_MASK).view(np.int64)
    return counts


def hash_words(codes: Counts, starts: Counts, ends: Counts) -> Hashes:
    """Hash words in lower case, each `[start, end)` of the code points.

    A hash is the word's letters as digits of a number, modulo 2**64. All are cut from one sum
    over the text, of which what stands before a word is taken away and its place divided out.
    """
    powers, inverse = _TABLES if len(codes) <= _TABLED_POWERS else _make_powers(len(codes))
    weighted = _letter_table().take(codes)
    weighted *= powers[: len(codes)]
    sums = np.zeros(len(codes) + 1, np.uint64)
    np.cumsum(weighted, out=sums[1:])
    return (sums.take(ends) - sums.take(starts)) * inverse.take(starts)


def _make_powers(size: int) -> tuple[Hashes, Hashes]:
    """Powers of the base from the first on, and of its inverse from the zeroth on."""
    powers, inverse = (
        np.cumprod(np.full(size, base, np.uint64), dtype=np.uint64)
        for base in (_BASE, pow(_BASE, -1, 1 << 64))
    )
    return powers, np.concatenate([np.ones(1, np.uint64), inverse[:-1]])


_TABLES = _make_powers(_TABLED_POWERS)


def hash_word(word: str) -> int:
    """Hash one word as `hash_words` does.

    >>> hash_word("Share") == hash_word("share") != hash_word("shared")
    True
    """
    codes = _codes(word).astype(np.intp)
    return int(hash_words(codes, np.zeros(1, np.int64), np.array([len(codes)]))[0])


def hash_pairs(firsts: Hashes, seconds: Hashes) -> Hashes:
    """Hash two words that follow each other."""
    return firsts * _PAIR + seconds


def hash_pair(first: str, second: str) -> int:
    """Hash two words as `hash_pairs` does."""
    pair = np.array([hash_word(first), hash_word(second)], np.uint64)
    return int(hash_pairs(pair[:1], pair[1:])[0])


def _clip(text: str) -> str:
    if len(text) <= HEAD_CHARS + TAIL_CHARS:
        return text
    return text[:HEAD_CHARS] + text[-TAIL_CHARS:]


def _encode(text: str) -> tuple[int, bytes]:
    """How many bytes a code point takes, and the bytes."""
    return (1, text.encode("ascii")) if text.isascii() else (4, text.encode("utf-32-le", "replace"))


def _codes(text: str) -> Codes:
    """Code points, those beyond the first plane as one that stands for them all."""
    width, raw = _encode(text)
    if width == 1:
        return np.frombuffer(raw, np.uint8)
    codes = np.frombuffer(raw, np.uint32)
    return np.where(codes > 0xFFFF, np.uint32(0xFFFD), codes)


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
    is_mark = letter == "_" or category in ("Mn", "Mc")
    if letter.isalnum() or is_mark:
        bits |= WORD
    if is_mark or len(letter.casefold()) > 1 or letter.casefold() != letter.lower():
        bits |= ODD
    return bits | SYMBOL if category[0] == "S" else bits


@cache
def _letter_table() -> NDArray[np.uint64]:
    """What every code point of the first plane adds to a hash: its lower-case letter, and one."""
    table = np.arange(1, 0x10001, dtype=np.uint64)
    for code in (*range(0xD800), *range(0xE000, 0x10000)):
        lowered = chr(code).lower()
        if len(lowered) == 1:
            table[code] = ord(lowered) + 1
    return table


@cache
def _lane_tables() -> tuple[Hashes, ...]:
    """For every code point a one in the lane of each class that it is of."""
    bits = _bit_table()
    tables = []
    for lanes in _LANES:
        table = np.zeros(0x10000, np.uint64)
        for place, bit in enumerate(lanes):
            table += ((bits & bit) > 0).astype(np.uint64) << np.uint64(_LANE_BITS * place)
        tables.append(table)
    return tuple(tables)


@cache
def _pointers() -> kernel.Pointers:
    """The tables as the kernel is given them; those who make them keep them."""
    return kernel.point_at(_bit_table(), _letter_table(), *_lane_tables())
