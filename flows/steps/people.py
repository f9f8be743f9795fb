"""Who an article names: people by surname, with their full names and genders."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flows.steps.speech import MAN, WOMAN, SpeechLexicon, bare_name

PERSON, GROUP, UNKNOWN_LONG, UNKNOWN_SHORT = range(4)
"""What a name names: a person, an organisation, or neither by any sign; then its length tells."""

_CAPITALISED = r"[^\W\d_a-zß-öø-ÿ](?:[\w'’-]{0,2}\.|[\w'’-]{0,40})"
_FULL_NAME = re.compile(
    rf"{_CAPITALISED}(?: (?:(?:de|van|von|der|bin|al) ){{0,2}}{_CAPITALISED}){{1,4}}"
)
_NAME_WORD = re.compile(r"[^\W\d_a-zß-öø-ÿ][\w-]+")
_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))


@lru_cache(maxsize=1 << 14)
def _surname(name: str) -> str:
    words = name.lower().split()
    while len(words) > 1 and words[-1].strip(".,") in _SUFFIXES:
        words.pop()
    return words[-1].strip(".,'’") if words else ""


@dataclass(frozen=True, slots=True)
class PeopleLexicon:
    """Given names and titles by gender, and words in the names of groups."""

    gender_of_name: Mapping[str, str]
    gender_of_title: Mapping[str, str]
    groups: frozenset[str]


def compile_people_lexicon(table: Mapping[str, Any]) -> PeopleLexicon:
    """Compile `config/lexicon/people.toml`. Raises KeyError when it lacks a list."""
    return PeopleLexicon(
        gender_of_name=_by_gender(table["male"], table["female"]),
        gender_of_title=_by_gender(table["male_titles"], table["female_titles"]),
        groups=frozenset(table["groups"].split()),
    )


def _by_gender(male: str, female: str) -> dict[str, str]:
    return {**dict.fromkeys(male.split(), MAN), **dict.fromkeys(female.split(), WOMAN)}


class People:
    """The people of one article, known by the last word of their names."""

    def __init__(self, text: str, lexicon: SpeechLexicon, words: PeopleLexicon) -> None:
        self.lexicon = lexicon
        self.words = words
        self.full_names: dict[str, list[tuple[int, str]]] = {}
        self.surnames: set[str] = set()
        self.genders: dict[str, set[str]] = {}
        self.kinds: dict[str, int] = {}
        self.counts = Counter(map(str.lower, _NAME_WORD.findall(text)))
        for found in _FULL_NAME.finditer(text):
            self._note(found[0], found.start())
        self.bare = dict(self._without_offices())

    def _note(self, printed: str, place: int) -> None:
        """Learn from a run of capitalised words: a full name, or a title with a surname."""
        opening = printed.split(" ", 1)[0].lower().strip(".")
        name = bare_name(printed, self.lexicon)
        first, _, last = name.rpartition(" ")
        surname = self.entity_of(name)
        gender = self.words.gender_of_title.get(opening)
        if first:
            self.full_names.setdefault(last, []).append((place, name))
            self.surnames.add(surname)
            gender = gender or self.given_gender(name)
        if gender:
            self.genders.setdefault(surname, set()).add(gender)

    def _without_offices(self) -> Iterator[tuple[str, str]]:
        """Names with an office in front, and the names that the article prints without it.

        `Comedian Ida Kessel` beside `Ida Kessel`: a given name stands behind it, none in front.
        """
        for known in self.full_names.values():
            forms = {name for _, name in known}
            for name in forms:
                bare = name.partition(" ")[2]
                while bare and not (bare in forms and self.given_gender(bare)):
                    bare = bare.partition(" ")[2]
                if bare and not self.given_gender(name):
                    yield name, bare

    def full_name(self, name: str, place: int, gender: str | None = None) -> str:
        """The longer form printed last before a place, else first after it, else the name.

        With a gender, forms whose given name has another one are passed over. An office that
        stands before a name elsewhere printed without it is left out.
        """
        longer = self._longer_form(name, place, gender)
        return self.bare.get(longer, longer)

    def _longer_form(self, name: str, place: int, gender: str | None) -> str:
        known = self.full_names.get(name)
        if not known or " " in name:
            return name
        if gender:
            known = [one for one in known if self.given_gender(one[1]) in (None, gender)] or known
        before = bisect_right(known, (place, "\U0010ffff")) - 1
        return known[max(before, 0)][1]

    def given_gender(self, name: str) -> str | None:
        """Gender by the first word of a full name."""
        return self.words.gender_of_name.get(name.split(" ", 1)[0].lower())

    def entity_of(self, name: str) -> str:
        """What mentions of one bearer share: the last word, in lower case.

        A suffix such as Jr. is no surname.
        """
        return _surname(name)

    def frequency(self, entity: str) -> int:
        """How often the article prints a word with a capital."""
        return self.counts[entity]

    def may_be(self, entity: str, gender: str) -> bool:
        """Tell whether nobody of that name, or somebody of that gender, is known."""
        return gender in self.genders.get(entity, (gender,))

    def is_known_as(self, entity: str, gender: str) -> bool:
        """Tell whether a title or a given name says so."""
        return gender in self.genders.get(entity, ())

    def is_full(self, entity: str) -> bool:
        """Tell whether the article prints a longer name with this last word."""
        return entity in self.surnames

    def kind_of(self, name: str) -> int:
        """PERSON, GROUP, UNKNOWN_LONG or UNKNOWN_SHORT."""
        if name not in self.kinds:
            self.kinds[name] = self._find_kind(name)
        return self.kinds[name]

    def _find_kind(self, name: str) -> int:
        words = [word.strip(".") for word in name.lower().split()]
        if self.entity_of(name) in self.genders or not self.lexicon.titles.isdisjoint(words[:-1]):
            return PERSON
        if not self.words.groups.isdisjoint(words):
            return GROUP
        return UNKNOWN_LONG if len(words) > 1 else UNKNOWN_SHORT
