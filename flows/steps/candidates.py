"""Everyone near a quotation who could have said it, and what speaks for each of them.

A candidate is a phrase (a name, a pronoun, a noun phrase beside a reporting verb) with a tuple
of small integers, one for each of `FEATURES`. What they are worth is learned, not written here.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from flows.steps.people import UNKNOWN_SHORT, People
from flows.steps.speakers import Paragraph, Phrase, Source
from flows.steps.speech import (
    COLON,
    COMMA,
    DASH,
    GENITIVE,
    NAME,
    PRONOUN,
    QUOTE,
    STOP,
    STRONG,
    VERB,
    WEAK,
    WORD,
    Token,
)

FEATURES = (
    "zone",  # where it stands: RIGHT, LEFT, ... EARLIER
    "gap",  # tokens between it and the quotation
    "between",  # candidates between it and the quotation
    "relation",  # to a reporting verb: SUBJECT, INVERTED, ...
    "strength",  # of that verb
    "before",  # kind of the token before it
    "owner",  # 1 for a possessive
    "subject",  # 1 opens its sentence, 2 comes before every verb and name of it
    "kind",  # of source: PERSON, GROUP, a pronoun, NOMINAL, ...
    "frequency",  # of its surname among the article's names
    "previous",  # 2 is the source of the quotation before, 1 has its name
    "previous_place",  # of that source's quotation: 1 same paragraph, 2 near, 3 farther
    "verb_gap",  # tokens between it and its verb
    "quotes_between",
    "after",  # kind of the token after it
    "words",  # of the name
    "sentences",  # between it and the quotation
    "lead",  # kind of the token before the quotation
    "opens",  # 1 where the quotation opens its paragraph
    "alone",  # 1 where it is all of its paragraph
    "verb_right",  # strength of the first verb right of the quotation, in its sentence
    "verb_left",
    "tail",  # how the quotation ends: comma, question, full stop
    "length",  # of the quotation, in steps of 40 code points
    "rule",  # which rule takes it: 0 none fits, 1 another one is taken
)

RIGHT, LEFT, RIGHT_SENTENCE, LEFT_SENTENCES, PARAGRAPH_BEFORE, PARAGRAPH_AFTER, EARLIER = range(
    1, 8
)
SUBJECT, INVERTED, ACCORDING, TOLD, LATER, INNER = range(2, 8)
FAR = 30
_METHOD_OF = {
    0: "nearby",
    SUBJECT: "subject",
    INVERTED: "inversion",
    ACCORDING: "according_to",
    TOLD: "told",
    LATER: "shared_subject",
    INNER: "subject",
}

_METHODS = (
    "before",
    "inversion_before",
    "inversion_after",
    "subject_verb_after",
    "inversion_subject_verb_after",
    "according_to",
    "clause_before",
    "inversion_clause_before",
    "clause_after",
    "inversion_clause_after",
    "label",
    "signature",
)
_RULES = {method: code for code, method in enumerate(_METHODS, start=2)}
_PRONOUNS = {"he": 5, "she": 6, "they": 7, "we": 8, "i": 9, "it": 10}
OTHER_PRONOUN, NOMINAL = 11, 12
AFTER_CONJUNCTION, AFTER_PREPOSITION, AFTER_OPENER, PLAIN = 11, 10, 12, 5
LED_IN = 10
_MARK_CODES = {COLON: 1, COMMA: 2, VERB: 3, STOP: 4, QUOTE: 6, DASH: 7, NAME: 8, PRONOUN: 9}
_NAMING = frozenset((NAME, GENITIVE, PRONOUN))
_REACH = 16
_REACH_LATER = 30


class Relation(NamedTuple):
    """What a phrase is to a reporting verb: the relation, the verb's strength and place."""

    code: int
    strength: int
    verb: int


UNRELATED = Relation(0, 0, -1)


class Head(NamedTuple):
    """A phrase that could be a source, with what is known of it whatever the quotation."""

    first: int
    last: int
    start: int
    end: int
    kind: int
    entity: str
    relation: Relation
    before: int
    is_owner: bool
    subject: int
    frequency: int
    after: int
    words: int
    is_capitals: bool


