"""Speech that a dash opens, where a language prints it so: `—No vengo —dijo Kessel`."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from flows.steps.quote_spans import QuoteSpan, quoting_paragraphs
from flows.steps.speech import MEDIUM, SpeechLexicon

_OPENING = re.compile(r"[—―–][ \u00a0\u202f]?(?=[\w¿¡])")
_ASIDE = re.compile(r"[ \u00a0][—―–](?=\w)")
_RESUMED = re.compile(r"[—―–][.,;:]?[ \u00a0]+(?=[\w¿¡])")
_REPORTER = re.compile(r"(?:,|(?<=[!?…])|[ \u00a0][!?])[ \u00a0]+(?=[^\W\d_])")
_WORD = re.compile(r"[^\W\d_]+")


class _Line(NamedTuple):
    """A paragraph that a dash opens: its speech, and whether the reporter says so."""

    place: int
    speech: tuple[QuoteSpan, ...]
    has_cue: bool


def find_dash_speech(
    text: str, spans: Sequence[QuoteSpan], lexicon: SpeechLexicon
) -> list[QuoteSpan]:
    """Find speech behind dashes, outside of the quotations already found.

    A dash at a line's start makes a list as well: lines count when a reporting verb stands in
    one of those that follow each other.
    """
    if not lexicon.dash_speech or not any(dash in text for dash in "—―–"):
        return []
    taken = {span.start for span in spans}
    lines: list[_Line] = []
    found: list[QuoteSpan] = []
    for place, (start, end) in enumerate(quoting_paragraphs(text)):
        opening = _OPENING.match(text, start, end)
        if opening is None or any(start <= mark < end for mark in taken):
            continue
        if lines and lines[-1].place != place - 1:
            found += _if_speech(lines)
            lines = []
        lines.append(_read_line(text, place, opening.end(), end, lexicon))
    return found + _if_speech(lines)


def _if_speech(lines: Sequence[_Line]) -> list[QuoteSpan]:
    has_cue = any(line.has_cue for line in lines)
    return [span for line in lines for span in line.speech] if has_cue else []


def _read_line(text: str, place: int, start: int, end: int, lexicon: SpeechLexicon) -> _Line:
    aside = _ASIDE.search(text, start, end)
    if aside is not None and _reports(text, aside.end(), end, lexicon):
        first = QuoteSpan(start, aside.start())
        resumed = _RESUMED.search(text, aside.end(), end)
        rest = (QuoteSpan(resumed.end(), end),) if resumed else ()
        return _Line(place, (first, *rest), True)
    for comma in _REPORTER.finditer(text, start, end):
        if _reports(text, comma.end(), end, lexicon):
            stop = comma.start() + (2 if comma[0][1:2] in ("!", "?") else 0)
            return _Line(place, (QuoteSpan(start, stop),), True)
    return _Line(place, (QuoteSpan(start, end),), False)


def _reports(text: str, start: int, end: int, lexicon: SpeechLexicon) -> bool:
    word = _WORD.match(text, start, end)
    return word is not None and lexicon.verbs.get(word[0].lower(), 0) >= MEDIUM
