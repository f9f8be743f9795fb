"""Which entity a name means: what the article says first, then the gazetteer; never a guess.

Every link says by which rule it was made. A name that could be several stays without a link,
with its candidates beside it.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from flows.steps.labels import name_key

PREFIXES = {
    "PERSON": "per",
    "ORG": "org",
    "GPE": "gpe",
    "LOC": "loc",
    "NORP": "norp",
    "FAC": "fac",
    "EVENT": "event",
    "PRODUCT": "product",
    "WORK_OF_ART": "work",
    "LAW": "law",
    "LANGUAGE": "language",
    "MISC": "misc",
}
"""Kinds that are linked, and how their ids begin; dates and amounts are nobody."""

LARGEST_BY = 10
"""A city is meant without its country when it has this many times the people of the next."""

MINOR_BY = 5
"""A city with this many times fewer people than its namesake is not meant by context alone."""

_SEPARATORS = re.compile(r"[\W_]+")
_IN_BRACKETS = re.compile(r"\(([A-Z][A-Za-z.&]{1,9})\)")
_LINK_WORDS = frozenset(("of", "for", "the", "and", "de", "on", "in", "to", "&"))


class Entity(NamedTuple):
    """Somebody or something that has one name; `weight` is a city's people in thousands."""

    entity_id: str
    name: str
    country_code: str | None = None
    weight: int = 0


class Link(NamedTuple):
    """What a mention means, and by which rule; candidates where it could be several."""

    entity: Entity | None = None
    method: str | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names that are known beforehand. `aliases` are the user's, by (name, label or "")."""

    aliases: Mapping[tuple[str, str], Entity]
    countries: Mapping[str, Entity]
    places: Mapping[str, tuple[Entity, ...]]
    cities: Mapping[str, tuple[Entity, ...]]
    organisations: Mapping[str, Entity]
    demonyms: Mapping[str, Entity]
    company_forms: frozenset[str]
    generations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Context:
    """What one article says about its names."""

    gazetteer: Gazetteer
    persons_by_last: Mapping[str, frozenset[Entity]]
    persons_by_first: Mapping[str, frozenset[Entity]]
    acronyms: Mapping[str, str]


def link_names(
    named: Sequence[tuple[str, str]], texts: Sequence[str], gazetteer: Gazetteer
) -> list[Link]:
    """Link every (surface, label) of one article, in the same order.

    >>> empty = Gazetteer({}, {}, {}, {}, {}, {}, frozenset(), frozenset())
    >>> links = link_names([("Ida Kessel", "PERSON"), ("Kessel", "PERSON")], [], empty)
    >>> [(link.entity.entity_id, link.method) for link in links]
    [('per:ida-kessel', 'name'), ('per:ida-kessel', 'surname')]
    """
    keys = [(name_key(surface), label) for surface, label in named]
    distinct = dict.fromkeys(keys)
    context = Context(
        gazetteer,
        *_persons(distinct, gazetteer.generations),
        {short: long for text in texts for short, long in defined_acronyms(text)},
    )
    links = {key: _link(*key, context) for key in distinct}
    codes = {link.entity.country_code for link in links.values() if link.entity}
    links = {key: _by_context(key[0], link, codes, gazetteer) for key, link in links.items()}
    return [links[key] for key in keys]


@lru_cache(maxsize=100_000)
def slug(name: str) -> str:
    """A name as part of an id: lower case, no accents, words joined by `-`.

    >>> slug("José  O’Neill"), slug("Кремль")
    ('jose-o-neill', 'кремль')
    """
    plain = unicodedata.normalize("NFKD", name)
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return _SEPARATORS.sub("-", bare.lower()).strip("-")


def defined_acronyms(text: str) -> Iterator[tuple[str, str]]:
    """Short names that a text defines: the words before a bracket whose initials it holds.

    >>> list(defined_acronyms("The Orbit Society of Letters (OSL) met (US) aides."))
    [('OSL', 'Orbit Society of Letters')]
    """
    for found in _IN_BRACKETS.finditer(text):
        letters = found[1].replace(".", "").replace("&", "")
        words = text[max(0, found.start() - 120) : found.start()].split()[-2 * len(letters) :]
        for first in range(len(words) - 1, -1, -1):
            if _initials(words[first:]) == letters.upper() and words[first][0].isupper():
                yield found[1], " ".join(words[first:])
                break


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words if word.lower() not in _LINK_WORDS).upper()