class Candidate(NamedTuple):
    """A possible source of one quotation. `features` are in the order of `FEATURES`."""

    start: int
    end: int
    kind: int
    entity: str
    features: tuple[int, ...]


class Previous(NamedTuple):
    """The source of the quotation before, and where that quotation stands."""

    start: int
    end: int
    kind: int
    entity: str
    paragraph: int


class HeadedParagraph:
    """A paragraph with its possible sources in order."""

    def __init__(self, paragraph: Paragraph, people: People) -> None:
        self.paragraph = paragraph
        self.tokens = paragraph.tokens
        self.strong_verbs = [verb for verb in paragraph.verbs if paragraph.strength(verb) > WEAK]
        self.quotes = sorted(paragraph.quote_places.values())
        self.ruled = {number: paragraph.source_of(number) for number in paragraph.quote_places}
        self.heads = list(self._find_heads(people))
        self.firsts = [head.first for head in self.heads]
        self.by_start = {head.start: head for head in self.heads}

    def head_at(self, start: int) -> Head | None:
        """The possible source that begins at a code point."""
        return self.by_start.get(start)

    def source_at(self, start: int) -> Source | None:
        """The possible source that begins at a code point, with its role and cue."""
        head = self.head_at(start)
        if head is None:
            return None
        kind = NAME if head.kind <= UNKNOWN_SHORT else WORD if head.kind == NOMINAL else PRONOUN
        role = self.paragraph.role_of(head.first) if kind == NAME else None
        cue = self.tokens[head.relation.verb].key if head.relation.verb >= 0 else None
        return Source(head.start, head.end, kind, role, cue, _METHOD_OF[head.relation.code])

    def _find_heads(self, people: People) -> Iterator[Head]:
        nominal = {phrase.first: phrase.last for phrase in self._noun_phrases()}
        free = 0
        for at, token in enumerate(self.tokens):
            if at < free:
                continue
            if at in nominal:
                yield self._head(at, nominal[at], NOMINAL, token.key, people)
                free = nominal[at] + 1
            elif token.kind in _NAMING:
                kind, entity = _identity(token, people)
                yield self._head(at, at, kind, entity, people)

    def _noun_phrases(self) -> Iterator[Phrase]:
        """Noun phrases that a rule takes for a source or that a reporting verb has for subject."""
        sources = [source for source in self.ruled.values() if source and source.kind == WORD]
        sources += [
            source
            for at in self.paragraph.verbs
            if not (at and self.tokens[at - 1].kind in (NAME, PRONOUN))
            and (source := self.paragraph.subject_of(at)) is not None
            and source.kind == WORD
        ]
        for source in sources:
            first = self.paragraph.index_at(source.start)
            yield Phrase(first, self.paragraph.index_at(source.end) - 1, WORD)

    def _head(self, first: int, last: int, kind: int, entity: str, people: People) -> Head:
        tokens = self.tokens
        is_name = tokens[last].kind in (NAME, GENITIVE) and kind != NOMINAL
        return Head(
            first,
            last,
            tokens[first].start,
            tokens[last].end,
            kind,
            entity,
            self._relation(first, last),
            self._code_before(first),
            tokens[last].kind == GENITIVE,
            self._subject_code(first),
            min(people.frequency(entity), 12) if is_name else 0,
            self._code_after(last),
            min(tokens[last].key.count(" ") + 1, 5) if is_name else 0,
            is_name and tokens[last].key.isupper(),
        )

    # Relations to reporting verbs, surest first

    def _relation(self, first: int, last: int) -> Relation:
        return (
            self._verb_behind_aside(last)
            or self._verb_behind(last + 1)
            or self._verb_behind_complement(last)
            or self._verb_in_front(first)
            or self._later_verb(last)
            or UNRELATED
        )

    def _related(self, code: int, verb: int) -> Relation:
        return Relation(code, self.paragraph.strength(verb), verb)

    def _verb_behind(self, at: int) -> Relation | None:
        """`Kessel has since said`."""
        sentence = self.tokens[at - 1].sentence
        for place in range(at, min(at + 6, len(self.tokens))):
            token = self.tokens[place]
            if token.sentence != sentence:
                return None
            if token.kind == VERB:
                return self._related(SUBJECT, place)
            if not self.paragraph.is_filler(token):
                return None
        return None

    def _verb_behind_aside(self, last: int) -> Relation | None:
        """`Kessel, a judge of Orbit, Ohio, said`: behind one or two closed asides."""
        at = last + 1
        for _ in range(4):
            if not self._is_aside_mark(at, last):
                return None
            closing = next(
                (
                    place
                    for place in self._within(at + 1, _REACH)
                    if self.tokens[place].kind in (COMMA, DASH)
                ),
                None,
            )
            if closing is None:
                return None
            following = closing + 1
            if following < len(self.tokens) and self.tokens[following].kind == VERB:
                return self._related(SUBJECT, following)
            at = closing
        return None

    def _is_aside_mark(self, at: int, last: int) -> bool:
        return (
            at < len(self.tokens)
            and self.tokens[at].kind in (COMMA, DASH)
            and self.tokens[at].sentence == self.tokens[last].sentence
        )

    def _verb_behind_complement(self, last: int) -> Relation | None:
        """`Kessel of the harbour board said`."""
        at = last + 1
        if at >= len(self.tokens) or self.tokens[at].key not in self._inner_prepositions:
            return None
        for place in self._within(at + 1, 6):
            token = self.tokens[place]
            if token.kind == VERB:
                return self._related(INNER, place)
            if token.kind not in (WORD, NAME, GENITIVE) or token.key in self._relatives:
                return None
        return None

    def _verb_in_front(self, first: int) -> Relation | None:
        """`“...,” said the mayor, Ida Kessel`, `according to Kessel`, `told Kessel`."""
        sentence = self.tokens[first].sentence
        for place in range(first - 1, max(first - 8, -1), -1):
            token = self.tokens[place]
            if token.sentence != sentence:
                return None
            if token.kind == VERB:
                if self._follows_quote(place) or self._closes_report(place, first):
                    return self._related(INVERTED, place)
                return self._related(TOLD, place) if place == first - 1 else None
            if self.paragraph.is_according(place):
                return Relation(ACCORDING, STRONG, place)
            if token.kind not in (WORD, NAME, GENITIVE):
                return None
        return None

    def _follows_quote(self, verb: int) -> bool:
        kinds = [token.kind for token in self.tokens[max(verb - 2, 0) : verb]]
        return bool(kinds) and (
            kinds[-1] == QUOTE or (kinds[0] == QUOTE and kinds[-1] in (COMMA, DASH))
        )

    def _closes_report(self, verb: int, first: int) -> bool:
        """`The wall will hold, said Kessel`: without marks."""
        is_sure = verb == first - 1 and self.paragraph.strength(verb) == STRONG
        return is_sure and verb > 0 and self.tokens[verb - 1].kind == COMMA

    def _later_verb(self, last: int) -> Relation | None:
        """`Kessel left the room and said`."""
        following = bisect_left(self.strong_verbs, last + 1)
        if following == len(self.strong_verbs):
            return None
        verb = self.strong_verbs[following]
        is_near = verb <= last + _REACH_LATER
        if not is_near or self.tokens[verb].sentence != self.tokens[last].sentence:
            return None
        has_quote = bisect_left(self.quotes, last + 1) < bisect_left(self.quotes, verb)
        return None if has_quote else self._related(LATER, verb)

    def _within(self, at: int, reach: int) -> Iterator[int]:
        """Places from `at` on in the sentence of the token before, up to a quotation."""
        sentence = self.tokens[at - 1].sentence
        for place in range(at, min(at + reach, len(self.tokens))):
            if self.tokens[place].sentence != sentence or self.tokens[place].kind == QUOTE:
                return
            yield place

    # Neighbours

    @property
    def _inner_prepositions(self) -> frozenset[str]:
        return self.paragraph.lexicon.inner_prepositions

    @property
    def _relatives(self) -> frozenset[str]:
        return self.paragraph.lexicon.relatives

    def _code_before(self, first: int) -> int:
        if not first or self.tokens[first - 1].sentence != self.tokens[first].sentence:
            return 0
        token = self.tokens[first - 1]
        lexicon = self.paragraph.lexicon
        if token.kind != WORD:
            return _MARK_CODES.get(token.kind, PLAIN)
        if token.key in lexicon.conjunctions:
            return AFTER_CONJUNCTION
        if token.key in lexicon.prepositions:
            return AFTER_PREPOSITION
        return AFTER_OPENER if token.key in lexicon.phrase_ends else PLAIN

    def _code_after(self, last: int) -> int:
        if last + 1 >= len(self.tokens):
            return 0
        return _MARK_CODES.get(self.tokens[last + 1].kind, PLAIN)

    def _subject_code(self, first: int) -> int:
        sentence = self.tokens[first].sentence
        for place in range(first - 1, max(first - 9, -1), -1):
            if self.tokens[place].sentence != sentence:
                break
            if self.tokens[place].kind in (VERB, NAME, GENITIVE, PRONOUN):
                return 0
        return 2 if first and self.tokens[first - 1].sentence == sentence else 1


