"""Whom a pronoun means: the likeliest person named before it."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from math import exp

from flows.steps.candidates import (
    AFTER_PREPOSITION,
    INVERTED,
    SUBJECT,
    Head,
    HeadedParagraph,
    Previous,
)
from flows.steps.people import PERSON, UNKNOWN_LONG, UNKNOWN_SHORT, People
from flows.steps.speakers import Source
from flows.steps.speech import QUOTE, bare_name

REACH = 3
"""Paragraphs before its own in which a pronoun may have its antecedent."""

MOST_NAMES = 40
"""Phrases of each paragraph that are looked at, the last ones."""

# What speaks for an antecedent, in units of log odds. Set by hand on the development half of
# the news that the weights were learned from, where no truth is annotated; docs/quotes.md has
# the figure of a sample that was read.
_SENTENCE_AWAY = -0.8
_IS_SUBJECT = 1.7
_OPENS_SENTENCE = 0.8
_REPORTS = 1.8
_GENDER_IS_KNOWN = 0.8
_AFTER_PREPOSITION = -0.8
_IS_OWNER = -1.4
_EACH_MENTION = 0.12
_IN_SAME_SENTENCE = -2.2
_SPOKE_NEAR = 2.4
_SPOKE_FARTHER = 0.6
_SPOKE_LAST = 2.0
_PARAGRAPH_SINCE = -1.6
_NO_PERSON_BY_ANY_SIGN = -2.0
_SURNAME_ALONE = -0.7
_UNNAMED = -1.0


def find_antecedent(
    paragraphs: Callable[[int], HeadedParagraph | None],
    place_of: Callable[[int], int],
    source: Source,
    people: People,
    previous: Previous | None,
    previous_name: str | None,
) -> tuple[str | None, float | None]:
    """The full name that `he` or `she` stands for, with its probability among the names.

    None for other pronouns, and where nobody fits. `previous` is the source of the quotation
    before, `previous_name` the person it is known to be.
    """
    place = place_of(source.start)
    own = paragraphs(place)
    head = own.head_at(source.start) if own else None
    gender = people.lexicon.gender_of_pronoun.get(head.entity) if head else None
    if own is None or head is None or gender is None:
        return None, None
    names: dict[str, float] = {}
    for score, name in _scored(paragraphs, place, head, gender, people, previous, previous_name):
        names[name] = max(score, names.get(name, score))
    if not names:
        return None, None
    best = max(names, key=lambda name: (names[name], name))
    total = sum(exp(score - names[best]) for score in names.values()) + exp(_UNNAMED - names[best])
    return best, 1 / total


def _scored(
    paragraphs: Callable[[int], HeadedParagraph | None],
    place: int,
    pronoun: Head,
    gender: str,
    people: People,
    previous: Previous | None,
    previous_name: str | None,
) -> Iterator[tuple[float, str]]:
    last_entity = people.entity_of(previous_name) if previous_name else None
    for near in range(place, max(place - REACH - 1, -1), -1):
        paragraph = paragraphs(near)
        if paragraph is None:
            return
        end = bisect_left(paragraph.firsts, pronoun.first) if near == place else None
        for head in paragraph.heads[:end][-MOST_NAMES:]:
            if not _may_be(head, gender, people):
                continue
            score = _worth(paragraph, head, pronoun, place - near, people, gender)
            if previous is not None and head.entity == last_entity:
                score += _SPOKE_NEAR if previous.paragraph >= place - 1 else _SPOKE_FARTHER
            name = bare_name(paragraph.tokens[head.first].key, people.lexicon)
            full = people.full_name(name, head.start, gender)
            if people.given_gender(full) in (None, gender):
                yield score, full
    if previous is not None and previous_name and last_entity:
        since = place - previous.paragraph
        is_possible = people.given_gender(previous_name) in (None, gender)
        if since <= 2 and is_possible and people.may_be(last_entity, gender):
            known = _GENDER_IS_KNOWN * people.is_known_as(last_entity, gender)
            yield _SPOKE_LAST + _PARAGRAPH_SINCE * since + known, previous_name


def _may_be(head: Head, gender: str, people: People) -> bool:
    is_name = head.kind == PERSON or UNKNOWN_LONG <= head.kind <= UNKNOWN_SHORT
    is_acronym = head.kind == UNKNOWN_SHORT and head.is_capitals
    return is_name and not is_acronym and people.may_be(head.entity, gender)


def _worth(
    paragraph: HeadedParagraph,
    head: Head,
    pronoun: Head,
    paragraphs_before: int,
    people: People,
    gender: str,
) -> float:
    """What speaks for a name as the antecedent, but for its having spoken before."""
    tokens = paragraph.tokens
    sentence = tokens[head.first].sentence
    reports = head.relation.code in (SUBJECT, INVERTED)
    last = tokens[pronoun.first].sentence if not paragraphs_before else tokens[-1].sentence + 1
    worth = _SENTENCE_AWAY * (2 * paragraphs_before + last - sentence)
    worth += _IS_SUBJECT * (reports or head.subject > 0)
    worth += _OPENS_SENTENCE * (head.subject == 1)
    worth += _REPORTS * reports
    worth += _GENDER_IS_KNOWN * people.is_known_as(head.entity, gender)
    worth += _AFTER_PREPOSITION * (head.before == AFTER_PREPOSITION)
    worth += _IS_OWNER * head.is_owner
    worth += _EACH_MENTION * min(head.frequency, 10)
    if head.kind == UNKNOWN_LONG:
        worth += _NO_PERSON_BY_ANY_SIGN
    elif head.kind == UNKNOWN_SHORT and not people.is_full(head.entity):
        worth += _SURNAME_ALONE
    if not paragraphs_before and sentence == last and not reports:
        between = tokens[head.first : pronoun.first]
        worth += _IN_SAME_SENTENCE * any(token.kind == QUOTE for token in between)
    return worth