def _persons(
    named: Mapping[tuple[str, str], None], generations: frozenset[str]
) -> tuple[dict[str, frozenset[Entity]], dict[str, frozenset[Entity]]]:
    """Persons with a full name, by every end of it and by its first word."""
    by_last: dict[str, set[Entity]] = defaultdict(set)
    by_first: dict[str, set[Entity]] = defaultdict(set)
    for name, label in named:
        words = name.split()
        if label != "PERSON" or len(words) < 2:
            continue
        person = Entity(_identified("PERSON", name), name)
        while len(words) > 2 and words[-1] in generations:
            words.pop()
        by_first[words[0].casefold()].add(person)
        for at in range(1, len(words)):
            by_last[" ".join(words[at:]).casefold()].add(person)
    return _one_each(by_last), _one_each(by_first)


def _one_each(persons: Mapping[str, set[Entity]]) -> dict[str, frozenset[Entity]]:
    """One form an id: that in mixed case, then the first by letters."""
    return {
        key: frozenset({one.entity_id: one for one in sorted(found, key=_plainness)}.values())
        for key, found in persons.items()
    }


def _plainness(entity: Entity) -> tuple[bool, str]:
    return not entity.name.isupper(), entity.name


def _link(name: str, label: str, context: Context) -> Link:
    if label not in PREFIXES:
        return Link()
    aliases = context.gazetteer.aliases
    chosen = aliases.get((name, label)) or aliases.get((name, ""))
    if chosen:
        return Link(chosen, "alias")
    return _LINKERS.get(label, _link_as_printed)(name, label, context)


def _link_as_printed(name: str, label: str, _: Context) -> Link:
    entity_id = _identified(label, name)
    return Link(Entity(entity_id, name), "name") if entity_id[-1] != ":" else Link()


def _link_person(name: str, label: str, context: Context) -> Link:
    """The longer name in the article; first names count only where no surname is meant."""
    key = name.casefold()
    for method, persons in (
        ("surname", context.persons_by_last.get(key, frozenset())),
        ("first_name", context.persons_by_first.get(key, frozenset())),
    ):
        if len(persons) == 1:
            return Link(next(iter(persons)), method)
        if persons:
            return Link(candidates=tuple(sorted(person.entity_id for person in persons)))
    return _link_as_printed(name, label, context)


def _link_organisation(name: str, label: str, context: Context) -> Link:
    gazetteer = context.gazetteer
    long = context.acronyms.get(name)
    for known, method in (
        (long or name, "acronym" if long else "organisation"),
        (name, "organisation"),
    ):
        if known in gazetteer.organisations:
            return Link(gazetteer.organisations[known], method)
    link = _link_as_printed(_without_form(long or name, gazetteer.company_forms), label, context)
    return link._replace(method="acronym") if long and link.entity else link


def _link_place(name: str, label: str, context: Context) -> Link:
    """By other names, countries, then cities; what no table has is itself."""
    gazetteer = context.gazetteer
    for form in _forms(name):
        known = gazetteer.places.get(form)
        if known is not None:
            return Link(known[0], "place") if len(known) == 1 else _undecided(known)
        if form in gazetteer.countries:
            return Link(gazetteer.countries[form], "country")
        cities = gazetteer.cities.get(form)
        if cities is not None:
            is_clear = len(cities) == 1 or cities[0].weight >= LARGEST_BY * cities[1].weight
            return Link(cities[0], "city") if is_clear else _undecided(cities)
    return _link_as_printed(name, label, context)


def _link_people(name: str, label: str, context: Context) -> Link:
    for form in _forms(name):
        if form in context.gazetteer.demonyms:
            return Link(context.gazetteer.demonyms[form], "demonym")
    return _link_as_printed(name, label, context)


def _undecided(entities: Sequence[Entity]) -> Link:
    return Link(candidates=tuple(entity.entity_id for entity in entities))


def _by_context(name: str, link: Link, codes: set[str | None], gazetteer: Gazetteer) -> Link:
    """Of several places the one that lies in a country which the article names."""
    if link.entity or not link.candidates:
        return link
    for form in _forms(name):
        known = (*gazetteer.places.get(form, ()), *gazetteer.cities.get(form, ()))
        fitting = [
            place
            for place in known
            if place.entity_id in link.candidates
            and place.country_code in codes
            and place.weight * MINOR_BY >= max(one.weight for one in known)
        ]
        if len(fitting) == 1:
            return Link(fitting[0], "context")
    return link


def _forms(name: str) -> tuple[str, ...]:
    """A name and, where it is all capitals, its usual form."""
    return (name, name.title()) if name.isupper() and len(name) > 3 else (name,)


def _without_form(name: str, forms: frozenset[str]) -> str:
    first, _, last = name.rpartition(" ")
    return _without_form(first.rstrip(","), forms) if first and last in forms else name


def _identified(label: str, name: str) -> str:
    return f"{PREFIXES[label]}:{slug(name)}"


_LINKERS: Mapping[str, Callable[[str, str, Context], Link]] = {
    "PERSON": _link_person,
    "ORG": _link_organisation,
    "GPE": _link_place,
    "LOC": _link_place,
    "NORP": _link_people,
}
