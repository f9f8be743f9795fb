"""The words that structuring looks for, compiled once from config/lexicon/*.toml."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from flows.errors import SetupError
from flows.steps.letters import HashFilter, compile_filter, hash_pair, hash_word

TABLES = ("widgets", "widget_runs", "sections", "dates", "bylines", "datelines", "counters")
MAX_OPENING_WORDS = 6
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*(?:[kKmM]\b)?")
_WORD = re.compile(r"\w+")
_PUNCTUATION = re.compile(r"[^\w#|©]+|_+")
_DIGITS = b"0123456789"
_ASCII_KEYS = bytes(
    ord(char.lower() if char.isalnum() or char in "#|" else " ") for char in map(chr, range(128))
).ljust(256)
"""What `phrase_key` makes of each ASCII character: half the time that a pattern takes."""


@dataclass(frozen=True, slots=True)
class WidgetForm:
    """One entry of the widget tables: its role, and whether it is believed standing alone."""

    role: str
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class WidgetGrammar:
    """A widget as a run of lines: `least` different ones, each `reach` lines from the next."""

    name: str
    role: str
    least: int
    reach: int


@dataclass(frozen=True, slots=True, eq=False)
class PhraseHeads:
    """What widget phrases begin with, to pass over lines that are none.

    `singles` are phrases of one word, `openers` openings of one word, `pairs` the first two
    words of the others. `terms` are boilerplate terms of one word, `term_heads` the first words
    of the others and `term_pairs` their first two.
    """

    singles: HashFilter
    openers: HashFilter
    pairs: HashFilter
    terms: HashFilter
    term_heads: HashFilter
    term_pairs: HashFilter


@dataclass(frozen=True, slots=True)
class StructureLexicon:
    """Compiled word lists. Keys are phrases in the form that `phrase_key` gives."""

    lines: Mapping[str, WidgetForm]
    openings: Mapping[str, WidgetForm]
    grammars: Mapping[str, tuple[WidgetGrammar, ...]]
    first_words: frozenset[str]
    opening_heads: frozenset[str]
    heads: PhraseHeads
    terms: re.Pattern[str]
    months: Mapping[str, int]
    date_labels: Mapping[str, str]
    zones: Mapping[str, int]
    distances: Mapping[str, int]
    home_words: frozenset[str]
    byline_openers: frozenset[str]
    byline_heads: frozenset[str]
    unspaced_byline: re.Pattern[str]
    name_joiners: frozenset[str]
    name_particles: frozenset[str]
    not_names: frozenset[str]
    other_makers: frozenset[str]
    agencies: Mapping[str, str]
    credit_words: frozenset[str]
    credit_heads: frozenset[str]
    caption_openings: frozenset[str]
    caption_heads: frozenset[str]
    counter_nouns: Mapping[str, str]


def phrase_key(text: str) -> str:
    """Reduce a line to what a phrase table is asked for: lower case, # for numbers, words only.

    >>> phrase_key("Comments (1,204)"), phrase_key("• View all comments »")
    ('comments #', 'view all comments')
    >>> phrase_key("***")
    ''
    """
    if text.isascii():
        if text.isalpha():
            return text.lower()
        raw = text.encode("ascii")
        if len(raw.translate(None, _DIGITS)) < len(raw):
            raw = _NUMBER.sub(" # ", text).encode("ascii")
        return " ".join(raw.translate(_ASCII_KEYS).decode("ascii").split())
    folded = text.casefold().replace("i\u0307", "i")  # what casefold makes of a Turkish capital
    if folded.replace(" ", "").isalpha():
        return " ".join(folded.split())
    return " ".join(_PUNCTUATION.sub(" ", _NUMBER.sub(" # ", folded)).split())


@lru_cache(maxsize=8192)
def word_key(word: str) -> str:
    """The phrase of one word. Few words begin most lines, so the answers are kept.

    >>> word_key("Photo:"), word_key("Photo/Getty"), word_key("•")
    ('photo', 'photo getty', '')
    """
    return phrase_key(word)


def is_phrase(text: str, phrase: str) -> bool:
    """Whether a line reduces to a phrase; most are told by their first word.

    >>> is_phrase("• View all COMMENTS", "view all comments"), is_phrase("Viewed", "view")
    (True, False)
    """
    first = word_key(text.split(None, 1)[0]) if text else ""
    return (not first or phrase.startswith(first)) and phrase_key(text) == phrase


def compile_structure_lexicon(tables: Mapping[str, Mapping[str, Any]]) -> StructureLexicon:
    """Compile the word lists that `TABLES` names.

    Other tables are left alone. Raises SetupError naming the table that is missing.
    """
    missing = [name for name in TABLES if name not in tables]
    if missing:
        raise SetupError(f"word lists missing: {', '.join(missing)}; want config/lexicon/*.toml")
    widgets, dates = tables["widgets"], tables["dates"]
    lines, openings = (
        _forms(widgets, "lines", "alone"),
        _forms(widgets, "openings", "alone_openings"),
    )
    grammars = _grammars(tables["widget_runs"])
    bylines, datelines = tables["bylines"], tables["datelines"]
    byline_openers = _words(bylines["openers"])
    credit_words = _words(datelines["credits"])
    caption_openings = frozenset(map(phrase_key, datelines["credits"]["openings"]))
    terms = {term.casefold() for table in widgets.values() for term in table.get("terms", ())}
    return StructureLexicon(
        lines=MappingProxyType(lines),
        openings=MappingProxyType(openings),
        grammars=MappingProxyType(grammars),
        first_words=frozenset(phrase.split(" ", 1)[0] for phrase in (*lines, *openings, *grammars)),
        opening_heads=frozenset(phrase.split(" ", 1)[0] for phrase in openings),
        heads=_heads({*lines, *openings, *grammars}, openings, terms),
        terms=_any_of(terms),
        months=MappingProxyType(_months(dates["months"])),
        date_labels=MappingProxyType(
            {phrase_key(word): role for role, words in dates["labels"].items() for word in words}
        ),
        zones=MappingProxyType({name.casefold(): int(at) for name, at in dates["zones"].items()}),
        distances=MappingProxyType(_distances(dates["relative"])),
        home_words=frozenset(map(phrase_key, tables["sections"]["paths"]["home"])),
        byline_openers=byline_openers,
        unspaced_byline=_unspaced_byline(bylines["unspaced"]),
        byline_heads=frozenset(opener.split(" ", 1)[0] for opener in byline_openers),
        name_joiners=frozenset(word.casefold() for word in bylines["joiners"]["words"]),
        name_particles=_words(bylines["particles"]),
        not_names=_words(bylines["not_names"]),
        other_makers=_words(bylines["other_makers"]),
        agencies=MappingProxyType(
            {phrase_key(name): usual for name, usual in datelines["agencies"].items()}
        ),
        credit_words=credit_words,
        credit_heads=frozenset(word.split(" ", 1)[0] for word in credit_words if " " in word),
        caption_openings=caption_openings,
        caption_heads=frozenset(opening.split(" ", 1)[0] for opening in caption_openings),
        counter_nouns=MappingProxyType(
            {
                phrase_key(noun): name
                for name, nouns in tables["counters"]["nouns"].items()
                for noun in nouns
            }
        ),
    )


def _forms(
    widgets: Mapping[str, Mapping[str, Any]], in_runs: str, alone: str
) -> dict[str, WidgetForm]:
    """Phrases of both strengths; the first table that names a phrase keeps it."""
    forms: dict[str, WidgetForm] = {}
    for role, table in widgets.items():
        for entry, is_alone in ((alone, True), (in_runs, False)):
            for phrase in table.get(entry, ()):
                forms.setdefault(phrase_key(phrase), WidgetForm(role, is_alone))
    return forms


def _grammars(
    tables: Mapping[str, Mapping[str, Any]],
) -> dict[str, tuple[WidgetGrammar, ...]]:
    """The grammars that each phrase belongs to."""
    grammars: dict[str, tuple[WidgetGrammar, ...]] = {}
    for name, table in tables.items():
        grammar = WidgetGrammar(name, table["role"], table["least"], table["reach"])
        phrases = {phrase_key(line) for lines in table["lines"].values() for line in lines}
        for phrase in phrases:
            grammars[phrase] = (*grammars.get(phrase, ()), grammar)
    return grammars


def _months(table: Mapping[str, Iterable[str]]) -> dict[str, int]:
    return {name.casefold(): int(number) for number, names in table.items() for name in names}


_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080, "today": 0, "yesterday": 1440}


def _distances(table: Mapping[str, Any]) -> dict[str, int]:
    """Minutes that one of what a phrase such as "# hours ago" or "yesterday" counts goes back."""
    distances = {
        phrase_key(form.replace("{}", word)): _MINUTES[unit]
        for form in table["forms"]
        for unit, words in table["units"].items()
        for word in words
    }
    return distances | {
        phrase_key(word): _MINUTES[name] for name, words in table["words"].items() for word in words
    }


def _words(table: Mapping[str, Iterable[str]]) -> frozenset[str]:
    return frozenset(phrase_key(word) for word in table["words"])


def _heads(phrases: Iterable[str], openings: Iterable[str], terms: Iterable[str]) -> PhraseHeads:
    split = [phrase.split() for phrase in phrases]
    parted = [_WORD.findall(term) for term in terms]
    return PhraseHeads(
        singles=compile_filter(hash_word(words[0]) for words in split if len(words) == 1),
        openers=compile_filter(hash_word(phrase) for phrase in openings if " " not in phrase),
        pairs=compile_filter(hash_pair(words[0], words[1]) for words in split if len(words) > 1),
        terms=compile_filter(hash_word(words[0]) for words in parted if len(words) == 1),
        term_heads=compile_filter(hash_word(words[0]) for words in parted if len(words) > 1),
        term_pairs=compile_filter(hash_pair(words[0], words[1]) for words in parted if words[1:]),
    )


def _unspaced_byline(table: Mapping[str, Iterable[str]]) -> re.Pattern[str]:
    """A name of two to four characters beside a word that only names of authors stand by."""
    before, after = ("|".join(map(re.escape, table[side])) for side in ("before", "after"))
    han, hangul = r"[\u4e00-\u9fff\u3005]", r"[\uac00-\ud7a3]"
    return re.compile(
        rf"[(（【\[]?\s*(?:(?:{before})\s*[:：/／|\s]\s*(?P<one>{han}{{2,4}})|"
        rf"(?P<two>{han}{{2,5}}?|{hangul}{{2,4}})\s*(?:{after}))\s*[)）】\]]?"
    )


def _any_of(terms: Iterable[str]) -> re.Pattern[str]:
    """One alternation, longest first, so that a phrase wins over its first word.

    Terms of one first letter stand together: most words are passed over by their first letter.
    """
    ordered = sorted(terms, key=len, reverse=True)
    groups: dict[str, list[str]] = {}
    for term in ordered:
        groups.setdefault(term[0], []).append(re.escape(term[1:]))
    one_of = (f"{re.escape(first)}(?:{'|'.join(rests)})" for first, rests in groups.items())
    return re.compile(rf"\b(?:{'|'.join(one_of)})\b")
