"""Lines and paragraphs: a text as a row of units, each with its place and its simple measures.

A unit is a paragraph, a heading or one line of a widget. Units tile the text: each owns the
white space after it, and the first one also the white space before it.
"""

import ctypes
import itertools
import re
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flows.steps import kernel

WRAP_WIDTH = 100
"""No hard-wrapped text is wider than this many characters."""

MAX_LINK_CHARS = 80
"""A link that a dump cut out of its sentence is no longer."""

_STOPS = ".!?…。！？؟।．"
_CLOSERS = "\"'”’»›“)]」』）"
_SENTENCE_END = re.compile(rf"[{_STOPS}][{re.escape(_CLOSERS)}]{{0,4}}$")
_INNER_SENTENCE = re.compile(r"""[.!?…。！？؟।]["'”’»)\]」』]?(?:\s|$|[぀-鿿])""")
_UNSPACED_RANGES = ((0x3040, 0x3100), (0x3400, 0xA000), (0xE00, 0xE80))
_UNSPACED = re.compile(
    f"[{''.join(f'{chr(first)}-{chr(stop - 1)}' for first, stop in _UNSPACED_RANGES)}]"
)
_UNSPACED_LEADS = bytes({chr(code).encode()[0] for code in (0xE00, 0xE7F, *range(0x3040, 0xA000))})
_BULLET = re.compile(r"(?:[-–—*•·‣▪●◦■□►▶✓]|\d{1,2}[.)]|[a-z]\))\s+\S")
_CONTINUING = ",.;:!?)]»”’"

# What code points are to lines, for the kernel: the same bits stand in kernel.c.
_WHITE, _SPACE, _LINE_END, _STOP, _CLOSER, _NO_SPACES, _GOES_ON = (1 << place for place in range(7))
_MARKS = {
    _SPACE: " ", _LINE_END: "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", _STOP: _STOPS,
    _CLOSER: _CLOSERS,
}  # fmt: skip
_COLUMNS, _HAS_GAP = 10, 7


class Unit(NamedTuple):
    """A stretch of text that is read as one: `[start, end)` with the white space it owns.

    `words` estimates words; scripts without spaces count two characters a word. `is_closed`
    tells whether the last line ends a sentence. `has_gap` tells whether a blank line (or the
    text's start) stands before it. `lines` counts its lines.
    """

    start: int
    end: int
    text: str
    words: int
    is_closed: bool
    has_gap: bool
    lines: int = 1

    @property
    def sentences(self) -> int:
        """How many sentences end in it."""
        if self.words < 2 and not self.is_closed:
            return 0
        return len(_INNER_SENTENCE.findall(self.text))

    @property
    def is_bulleted(self) -> bool:
        """Whether it begins as a list item does."""
        # most lines begin with a capital, which is told in a third of the time
        return not self.text[:1].isupper() and bool(_BULLET.match(self.text))


class Line(NamedTuple):
    """One printed line: its place with what ends it, its text as printed, the gap before it."""

    start: int
    end: int
    text: str
    has_gap: bool
    indent: int


# Thousands are made a second; in order and without names, in two thirds of the time.
_make_line, _make_unit = Line._make, Unit._make


def read_lines(text: str) -> list[Line]:
    r"""Split a text into its lines that are not blank; every line end of Unicode counts.

    >>> [(line.text, line.has_gap) for line in read_lines("Title\n\n  One.\nTwo.\n")]
    [('Title', True), ('One.', True), ('Two.', False)]
    """
    lines: list[Line] = []
    position, has_gap = 0, True
    for raw in text.splitlines(keepends=True):
        stripped, end = raw.strip(), position + len(raw)
        if stripped:
            indent = len(raw) - len(raw.lstrip()) if raw[0].isspace() else 0
            lines.append(_make_line((position, end, stripped, has_gap, indent)))
        has_gap = not stripped
        position = end
    return lines


def read_units(text: str) -> list[Unit]:
    r"""Split a text into units; hard-wrapped lines and sentences cut at links are joined.

    Units tile the text. A text of white space has none.

    >>> [unit.text for unit in read_units("Title\n\nOne\t two.\n\nThree.")]
    ['Title', 'One two.', 'Three.']
    """
    if kernel.KERNEL is not None:
        units = _read_compiled(text, kernel.KERNEL)
        if units is not None:
            return units
    lines = read_lines(text)
    return build_units(text, _group(lines), len(text))


