"""Names made whole: what a recogniser's spans say once the whole article is read.

In this order: each span is cut to the name in it, parts of a name on two lines are joined, every
name gets one label, headlines are read by the names of the body, and places where a name that
the article knows was missed are added.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flows.steps.labels import NAME_LABELS, Span, name_key, settle_labels

LONG_LINE = 45
"""Characters of a line that may have been wrapped; a shorter one ends where its writer ended it."""

Spans = Mapping[str, Sequence[Span]]
"""Spans by field of an article."""

_OUTER_MARKS = "\"'“”‘’„‚«»‹›「」『』`"
_BLANKS = " \t\r\n\u00a0\u2028\u2029"
_LOOSE = _OUTER_MARKS + _BLANKS + "-–—/*•|:;,"
_POSSESSIVE = re.compile(r"['’][sS]?$")
_ARTICLE = re.compile(r"(?:[Tt]he|THE)\s+(?=\S)")
_PARTED = re.compile(r"\s[-–—/|]+\s|\n\s*\n|\s+vs?\.?\s+")
_LAST_NUMBERS = re.compile(r"(?:\s+[\d.,:+/()-]+)+$")
_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_WORD = re.compile(r"(?<![\w.'’-])[^\W\d_a-z][\w.]*(?:[-'’][^\W\d_]\w*)*")
_CAPITALISED_BEFORE = re.compile(r"[^\W\d_a-z]\w+\s+$")
_CAPITALISED_AFTER = re.compile(r"\s+[^\W\d_a-z]\w+")
_SAME_LABELS = {"PER": "PERSON"}  # French and German models say PER
_NEARBY = 30  # characters in which a neighbouring word is looked for

_CUT_LABELS = frozenset(("PERSON", "ORG", "GPE", "LOC"))
_NUMBERLESS_LABELS = frozenset(("PERSON", "GPE", "LOC"))  # organisations may: Channel 4
_KNOWN_LABELS = frozenset(("PERSON", "ORG", "GPE", "LOC", "FAC"))
_MISTAKEN_LABELS = _KNOWN_LABELS | {"PRODUCT"}  # what organisations are taken for


@dataclass(frozen=True, slots=True)
class NameWords:
    """Titles before names, those that are roles, and how organisations' names end."""

    title: re.Pattern[str]
    role_before: re.Pattern[str]
    not_in_roles: frozenset[str]
    organisation_endings: frozenset[str]


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Names with their labels, found by their first word."""

    labels: Mapping[str, str]
    by_first_word: Mapping[str, Sequence[str]]


def compile_name_words(lexicon: Mapping[str, Sequence[str]]) -> NameWords:
    """Prepare `config/lexicon/name_words.toml` for use."""
    titles = _alternatives(lexicon["titles"])
    roles = _alternatives(set(lexicon["titles"]) - set(lexicon["honorifics"]))
    return NameWords(
        re.compile(rf"(?:(?:{titles})\.?\s+)+(?=\S)", re.IGNORECASE),
        re.compile(rf"(?<!\S)(?:[^\W\d_a-z][\w.’'-]*[^\W_.]\s+)?(?:{roles})\.?\s+$"),
        frozenset(lexicon["not_in_roles"]),
        frozenset(lexicon["organisation_endings"]),
    )


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


def index_names(labels: Mapping[str, str]) -> NameIndex:
    """Index names for `with_missed`; of those that begin alike the longest comes first."""
    by_first_word: dict[str, list[str]] = {}
    for name in sorted(labels, key=len, reverse=True):
        by_first_word.setdefault(_first_word(name), []).append(name)
    return NameIndex(labels, by_first_word)


def clean_names(
    texts: Mapping[str, str], spans: Spans, words: NameWords, places: NameIndex
) -> dict[str, list[Span]]:
    """Clean the spans of one article, by field; `places` are names of countries and capitals.

    Spans stay in order and without overlap; each is at least one character long.
    """
    cut = {
        field: _joined(
            text, [part for span in spans[field] for part in cut_span(text, span, words)]
        )
        for field, text in texts.items()
    }
    settled = _settled(texts, cut, words, frozenset(places.labels))
    if "title" in texts:
        of_others = {field: found for field, found in settled.items() if field != "title"}
        known = known_names(texts, of_others)
        settled["title"] = [
            _as_the_body_says(texts["title"], span, known) for span in settled["title"]
        ]
    known = known_names(texts, settled)
    return {
        field: with_missed(text, settled[field], (index_names(known), places))
        for field, text in texts.items()
    }


def cut_span(text: str, span: Span, words: NameWords) -> Iterator[Span]:
    r"""Cut a span to the name or names in it; nothing is left of one without a letter or digit.

    Off go quotation marks, possessives, articles, titles and, but for organisations, numbers
    at the end; ` - `, `/`, `v` and the end of a short line part two names.

    >>> words = compile_name_words({"titles": ["Dr"], "honorifics": [], "not_in_roles": [],
    ...                             "organisation_endings": []})
    >>> text = "the “Orbit’s - Dr. Ida Kessel 2\nROME"
    >>> [text[start:end] for start, end, _ in cut_span(text, (0, len(text), "PERSON"), words)]
    ['Orbit', 'Ida Kessel', 'ROME']
    """
    start, end, label = span
    label = _SAME_LABELS.get(label, label)
    parts = _parts(text, start, end) if label in _CUT_LABELS else [(start, end)]
    for part in parts:
        start, end = _narrowed(text, *part, label, words)
        name = text[start:end]
        is_word = label in _CUT_LABELS and name.islower()
        if any(character.isalnum() for character in name) and not is_word and name != "s":
            yield start, end, label


def known_names(texts: Mapping[str, str], spans: Spans) -> dict[str, str]:
    """Names of an article with their labels, and the surnames of its persons."""
    votes: dict[str, Counter[str]] = {}
    for field, found in spans.items():
        for start, end, label in found:
            if label in _KNOWN_LABELS:
                votes.setdefault(name_key(texts[field][start:end]), Counter())[label] += 1
    known = {name: counted.most_common(1)[0][0] for name, counted in votes.items() if name[2:]}
    surnames = {name.rpartition(" ")[2] for name, label in known.items() if label == "PERSON"}
    return {name: "PERSON" for name in surnames if name[2:] and name[0].isupper()} | known


def with_missed(text: str, spans: Sequence[Span], indexes: Sequence[NameIndex]) -> list[Span]:
    """Add the places where a known name stands and no span is; the first index goes first.

    A single word counts alone only, not beside another capitalised word: that is a part of a
    name which the article does not know.

    >>> index = index_names({"Kessel": "ORG"})
    >>> with_missed("Kessel met Kessel Hall. Kessel left.", [(0, 6, "PERSON")], [index])
    [(0, 6, 'PERSON'), (24, 30, 'ORG')]
    """
    added: list[Span] = []
    ahead = iter(spans)
    occupied: Span | None = next(ahead, None)
    free = 0
    for word in _WORD.finditer(text):
        start = word.start()
        while occupied and occupied[1] <= start:
            occupied = next(ahead, None)
        if start < free or (occupied and occupied[0] <= start):
            continue
        limit = occupied[0] if occupied else len(text)
        found = _name_at(text, start, _first_word(word[0]), limit, indexes)
        if found:
            added.append(found)
            free = found[1]
    return sorted([*spans, *added])


def _parts(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut where a dash, a stroke, `v` or the end of a short line parts two names."""
    cuts = [(found.start(), found.end()) for found in _PARTED.finditer(text, start, end)]
    for found in _BREAK.finditer(text, start, end):
        if not _is_wrapped(text, found.start()):
            cuts.append((found.start(), found.end()))
    edges = [start, *(edge for cut in sorted(cuts) for edge in cut), end]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _is_wrapped(text: str, at: int) -> bool:
    """Whether the line that ends at `at` is long enough to have been broken for its length."""
    return at - (text.rfind("\n", 0, at) + 1) >= LONG_LINE


