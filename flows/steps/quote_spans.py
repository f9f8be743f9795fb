"""Where quotations stand: one pass over the quotation marks of each paragraph."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from flows.steps.sentences import paragraph_spans


class QuoteSpan(NamedTuple):
    """The inside of a pair of marks, half-open, in code points.

    `is_closed` is false where the paragraph ends first; `continues` where the paragraph before
    ended so and this one opens with the same mark.
    """

    start: int
    end: int
    is_closed: bool = True
    continues: bool = False


_MARKS = re.compile("[\"“”„‟«»‹›‘’‚'「」『』〝〞＂]")
_DOUBLE_MARKS = re.compile('["“”„‟«»‹›「」『』〝〞＂]')
_CLOSERS = {
    '"': '"”',
    "＂": "＂",
    "“": '”"',
    "”": "”",
    "„": '“”‟"',
    "‟": "”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "›": "‹",
    "‘": "’",
    "'": "'",
    "‚": "‘’",
    "「": "」",
    "『": "』",
    "〝": "〞",
}
DEEPEST = 3
"""Deeper nesting is broken text: reading on for its end would make the pass quadratic."""

_UNSPACED = "\u3040"
"""From here on, scripts (kana, han, hangul) set words against a closing mark without a blank."""

_SINGLE = frozenset("‘'‚")
_TWO_WAY = frozenset(('"', "＂", "”", "»", "›"))
"""Marks that open in one place and close in another: what stands around them decides."""

_ELISION = re.compile(
    r"['‘’](?:\d\d?0?s?\b|(?:tis|twas|em|til|till|cause|bout|round|n|n’|cos|cuz|ere|neath)\b)", re.I
)
_FINISHED_LINE = re.compile(r"(?<=[.!?…:;)\"”»’|])[ \t\xa0]*\n\s*")
_ENDING = frozenset(".,;:!?…—–-)]")


def find_quote_spans(text: str) -> list[QuoteSpan]:
    r"""Find the outermost quotations of a text, in order; quotations inside them are theirs.

    Marks may be straight, curly, low-high, angled either way, single or corner brackets. A mark
    that is never closed reaches to the end of its paragraph; a single one then is no quotation,
    unless the next paragraph takes it up. Inches, years and apostrophes open nothing.

    >>> text = "He stood 6'2\" tall in the '90s. “We won’t ‘wait’,” he said. «Non», dit-elle."
    >>> [text[span.start:span.end] for span in find_quote_spans(text)]
    ['We won’t ‘wait’,', 'Non']
    """
    paragraphs = quoting_paragraphs(text)
    found = _quotes_in(text, paragraphs, _MARKS)
    if "''" in text or _prints_double(text, found):
        found = _quotes_in(text, paragraphs, _DOUBLE_MARKS)
    return found


def _prints_double(text: str, found: list[QuoteSpan]) -> bool:
    """Tell whether single marks are no speech here: where double ones stand outermost, too.

    Such a text puts titles, headlines and words of doubt between single marks.
    """
    single = sum(1 for span in found if text[span.start - 1] in _SINGLE)
    return 0 < single <= 2 * (len(found) - single)


def _quotes_in(
    text: str, paragraphs: list[tuple[int, int]], marks: re.Pattern[str]
) -> list[QuoteSpan]:
    found: list[QuoteSpan] = []
    open_mark = ""
    for place, (start, end) in enumerate(paragraphs):
        following = text[paragraphs[place + 1][0]] if place + 1 < len(paragraphs) else ""
        first = len(found)
        last_mark = ""
        for mark, span in _paragraph_quotes(text, start, end, following, marks):
            found.append(span)
            last_mark = "" if span.is_closed else mark
        if open_mark and first < len(found) and found[first].start - start <= len(open_mark):
            found[first] = found[first]._replace(continues=True)
        open_mark = last_mark
    return found


def quoting_paragraphs(text: str) -> list[tuple[int, int]]:
    r"""Paragraphs that quotations end with: parted by blank lines, or by a line's own end.

    A line ends itself with a full stop, a colon or a closing mark; else the next one goes on.

    >>> quoting_paragraphs("One.\nTwo"), quoting_paragraphs("One,\nstill.\n\nTwo")
    ([(0, 4), (5, 8)], [(0, 11), (13, 16)])
    """
    return [
        (first, last)
        for start, end in paragraph_spans(text)
        for first, last in _finished_lines(text, start, end)
    ]


def _finished_lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if text.find("\n", start, end) < 0:  # most paragraphs: nothing to look behind at
        yield start, end
        return
    for gap in _FINISHED_LINE.finditer(text, start, end):
        yield start, gap.start()
        start = gap.end()
    yield start, end


def _paragraph_quotes(
    text: str, start: int, end: int, following: str, pattern: re.Pattern[str]
) -> Iterator[tuple[str, QuoteSpan]]:
    """Quotations of one paragraph with their opening marks."""
    marks = [(found[0], found.start()) for found in pattern.finditer(text, start, end)]
    if not marks:
        return
    inches = _inches(text, marks)
    marks = [mark for mark in marks if mark[1] not in inches]
    place = 0
    while place < len(marks):
        mark, at = marks[place]
        place += 1
        if not _opens(text, mark, at, start, end):
            continue
        inside = at + len(mark)
        closer = _find_closer(text, marks, place, mark, start, end)
        if closer is not None:
            place = closer + 1
            yield from _unless_blank(text, mark, QuoteSpan(inside, marks[closer][1]))
        elif mark not in _SINGLE or (at == start and following == mark):
            yield from _unless_blank(text, mark, QuoteSpan(inside, end, is_closed=False))
            return


def _unless_blank(text: str, mark: str, span: QuoteSpan) -> Iterator[tuple[str, QuoteSpan]]:
    """Blanks beside the marks, as French prints them, are not part of the words."""
    inside = text[span.start : span.end]
    words = inside.strip()
    if any(character.isalnum() for character in words):
        start = span.start + len(inside) - len(inside.lstrip())
        yield mark, span._replace(start=start, end=start + len(words))


def _inches(text: str, marks: list[tuple[str, int]]) -> set[int]:
    """Places of straight marks that measure: after a digit, where the marks do not pair."""
    straight = [at for mark, at in marks if mark == '"']
    if not straight:
        return set()
    after_digit = [at for at in straight if at and text[at - 1].isdigit()]
    measured = {
        at for at in after_digit if re.search(r"\d['’]\s?\d{1,2}$", text[max(at - 6, 0) : at])
    }
    if (len(straight) - len(measured)) % 2 and len(after_digit) > len(measured):
        measured.add(next(at for at in after_digit if at not in measured))
    return measured


def _opens(text: str, mark: str, at: int, start: int, end: int) -> bool:
    """Tell whether a mark met outside any quotation opens one."""
    if mark not in _CLOSERS:
        return False
    inside = at + len(mark)
    if inside >= end:
        return False
    before = text[at - 1] if at > start else " "
    after = text[inside]
    if mark in _SINGLE:
        is_edge = not before.isalnum() and before not in "’'" and not after.isspace()
        is_edge = is_edge and after not in "’'"
        return is_edge and (mark == "‚" or not _ELISION.match(text, at))
    if mark in _TWO_WAY:
        if mark in "”›":
            return not before.isalnum() and before not in _ENDING - set("—–-") and after.isalnum()
        if mark == "»":
            return not before.isalnum() and before not in ".,!?…" and not after.isspace()
        return not (after.isspace() and not before.isspace())
    return True


def _find_closer(
    text: str, marks: list[tuple[str, int]], place: int, mark: str, start: int, end: int
) -> int | None:
    """Index of the mark that closes the one before `place`; None where none does."""
    if mark in _SINGLE:
        return _find_single_closer(text, marks, place, mark, end)
    plain = None
    depth = 1
    for index in range(place, len(marks)):
        other, at = marks[index]
        if other not in _CLOSERS[mark] and other != mark:
            continue
        if _opens_again(text, mark, other, at, start, end):
            depth += 1
        else:
            depth -= 1
        if plain is None and other in _CLOSERS[mark]:
            plain = index
        if depth == 0 or (depth > DEEPEST and plain is not None):
            return index if depth == 0 else plain
    return plain


def _opens_again(text: str, mark: str, other: str, at: int, start: int, end: int) -> bool:
    """Tell whether a mark met inside a quotation opens one in it.

    A straight mark does after a blank and before a word; so it is in broken pairs, too.
    """
    if other not in '"＂':
        return other == mark and other not in _CLOSERS[mark]
    before = text[at - 1] if at > start else " "
    after = text[at + 1] if at + 1 < end else " "
    return (before.isspace() or before in "([") and after.isalnum()


def _find_single_closer(
    text: str, marks: list[tuple[str, int]], place: int, mark: str, end: int
) -> int | None:
    """Closer of a single mark: an apostrophe stands in a word, a plural's before a blank.

    A mark after an s counts as a plural's while a surer one follows before the next opening.
    """
    possible = None
    for index in range(place, len(marks)):
        other, at = marks[index]
        if other == mark and mark != "'":
            break
        if other not in _CLOSERS[mark]:
            continue
        before = text[at - 1]
        after = text[at + 1] if at + 1 < end else ""
        if _ELISION.match(text, at):
            continue
        joins = after.isalnum() and after < _UNSPACED
        if before.isspace() and joins:
            break
        if before.isspace() or joins:
            continue
        if mark == "‚" or before in _ENDING or not after or after in _ENDING or before not in "sS":
            return index
        possible = index if possible is None else possible
    return possible
