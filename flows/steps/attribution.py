"""One article read for speakers: every quotation gets its source, or none.

Where weights are known for the language, a ranker chooses among the candidates that the rules
and the neighbourhood offer; where none are, the rules alone decide.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from flows.steps.candidates import Candidate, HeadedParagraph, Previous, candidates
from flows.steps.people import People
from flows.steps.pronouns import find_antecedent
from flows.steps.quote_spans import QuoteSpan, quoting_paragraphs
from flows.steps.ranker import SpeakerRanker
from flows.steps.speakers import Paragraph, Source
from flows.steps.speech import (
    COLON,
    COMMA,
    NAME,
    PRONOUN,
    QUOTE,
    STOP,
    WORD,
    SpeechLexicon,
    bare_name,
    inner_names,
    tokenise,
)

FORMAL_CONFIDENCE = 0.97
"""For speakers that a form prints at a fixed place: `KESSEL: ...`, `“...” - Ida Kessel`.

Measured on 31 of them in the news that the weights were learned from; see docs/quotes.md.
"""

LIKELY = 0.6
"""Where rules alone read, a pronoun's person must be this probable to be named."""

_LABEL = re.compile(r"([A-Z][A-Z.'’-]+(?: [A-Z][A-Z.'’-]+){0,3}): ")


class Attribution(NamedTuple):
    """Who speaks: the printed source, the fullest name, and how sure both are.

    `confidence` is of the printed source, `name_confidence` of the person that a pronoun
    means; each is None where nothing was measured.
    """

    source: Source | None = None
    name: str | None = None
    confidence: float | None = None
    name_confidence: float | None = None


class Reading:
    """An article's paragraphs, cut into tokens when they are needed."""

    def __init__(
        self, body: str, spans: Sequence[QuoteSpan], lexicon: SpeechLexicon, people: People
    ) -> None:
        self.body = body
        self.spans = spans
        self.lexicon = lexicon
        self.people = people
        self.bounds = quoting_paragraphs(body)
        self.starts = [start for start, _ in self.bounds]
        self.names = inner_names(body)
        self.paragraph_of = [self.place_of(span.start) for span in spans]
        self.by_paragraph: dict[int, list[tuple[int, QuoteSpan]]] = {}
        for number, (place, span) in enumerate(zip(self.paragraph_of, spans, strict=True)):
            self.by_paragraph.setdefault(place, []).append((number, span))
        self.cut: dict[int, Paragraph] = {}
        self.headed: dict[int, HeadedParagraph] = {}

    def place_of(self, offset: int) -> int:
        """Number of the paragraph that a code point stands in."""
        return bisect_right(self.starts, offset) - 1

    def paragraph(self, place: int) -> Paragraph:
        """A paragraph as tokens."""
        if place not in self.cut:
            start, end = self.bounds[place]
            quotes = self.by_paragraph.get(place, [])
            tokens = tokenise(self.body, start, end, quotes, self.lexicon, self.names)
            self.cut[place] = Paragraph(tokens, self.lexicon)
        return self.cut[place]

    def heads(self, place: int) -> HeadedParagraph | None:
        """A paragraph with its possible sources; None outside of the article."""
        if not 0 <= place < len(self.bounds):
            return None
        if place not in self.headed:
            self.headed[place] = HeadedParagraph(self.paragraph(place), self.people)
        return self.headed[place]

    def own_source(self, number: int) -> Source | None:
        """What the rules make of a quotation's own paragraph."""
        return self.paragraph(self.paragraph_of[number]).source_of(number)

    def candidates(self, number: int, previous: Previous | None) -> list[Candidate]:
        """Possible sources of a quotation; who passes on the words of another is none."""
        span = self.spans[number]
        place = self.paragraph_of[number]
        found = candidates(
            self.heads, place, number, self.body, span.end, span.end - span.start, previous
        )
        if not self.paragraph(place).passed_on:
            return found
        return [one for one in found if not self.paragraph(place).passes_on(one.start)]

    def label(self, number: int) -> tuple[int, int] | None:
        """Place of the speaker of a transcript, who is printed in front: `KESSEL: Yes.`."""
        span = self.spans[number]
        found = _LABEL.match(self.body, span.start, span.end)
        return found.span(1) if found else None

    def full_name(self, source: Source) -> str:
        """The fullest name that the article prints for a named source."""
        bare = bare_name(self.body[source.start : source.end], self.lexicon)
        return self.people.full_name(bare, source.start)


def attribute(reading: Reading, ranker: SpeakerRanker | None) -> list[Attribution]:
    """Attribute every quotation of an article, in order."""
    found = _rank(reading, ranker) if ranker else _follow_rules(reading)
    _fill_back(reading.spans, found)
    return _with_known_roles(found)


# By rank


def _rank(reading: Reading, ranker: SpeakerRanker) -> list[Attribution]:
    found: list[Attribution] = []
    previous: Previous | None = None
    for number, span in enumerate(reading.spans):
        formal = _formal_source(reading, number)
        if formal is not None:
            found.append(Attribution(formal, reading.full_name(formal), FORMAL_CONFIDENCE))
            previous = None
            continue
        before = found[-1] if found else Attribution()
        if span.continues and before.source is not None:
            found.append(_repeated(before, "multi_paragraph"))
        else:
            found.append(_choose(reading, ranker, number, before, previous))
        previous = _previous(reading, number, found[-1], previous)
    return found