def _identity(token: Token, people: People) -> tuple[int, str]:
    if token.kind == PRONOUN:
        return _PRONOUNS.get(token.key, OTHER_PRONOUN), token.key
    return people.kind_of(token.key), people.entity_of(token.key)


class _Asked(NamedTuple):
    """The quotation in question: its place, and its own features in their order."""

    paragraph: int
    place: int
    sentence: int
    number: int
    features: tuple[int, ...]
    previous: Previous | None


def candidates(
    paragraphs: Callable[[int], HeadedParagraph | None],
    place: int,
    number: int,
    text: str,
    end: int,
    length: int,
    previous: Previous | None,
) -> list[Candidate]:
    """List the possible sources of a quotation of paragraph `place`, nearest first."""
    own = paragraphs(place)
    assert own is not None
    at = own.paragraph.quote_places[number]
    sentence = own.tokens[at].sentence
    closes = _closes(own.tokens, at)
    lead = _lead_code(own, at, paragraphs(place - 1) if at == 0 else None)
    features = _quote_features(
        own, at, lead, closes, text[end - 1], text[end + 1 : end + 2], length
    )
    asked = _Asked(place, at, sentence, number, features, previous)
    found = [*_right(own, asked), *_left(own, asked)]
    if sentence <= 1 or len(found) < 3:
        found += _paragraph_before(paragraphs(place - 1), asked)
    if closes and len(found) < 8:
        found += _paragraph_after(paragraphs(place + 1), asked)
    if previous is not None and all(one.start != previous.start for one in found):
        found.append(_earlier(asked, previous))
    return found


