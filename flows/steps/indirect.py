"""Indirect speech: what somebody is reported to have said, where the clause says so plainly.

Few forms are read, each a whole sentence without quotation marks. Anything doubtful (a question,
a denial, what may or might be said) is left out: a report that is not one misleads, a gap does
not.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from flows.steps.attribution import Attribution, Reading
from flows.steps.pronouns import find_antecedent
from flows.steps.quote_spans import QuoteSpan
from flows.steps.speakers import Paragraph, Source
from flows.steps.speech import (
    COLON,
    COMMA,
    GENITIVE,
    NAME,
    PRONOUN,
    STOP,
    STRONG,
    VERB,
    WORD,
    SpeechLexicon,
    Token,
)

FEWEST_WORDS = 5
MOST_WORDS = 80
MAX_OPENING = 10
MAX_ADDRESSEE = 8
MAX_CLOSING = 7


class Report(NamedTuple):
    """A reported statement: where it stands, and who makes it."""

    span: QuoteSpan
    speaker: Attribution


def find_reports(reading: Reading) -> list[Report]:
    """Find the reported statements of an article, in order; none lies in a quotation."""
    lexicon = reading.lexicon
    if not lexicon.that_words:
        return []
    reports = []
    for place, (start, end) in enumerate(reading.bounds):
        if _may_report(reading.body[start:end], lexicon):
            paragraph = reading.paragraph(place)
            for first, last in _sentences(paragraph):
                found = _report(paragraph, first, last)
                if found is not None:
                    reports.append(Report(found[0], _attributed(reading, found[1])))
    return reports


def _may_report(text: str, lexicon: SpeechLexicon) -> bool:
    """Tell whether a paragraph holds the words of a report; most do not, and are not cut.

    Two apostrophes print a quotation mark in some feeds; such a paragraph quotes.
    """
    if "''" in text:
        return False
    if any(word in text for word in lexicon.plain_verbs):
        return True
    that, according = _cue_patterns(lexicon)
    if according.search(text):
        return True
    words = _WORD.findall(text.lower()) if that.search(text) else ()
    return not _verb_words(lexicon).isdisjoint(words)


_WORD = re.compile(r"\w+")


@cache
def _verb_words(lexicon: SpeechLexicon) -> frozenset[str]:
    """Sure reporting verbs as single words: `mailed` for `e-mailed`."""
    sure = (verb for verb, strength in lexicon.verbs.items() if strength == STRONG)
    return frozenset(_WORD.findall(verb)[-1] for verb in sure)


@cache
def _cue_patterns(lexicon: SpeechLexicon) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """`that`, and `according to`, whose first letter may be a capital."""
    that = "|".join(map(re.escape, sorted(lexicon.that_words)))
    according = "|".join(re.escape(" ".join(words)[1:]) for words in sorted(lexicon.according))
    return re.compile(rf"\b(?:{that})\b"), re.compile(according)


def _sentences(paragraph: Paragraph) -> Iterator[tuple[int, int]]:
    """Token ranges of the sentences that hold no quotation."""
    starts = paragraph.sentence_starts
    quotes = list(paragraph.quote_places.values())
    for first, last in zip(starts, [*starts[1:], len(paragraph.tokens)], strict=True):
        has_quote = bisect_left(quotes, first) < bisect_left(quotes, last)
        if last - first <= 2 * MOST_WORDS and not has_quote:
            yield first, last


def _report(paragraph: Paragraph, first: int, last: int) -> tuple[QuoteSpan, Source] | None:
    """The statement of a sentence with its source."""
    if last - first < FEWEST_WORDS or paragraph.tokens[last - 1].key == "?":
        return None
    for at in _cues(paragraph, first, last):
        if at in paragraph.according:
            return _passed_on(paragraph, first, last, at) or _by_according(
                paragraph, first, last, at
            )
        if _reports(paragraph, at):
            return _behind_verb(paragraph, first, last, at) or _before_verb(
                paragraph, first, last, at
            )
    return None


def _cues(paragraph: Paragraph, first: int, last: int) -> list[int]:
    """Places of the reporting verbs of a sentence, and of `according to`, in order."""
    verbs = paragraph.verbs
    found = verbs[bisect_left(verbs, first) : bisect_left(verbs, last)]
    if not paragraph.according:
        return found
    return sorted([*found, *(at for at in range(first, last) if at in paragraph.according)])


def _reports(paragraph: Paragraph, at: int) -> bool:
    token = paragraph.tokens[at]
    return paragraph.strength(at) == STRONG and token.key not in paragraph.lexicon.noun_forms


def _behind_verb(
    paragraph: Paragraph, first: int, last: int, verb: int
) -> tuple[QuoteSpan, Source] | None:
    """`Kessel said that ...`, `Kessel told the council on Monday that ...`, `Kessel said ...`."""
    source = _plain_subject(paragraph, first, verb)
    if source is None:
        return None
    begin = _place_of_that(paragraph, verb, last)
    if begin is None:
        begin = _bare_clause(paragraph, verb, last)
    return _statement(paragraph, begin, last, source) if begin is not None else None


def _plain_subject(paragraph: Paragraph, first: int, verb: int) -> Source | None:
    """The subject of a verb that states: no `would`, no `not`, and it opens its sentence."""
    source = paragraph.subject_of(verb)
    if source is None or source.start < paragraph.tokens[first].start:
        return None
    if paragraph.tokens[verb].key.endswith("ing") or source.start > paragraph.tokens[verb].start:
        return None
    begin = verb
    while paragraph.tokens[begin].start > (source.role or source)[0]:
        begin -= 1
    if _is_doubtful(paragraph, source, begin, verb):
        return None
    opening = paragraph.tokens[first:begin]
    is_plain = not opening or (len(opening) <= MAX_OPENING and opening[-1].kind == COMMA)
    return source if is_plain else None


def _is_doubtful(paragraph: Paragraph, source: Source, begin: int, verb: int) -> bool:
    """Tell whether the subject is a relative clause's, or its verb denied or only possible."""
    between = paragraph.tokens[paragraph.index_at(source.end) : verb]
    lexicon = paragraph.lexicon
    return paragraph.tokens[begin].key in lexicon.that_words or any(
        token.key in lexicon.doubts for token in between
    )