def _formal_source(reading: Reading, number: int) -> Source | None:
    """A source that stands in a fixed place by the form of the text."""
    label = reading.label(number)
    if label is not None:
        return Source(*label, NAME, None, None, "label")
    own = reading.own_source(number)
    return own if own is not None and own.method == "signature" else None


def _choose(
    reading: Reading,
    ranker: SpeakerRanker,
    number: int,
    before: Attribution,
    previous: Previous | None,
) -> Attribution:
    chosen, confidence = ranker.choose(reading.candidates(number, previous))
    if chosen is None:
        return Attribution()
    if before.source is not None and chosen.start == before.source.start:
        return _repeated(before, "continued")._replace(confidence=confidence)
    source = _as_source(reading, number, chosen)
    if source is None:
        return Attribution()
    if source.kind == WORD:
        return Attribution(source, None, confidence)
    if source.kind == NAME:
        return Attribution(source, reading.full_name(source), confidence)
    last_name = before.name if previous is not None else None
    name, name_confidence = find_antecedent(
        reading.heads, reading.place_of, source, reading.people, previous, last_name
    )
    return Attribution(source, name, confidence, name_confidence)


def _repeated(before: Attribution, method: str) -> Attribution:
    assert before.source is not None
    return before._replace(source=before.source._replace(method=method))


def _as_source(reading: Reading, number: int, chosen: Candidate) -> Source | None:
    """The printed source with its role and cue: the rules' own where they take the same."""
    own = reading.own_source(number)
    if own is not None and own.start == chosen.start:
        return own
    heads = reading.heads(reading.place_of(chosen.start))
    return heads.source_at(chosen.start) if heads else None


def _previous(
    reading: Reading, number: int, found: Attribution, previous: Previous | None
) -> Previous | None:
    """What the next quotation knows of this one's source; an open one keeps the one before."""
    source = found.source
    if source is None:
        return previous
    place = reading.paragraph_of[number]
    if previous is not None and previous.start == source.start:
        return previous._replace(paragraph=place)
    heads = reading.heads(reading.place_of(source.start))
    head = heads.head_at(source.start) if heads else None
    if head is None:
        return previous
    return Previous(head.start, head.end, head.kind, head.entity, place)


# By rules


def _follow_rules(reading: Reading) -> list[Attribution]:
    sources: list[Source | None] = []
    for number, span in enumerate(reading.spans):
        before = sources[-1] if sources else None
        own = _formal_source(reading, number) or reading.own_source(number)
        if span.continues and before is not None:
            own = before._replace(method="multi_paragraph")
        elif own is None:
            own = (
                _continued(reading, number, before)
                or _led_in(reading, number)
                or _speech_goes_on(reading, number, before)
            )
        sources.append(own)
    return [
        Attribution(source, _name_by_rules(reading, source) if source else None)
        for source in sources
    ]


def _name_by_rules(reading: Reading, source: Source) -> str | None:
    if source.kind == NAME:
        return reading.full_name(source)
    if source.kind == WORD:
        return None
    name, confidence = find_antecedent(
        reading.heads, reading.place_of, source, reading.people, None, None
    )
    return name if confidence and confidence >= LIKELY else None


def _continued(reading: Reading, number: int, before: Source | None) -> Source | None:
    """A further quotation of the same paragraph, where nobody else comes in between."""
    if before is None or reading.paragraph_of[number] != reading.paragraph_of[number - 1]:
        return None
    paragraph = reading.paragraph(reading.paragraph_of[number])
    since = paragraph.quote_places[number - 1]
    for token in paragraph.tokens[since + 1 : paragraph.quote_places[number]]:
        if token.sentence == paragraph.tokens[since].sentence:
            continue
        is_source = before.start <= token.start < before.end
        is_role = before.role is not None and before.role[0] <= token.start < before.role[1]
        if token.kind in (NAME, PRONOUN) and not (is_source or is_role):
            return None
    return before._replace(method="continued")


def _led_in(reading: Reading, number: int) -> Source | None:
    """A quotation that opens its paragraph after one that ends with a colon."""
    place = reading.paragraph_of[number]
    if place == 0 or reading.paragraph(place).quote_places[number] != 0:
        return None
    lead = reading.paragraph(place - 1)
    if not lead.tokens or lead.tokens[-1].kind != COLON:
        return None
    return lead.source_at_end()


def _speech_goes_on(reading: Reading, number: int, before: Source | None) -> Source | None:
    """A paragraph that is nothing but a quotation, after one whose last words have a source."""
    place = reading.paragraph_of[number]
    if before is None or reading.paragraph_of[number - 1] != place - 1:
        return None
    if any(token.kind not in (QUOTE, STOP, COMMA) for token in reading.paragraph(place).tokens):
        return None
    return before._replace(method="speech_goes_on")


# Of both


def _fill_back(spans: Sequence[QuoteSpan], found: list[Attribution]) -> None:
    """Give a speech of several paragraphs the source that only its last one names."""
    for number in range(len(found) - 1, 0, -1):
        is_open = spans[number].continues and found[number - 1].source is None
        if is_open and found[number].source is not None:
            found[number - 1] = _repeated(found[number], "multi_paragraph")


def _with_known_roles(found: Sequence[Attribution]) -> list[Attribution]:
    """Give a speaker the role that the article tells beside another quotation of theirs."""
    known: dict[str, tuple[int, int]] = {}
    for one in found:
        if one.name and one.source and one.source.role:
            known.setdefault(one.name, one.source.role)
    return [
        one._replace(source=one.source._replace(role=known[one.name]))
        if one.source and not one.source.role and one.name in known
        else one
        for one in found
    ]
