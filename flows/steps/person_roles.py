"""What persons are: the role that the text puts beside a name."""

import re
from collections.abc import Iterator, Mapping
from typing import TypeVar

from flows.steps.cleanup import NameWords

Person = TypeVar("Person")

MOST_WORDS = 10
"""A longer apposition is a clause."""

_NEARBY = 60
_APPOSITION = re.compile(
    r",\s+((?:an?|the|one of|its|their|his|her|former|deputy|chief|head of|president of)\s"
    r"[^\s,.;:!?()“”\"][^,.;:!?()“”\"\n]{2,80}?)(?=[,.;]|\s(?:who|which|said|says|told)\b)"
)


def role_beside(text: str, start: int, end: int, words: NameWords) -> str | None:
    """The role of a person whose name stands at `[start, end)`: after a comma, or before it.

    >>> from flows.steps.cleanup import compile_name_words
    >>> words = compile_name_words(
    ...     {"titles": ["Dr", "Prime Minister"], "honorifics": ["Dr"], "not_in_roles": [],
    ...      "organisation_endings": []})
    >>> role_beside("Dr. Ida Kessel, a harbour analyst based in Wick, left.", 4, 14, words)
    'a harbour analyst based in Wick'
    >>> role_beside("Nordvik Prime Minister Jan Brandt left.", 23, 33, words)
    'Nordvik Prime Minister'
    """
    after = _APPOSITION.match(text, end, end + 120)
    if after and len(after[1].split()) <= MOST_WORDS:
        return " ".join(after[1].split())
    before = text[max(0, start - _NEARBY) : start]
    found = words.role_before.search(before)
    if not found:
        return None
    parts = found[0].split()
    return " ".join(parts[1:] if parts[0] in words.not_in_roles else parts)


def named_by_role(
    text: str, holders: Mapping[str, set[Person]]
) -> Iterator[tuple[int, int, Person]]:
    """Places where a text names a person by the role alone: "the Nordvik prime minister".

    Only roles of several words that the article gives to one person count: "the president" may
    be anybody's.

    >>> text = "Nordvik Prime Minister Jan Brandt left. The Nordvik prime minister is ill."
    >>> [(text[start:end], who)
    ...  for start, end, who in named_by_role(text, {"Nordvik Prime Minister": {"Brandt"}})]
    [('Nordvik prime minister', 'Brandt')]
    """
    for role, persons in holders.items():
        first, _, title = role.partition(" ")
        if len(persons) != 1 or not title or not first[0].isupper():
            continue
        phrase = rf"\b[Tt]he\s+({re.escape(first)}\s+{re.escape(title.lower())})\b"
        for found in re.finditer(phrase, text):
            yield found.start(1), found.end(1), next(iter(persons))