def _closes(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether nothing but marks follows a quotation in its paragraph."""
    return all(token.kind in (STOP, COMMA, DASH, COLON) for token in tokens[at + 1 : at + 4])


def _lead_code(own: HeadedParagraph, at: int, before: HeadedParagraph | None) -> int:
    if at:
        return _MARK_CODES.get(own.tokens[at - 1].kind, PLAIN)
    return LED_IN if before and before.tokens and before.tokens[-1].kind == COLON else 0


def _quote_features(
    own: HeadedParagraph,
    at: int,
    lead: int,
    closes: bool,
    last: str,
    following: str,
    length: int,
) -> tuple[int, ...]:
    return (
        lead,
        int(at == 0),
        int(at == 0 and closes),
        own.paragraph.first_strength(at, 1),
        own.paragraph.first_strength(at, -1),
        _tail_code(last, following),
        min(length, 400) // 40,
    )


def _tail_code(last: str, following: str) -> int:
    """How a quotation ends: 1 comma, 2 question or shout, 3 full stop."""
    if "," in (last, following):
        return 1
    return 2 if last in "?!" else 3 if last in ".…" else 0


def _right(own: HeadedParagraph, asked: _Asked) -> Iterator[Candidate]:
    begin = bisect_left(own.firsts, asked.place)
    for between, head in enumerate(own.heads[begin : begin + 4]):
        sentences = own.tokens[head.first].sentence - asked.sentence
        if sentences > 1:
            return
        zone = RIGHT_SENTENCE if sentences else RIGHT
        gap = head.first - asked.place - 1
        yield _candidate(own, head, asked, zone, gap, between, sentences)


def _left(own: HeadedParagraph, asked: _Asked) -> Iterator[Candidate]:
    begin = bisect_left(own.firsts, asked.place)
    for between, head in enumerate(own.heads[max(begin - 7, 0) : begin][::-1]):
        sentences = asked.sentence - own.tokens[head.first].sentence
        if sentences > 3:
            return
        zone = LEFT_SENTENCES if sentences else LEFT
        gap = asked.place - head.last - 1
        yield _candidate(own, head, asked, zone, gap, between, sentences)


def _paragraph_before(before: HeadedParagraph | None, asked: _Asked) -> Iterator[Candidate]:
    if before is None or not before.heads:
        return
    last = before.tokens[-1].sentence
    for between, head in enumerate(before.heads[:-6:-1]):
        sentences = last - before.tokens[head.first].sentence
        if sentences > 1:
            return
        gap = len(before.tokens) - head.last - 1
        yield _candidate(before, head, asked, PARAGRAPH_BEFORE, gap, between, sentences)


def _paragraph_after(after: HeadedParagraph | None, asked: _Asked) -> Iterator[Candidate]:
    if after is None:
        return
    for between, head in enumerate(after.heads[:2]):
        sentences = after.tokens[head.first].sentence
        if sentences:
            return
        yield _candidate(after, head, asked, PARAGRAPH_AFTER, head.first, between, 0)


def _candidate(
    home: HeadedParagraph,
    head: Head,
    asked: _Asked,
    zone: int,
    gap: int,
    between: int,
    sentences: int,
) -> Candidate:
    is_own = zone < PARAGRAPH_BEFORE
    if not is_own:
        verb_gap = 17 if head.relation.verb >= 0 else 16
        low, high = (head.last, len(home.tokens)) if zone == PARAGRAPH_BEFORE else (0, head.first)
    else:
        verb_gap = min(abs(head.relation.verb - head.first), 15) if head.relation.verb >= 0 else 16
        is_left = head.first < asked.place
        low, high = (head.first, asked.place) if is_left else (asked.place, head.first)
        low += 1
    quotes_between = (
        bisect_left(home.quotes, high) - bisect_left(home.quotes, low)
        if len(home.quotes) > is_own  # its own quotation is between in no case
        else 0
    )
    previous, previous_place = _previous_codes(asked, head)
    features = (
        zone,
        min(gap, FAR),
        min(between, 9),
        head.relation.code,
        head.relation.strength,
        head.before,
        int(head.is_owner),
        head.subject,
        head.kind,
        head.frequency,
        previous,
        previous_place,
        verb_gap,
        min(quotes_between, 5),
        head.after,
        head.words,
        sentences,
        *asked.features,
        _rule_code(home.ruled.get(asked.number) if is_own else None, head.start),
    )
    return Candidate(head.start, head.end, head.kind, head.entity, features)


def _rule_code(source: Source | None, start: int) -> int:
    if source is None:
        return 0
    return _RULES.get(source.method, 1) if source.start == start else 1


def _previous_codes(asked: _Asked, head: Head) -> tuple[int, int]:
    previous = asked.previous
    if previous is None:
        return 0, 0
    same = 2 if previous.start == head.start else 1 if previous.entity == head.entity else 0
    return same, _distance_code(asked.paragraph - previous.paragraph)


def _distance_code(paragraphs: int) -> int:
    return 1 if paragraphs == 0 else 2 if paragraphs <= 2 else 3


def _earlier(asked: _Asked, previous: Previous) -> Candidate:
    features = (
        *(EARLIER, FAR, 9, 0, 0, 0, 0, 0),
        previous.kind,
        0,
        2,
        _distance_code(asked.paragraph - previous.paragraph),
        *(18, 1, 0, 0, 9),
        *asked.features,
        0,
    )
    return Candidate(previous.start, previous.end, previous.kind, previous.entity, features)