def _place_of_that(paragraph: Paragraph, verb: int, last: int) -> int | None:
    """First token after `that`, which the addressee and the day may come before."""
    begin = verb + 1
    if begin < last:
        begin = paragraph.behind_aside(begin) or begin
    for at in range(begin, min(begin + MAX_ADDRESSEE, last)):
        token = paragraph.tokens[at]
        if token.key in paragraph.lexicon.that_words:
            return at + 1
        if token.kind in (COMMA, COLON, STOP, VERB):
            return None
    return None


def _bare_clause(paragraph: Paragraph, verb: int, last: int) -> int | None:
    """First token of a clause without `that`: it opens with its subject."""
    lexicon = paragraph.lexicon
    if paragraph.tokens[verb].key not in lexicon.plain_verbs or verb + 1 >= last:
        return None
    token = paragraph.tokens[verb + 1]
    opens = token.kind in (NAME, GENITIVE, PRONOUN) or token.key in lexicon.articles
    return verb + 1 if opens else None


def _before_verb(
    paragraph: Paragraph, first: int, last: int, verb: int
) -> tuple[QuoteSpan, Source] | None:
    """The statement first: `The bridge will open in May, Kessel said on Monday`."""
    tokens = paragraph.tokens
    closing = tokens[verb + 1 : last]
    if len(closing) > MAX_CLOSING or any(token.kind in (COMMA, VERB, COLON) for token in closing):
        return None
    source = paragraph.subject_of(verb)
    if source is None or source.start > tokens[verb].start:
        return None
    begin = paragraph.index_at((source.role or source)[0])
    if begin <= first + 1 or tokens[begin - 1].kind != COMMA or tokens[begin - 1].key != ",":
        return None
    if _is_doubtful(paragraph, source, begin, verb):
        return None
    return _statement(paragraph, first, begin - 1, source)


def _passed_on(
    paragraph: Paragraph, first: int, last: int, at: int
) -> tuple[QuoteSpan, Source] | None:
    """`According to the Post, Kessel said that ...`: the Post passes on what Kessel said."""
    if at != first:
        return None
    cues = [cue for cue in _cues(paragraph, at + 1, last) if cue not in paragraph.according]
    verb = next((cue for cue in cues if _reports(paragraph, cue)), None)
    if verb is None:
        return None
    return _behind_verb(paragraph, first, last, verb)


def _by_according(
    paragraph: Paragraph, first: int, last: int, at: int
) -> tuple[QuoteSpan, Source] | None:
    """`According to Kessel, ...` and `..., according to Kessel`."""
    tokens = paragraph.tokens
    source = paragraph.according_source(at)
    if source is None:
        return None
    behind = paragraph.index_at(source.end)
    if at == first and behind < last and tokens[behind].key == ",":
        return _statement(paragraph, behind + 1, last, source)
    closes = behind >= last or (behind == last - 1 and tokens[behind].kind == STOP)
    if closes and at > first and tokens[at - 1].key == ",":
        return _statement(paragraph, first, at - 1, source)
    return None


def _statement(
    paragraph: Paragraph, begin: int, end: int, source: Source
) -> tuple[QuoteSpan, Source] | None:
    """Tokens `[begin, end)` as a statement, if they are a clause of their own."""
    tokens = paragraph.tokens[begin:end]
    while tokens and tokens[-1].kind in (STOP, COMMA):
        tokens = tokens[:-1]
    words = sum(token.key.count(" ") + 1 for token in tokens if token.kind not in (COMMA, STOP))
    if not FEWEST_WORDS <= words <= MOST_WORDS or not _is_clause(paragraph.lexicon, tokens):
        return None
    if tokens[0].start < source.end and source.start < tokens[-1].end:
        return None
    return QuoteSpan(tokens[0].start, tokens[-1].end), source._replace(method="indirect")


def _is_clause(lexicon: SpeechLexicon, tokens: Sequence[Token]) -> bool:
    opening = tokens[0]
    if opening.kind == WORD and opening.key in lexicon.subordinators:
        return False
    return any(
        token.kind == VERB
        or (token.kind == WORD and (token.key in lexicon.finite or token.key.endswith("ed")))
        for token in tokens
    )


def _attributed(reading: Reading, source: Source) -> Attribution:
    if source.kind == NAME:
        return Attribution(source, reading.full_name(source))
    if source.kind != PRONOUN:
        return Attribution(source)
    name, confidence = find_antecedent(
        reading.heads, reading.place_of, source, reading.people, None, None
    )
    return Attribution(source, name, None, confidence)