def _narrowed(text: str, start: int, end: int, label: str, words: NameWords) -> tuple[int, int]:
    """Take off what is not the name, outermost first, until nothing more comes off."""
    before = None
    while before != (start, end) and start < end:
        before = (start, end)
        part = text[start:end]
        start += len(part) - len(part.lstrip(_LOOSE))
        end = start + len(text[start:end].rstrip(_LOOSE))
        end = _cut_end(_POSSESSIVE, text, start, end)
        if label in NAME_LABELS:
            start = _cut_start(_ARTICLE, text, start, end)
        if label == "PERSON":
            start = _cut_start(words.title, text, start, end)
        if label in _NUMBERLESS_LABELS:
            end = _cut_end(_LAST_NUMBERS, text, start, end)
    return start, max(start, end)


def _cut_start(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    found = pattern.match(text, start, end)
    return found.end() if found else start


def _cut_end(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    found = pattern.search(text, start, end)
    return found.start() if found else end


def _joined(text: str, spans: Iterable[Span]) -> list[Span]:
    """Join two names of one label that only the end of a wrapped line parts."""
    joined: list[Span] = []
    for start, end, label in spans:
        if joined and label in _CUT_LABELS and joined[-1][2] == label:
            first, last, _ = joined[-1]
            if _BREAK.fullmatch(text, last, start) and _is_wrapped(text, last):
                joined[-1] = (first, end, label)
                continue
        joined.append((start, end, label))
    return joined


def _settled(
    texts: Mapping[str, str], spans: Spans, words: NameWords, places: frozenset[str]
) -> dict[str, list[Span]]:
    """Give every name of the article one label."""
    named = [
        (texts[field][start:end], label)
        for field, found in spans.items()
        for start, end, label in found
    ]
    labels = iter(settle_labels(named, places))
    return {
        field: [
            (start, end, _ending_label(texts[field][start:end], next(labels), words))
            for start, end, _ in found
        ]
        for field, found in spans.items()
    }


def _ending_label(name: str, label: str, words: NameWords) -> str:
    """ORG for a name of several words that ends as organisations' names do."""
    first, _, last = name.rpartition(" ")
    is_organisation = first and last in words.organisation_endings
    return "ORG" if is_organisation and label in _MISTAKEN_LABELS else label


def _as_the_body_says(title: str, span: Span, known: Mapping[str, str]) -> Span:
    """Cut a span of a headline to the name that the body knows and that it begins with.

    Headlines write every word with a capital, so the recogniser takes verbs into names.
    """
    start, end, label = span
    name = name_key(title[start:end])
    if label not in _KNOWN_LABELS or name in known:
        return span
    for at in range(len(name) - 1, 0, -1):
        if name[at] == " " and name[:at] in known and title.startswith(name[:at], start):
            return start, start + at, known[name[:at]]
    return span


def _first_word(name: str) -> str:
    """The look-up form of a name's first word: no full stop or possessive at its end."""
    found = _WORD.match(name)
    return _POSSESSIVE.sub("", found[0] if found else name).rstrip(".")


def _name_at(
    text: str, start: int, first_word: str, limit: int, indexes: Sequence[NameIndex]
) -> Span | None:
    """The longest known name that stands at `start` and ends by `limit`."""
    for index in indexes:
        for name in index.by_first_word.get(first_word, ()):
            end, label = start + len(name), index.labels[name]
            if end > limit or not text.startswith(name, start) or not _ends_word(text, end):
                continue
            if " " in name or label == "GPE" or _stands_alone(text, start, end):
                return start, end, label
    return None


def _ends_word(text: str, end: int) -> bool:
    after = text[end : end + 2]
    return not (after[:1].isalnum() or (after[:1] == "-" and after[1:].isalnum()))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether no capitalised word stands beside a word."""
    before = text[max(0, start - _NEARBY) : start]
    return not (
        _CAPITALISED_BEFORE.search(before) or _CAPITALISED_AFTER.match(text, end, end + _NEARBY)
    )