def _read_compiled(text: str, library: ctypes.CDLL) -> list[Unit] | None:
    """Read units as `read_units` does, in one pass; None for a text that may be hard-wrapped."""
    lines = _scan(text, library)
    if not len(lines):
        return []
    starts, _, begins, stops, spaces, unspaced, is_closed, has_gap, is_even, _ = lines.T
    if len(lines) >= 3 and (stops - begins).max() <= WRAP_WIDTH:
        return None
    firsts = _find_firsts(lines, library)
    lasts = np.append(firsts[1:], len(lines)) - 1
    places = zip(begins.tolist(), stops.tolist(), strict=True)
    printed = [text[begin:stop] for begin, stop in places]
    if len(firsts) < len(lines):
        groups = zip(firsts.tolist(), lasts.tolist(), strict=True)
        printed = [" ".join(printed[first : last + 1]) for first, last in groups]
    words = (np.add.reduceat(spaces + 1, firsts) + np.add.reduceat(unspaced, firsts) // 2).tolist()
    for at in np.flatnonzero(np.minimum.reduceat(is_even, firsts) == 0).tolist():
        printed[at] = squash(printed[at])
        words[at] = count_words(printed[at])
    first_starts = [0, *starts[firsts[1:]].tolist()]
    closed, gaps = (is_closed[lasts] > 0).tolist(), (has_gap[firsts] > 0).tolist()
    sizes = (lasts - firsts + 1).tolist()
    ends = [*first_starts[1:], len(text)]
    return list(
        map(_make_unit, zip(first_starts, ends, printed, words, closed, gaps, sizes, strict=True))
    )


def _scan(text: str, library: ctypes.CDLL) -> NDArray[np.int64]:
    """Lines that are not blank: one a row, with the columns of `Line` in kernel.c."""
    width = 1 if text.isascii() else 4
    codes = text.encode("ascii") if width == 1 else text.encode("utf-32-le", "surrogatepass")
    kinds, count = _kinds().ctypes.data, text.count("\n") + 1
    while True:
        lines = np.empty((count, _COLUMNS), np.int64)
        found = library.read_lines(codes, width, len(text), kinds, count, lines.ctypes.data)
        if found <= count:
            return lines[:found]
        count = found  # other signs end lines too


def _find_firsts(lines: NDArray[np.int64], library: ctypes.CDLL) -> NDArray[np.intp]:
    """The line that each unit begins with."""
    count = len(lines)
    if not _is_gapless(count, int(lines[1:, _HAS_GAP].sum())):
        return np.arange(count)
    begins = np.empty(count, np.bool_)
    library.join_fragments(lines.ctypes.data, count, MAX_LINK_CHARS, begins.ctypes.data)
    return np.flatnonzero(begins)


@cache
def _kinds() -> NDArray[np.uint8]:
    """What the code points of the first two planes are to lines, as bits."""
    kinds = np.zeros(0x20000, np.uint8)
    for code, letter in enumerate(map(chr, range(len(kinds)))):
        if letter.isspace():
            kinds[code] = _WHITE
        elif letter.islower() or letter in _CONTINUING:
            kinds[code] = _GOES_ON
    for kind, marks in _MARKS.items():
        kinds[list(map(ord, marks))] |= kind
    for first, stop in _UNSPACED_RANGES:
        kinds[first:stop] |= _NO_SPACES
    return kinds


def build_units(text: str, groups: Sequence[Sequence[Line]], end: int) -> list[Unit]:
    """Make one unit of each group of lines; units tile `[0, end)`."""
    starts = [0, *(group[0].start for group in groups[1:]), end] if groups else [end]
    return [
        measure(group, start, stop)
        for group, start, stop in zip(groups, starts, starts[1:], strict=False)
    ]


def measure(group: Sequence[Line], start: int, end: int) -> Unit:
    """Measure one group of lines as the unit `[start, end)`."""
    first, count = group[0], len(group)
    printed = squash(first.text if count == 1 else " ".join([line.text for line in group]))
    closed = ends_sentence(printed)
    return _make_unit((start, end, printed, count_words(printed), closed, first.has_gap, count))


def squash(text: str) -> str:
    r"""A text with one space where white space of any kind stood, and none at its ends.

    >>> squash(" One\t two.\n")
    'One two.'
    """
    text = text.strip()
    # Looking for white space of other kinds takes a third of the time of splitting at it.
    return " ".join(text.split()) if "  " in text or not text.isprintable() else text


def count_words(text: str) -> int:
    """Estimate words by spaces; scripts without spaces count two characters a word.

    >>> count_words("The council met."), count_words("市议会批准新大桥")
    (3, 5)
    """
    spaced = text.count(" ") + 1
    if text.isascii() or not _may_be_unspaced(text):
        return spaced
    return spaced + len(_UNSPACED.findall(text)) // 2


def _may_be_unspaced(text: str) -> bool:
    """Whether a byte of the text's UTF-8 begins a letter of a script without spaces.

    Ten times as fast as looking for such letters; quotation marks and dashes begin otherwise.
    """
    encoded = text.encode("utf-8", "replace")
    return len(encoded.translate(None, _UNSPACED_LEADS)) < len(encoded)


def ends_sentence(text: str) -> bool:
    """Tell whether a line ends as a sentence does, closing quotes and brackets aside.

    >>> ends_sentence("“We won,” she said.”"), ends_sentence("Sections")
    (True, False)
    """
    last = text[-1:]
    if last.isalnum() or not last:
        return False
    return last in _STOPS or bool(_SENTENCE_END.search(text[-8:]))


def _group(lines: Sequence[Line]) -> list[list[Line]]:
    """Choose how lines belong together: as wrapped, as cut at links, or each for itself."""
    if _is_wrapped(lines):
        return _join_wrapped(lines)
    if _is_gapless(len(lines), sum(line.has_gap for line in lines[1:])):
        return _join_fragments(lines)
    return [[line] for line in lines]


def _is_gapless(lines: int, gaps: int) -> bool:
    """Whether a text has next to no blank lines: then nothing else parts its paragraphs."""
    return lines > 5 and gaps <= lines // 20


def _is_wrapped(lines: Sequence[Line]) -> bool:
    """Hard-wrapped: no line is wide, and full lines mostly stop in mid-sentence."""
    if len(lines) < 3 or max(len(line.text) for line in lines) > WRAP_WIDTH:
        return False
    pairs = [
        (before.text, after.text)
        for before, after in itertools.pairwise(lines)
        if not after.has_gap and not after.indent
    ]
    width = max((len(before) for before, _ in pairs), default=0)
    full = sum(len(before) >= 0.75 * width and not ends_sentence(before) for before, _ in pairs)
    return width >= 40 and full >= 2 and full >= 0.5 * len(pairs)


def _join_wrapped(lines: Sequence[Line]) -> list[list[Line]]:
    """A blank line, an indent or a bullet begins a paragraph; so does what follows a short end."""
    width = max(len(line.text) for line in lines)
    groups: list[list[Line]] = []
    for line in lines:
        before = groups[-1][-1] if groups else None
        begins = (
            before is None
            or line.has_gap
            or (line.indent >= 2 and before.indent != line.indent)
            or (line.indent >= 2 and len(groups[-1]) == 1)
            or bool(_BULLET.match(line.text))
            or (len(before.text) < 0.6 * width and ends_sentence(before.text))
        )
        if begins:
            groups.append([line])
        else:
            groups[-1].append(line)
    return groups


def _join_fragments(lines: Sequence[Line]) -> list[list[Line]]:
    """Put a sentence together that was cut at its links; menus stay lines.

    A line goes on with the one before when it begins in lower case or with closing
    punctuation, and the text before it is long enough to be prose and has no end. The link
    text between the two goes with them.
    """
    goes_on = [line.text[0] in _CONTINUING or line.text[0].islower() for line in lines]
    groups: list[list[Line]] = []
    for line, is_next, is_after in zip(lines, goes_on, [*goes_on[1:], False], strict=True):
        # a link inside a sentence is short, and the line after it goes on
        belongs = is_next or (is_after and len(line.text) <= MAX_LINK_CHARS)
        if belongs and groups and _is_open(groups[-1]):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _is_open(group: Sequence[Line]) -> bool:
    """Prose without an end: four words or more, no sentence end."""
    if ends_sentence(group[-1].text):
        return False
    return len(group) > 1 or group[0].text.count(" ") >= 3 or count_words(group[0].text) > 8
