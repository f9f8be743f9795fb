"""Where sentences begin and end."""

import re
from collections.abc import Iterator

import sentencex

DEFAULT_LANGUAGE = "en"
_PARAGRAPH_BREAK = re.compile(r"\n\s*\n")
LONGEST_PARAGRAPH = 15_000
"""Characters; the segmenter's time is quadratic in the brackets that a longer one leaves open."""

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def sentence_spans(text: str, language: str | None) -> list[tuple[int, int]]:
    r"""Cut a text into sentences: half-open code-point spans, in order, without overlap.

    White space around a sentence belongs to none; a blank line always ends one. `language` is
    an ISO 639 code that chooses the abbreviations; None and unknown codes read as English.

    >>> text = "Dr. Kessel \U0001f600 left. Who knew?\n\nNobody"
    >>> [text[start:end] for start, end in sentence_spans(text, "en")]
    ['Dr. Kessel \U0001f600 left.', 'Who knew?', 'Nobody']
    >>> sentence_spans(" \n\n ", None)
    []
    """
    # The segmenter takes valid Unicode only; a stand-in of equal length keeps the offsets.
    readable = _SURROGATE.sub("?", text)
    return [
        span
        for paragraph in _paragraphs(readable)
        for start, end in _bounded(readable, *paragraph)
        for span in _paragraph_sentences(readable, start, end, language or DEFAULT_LANGUAGE)
    ]


def paragraph_spans(text: str) -> list[tuple[int, int]]:
    r"""Cut a text at blank lines: spans of the paragraphs, white space around them left out.

    >>> paragraph_spans("One.\n \nTwo.\n")
    [(0, 4), (7, 11)]
    """
    spans = (_trim(text, start, end) for start, end in _paragraphs(text))
    return [(start, end) for start, end in spans if start < end]


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in _PARAGRAPH_BREAK.finditer(text):
        yield start, gap.start()
        start = gap.end()
    yield start, len(text)


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The paragraph in parts that the segmenter takes, cut at a blank where there is one."""
    while end - start > LONGEST_PARAGRAPH:
        cut = text.rfind(" ", start + 1, start + LONGEST_PARAGRAPH)
        cut = cut if cut > 0 else start + LONGEST_PARAGRAPH
        yield start, cut
        start = cut
    yield start, end


def _paragraph_sentences(
    text: str, start: int, end: int, language: str
) -> Iterator[tuple[int, int]]:
    for found in sentencex.get_sentence_boundaries(language, text[start:end]):
        span = _trim(text, start + found["start_index"], start + found["end_index"])
        if span[0] < span[1]:
            yield span


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    if start < end and not text[start].isspace() and not text[end - 1].isspace():
        return start, end  # most parts, without a copy of them
    part = text[start:end]
    lead = len(part) - len(part.lstrip())
    return start + lead, start + len(part.rstrip())
