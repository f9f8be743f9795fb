"""Reading a paragraph for speakers: the words of a language, and tokens that know them.

A quotation is one token, so nothing inside it can be taken for its speaker.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from flows.steps.quote_spans import QuoteSpan

STRONG, MEDIUM, WEAK = 3, 2, 1
MAN, WOMAN = "m", "f"

QUOTE, NAME, GENITIVE, PRONOUN, VERB, WORD = "quote", "name", "genitive", "pronoun", "verb", "word"
COMMA, COLON, STOP, DASH = "comma", "colon", "stop", "dash"


@dataclass(frozen=True, slots=True, eq=False)
class SpeechLexicon:
    """The words of one language by which speakers are found. Verbs map to their strength."""

    verbs: Mapping[str, int]
    according: frozenset[tuple[str, ...]]
    pronouns: frozenset[str]
    gender_of_pronoun: Mapping[str, str]
    relatives: frozenset[str]
    articles: frozenset[str]
    determiners: frozenset[str]
    auxiliaries: frozenset[str]
    conjunctions: frozenset[str]
    inner_prepositions: frozenset[str]
    prepositions: frozenset[str]
    phrase_ends: frozenset[str]
    plural_sources: frozenset[str]
    particles: frozenset[str]
    titles: frozenset[str]
    abbreviations: frozenset[str]
    not_names: frozenset[str]
    that_words: frozenset[str]
    plain_verbs: frozenset[str]
    noun_forms: frozenset[str]
    doubts: frozenset[str]
    finite: frozenset[str]
    subordinators: frozenset[str]
    dash_speech: frozenset[str]
    citing: frozenset[str]


ReportingVerbs = Mapping[str, SpeechLexicon]
"""Lexicon by ISO 639 code of the language."""


class Token(NamedTuple):
    """A word, mark or quotation: kind, place in code points, its key, and its sentence.

    `key` is the lower-cased word; for a name the name as printed, for a quotation its number.
    """

    kind: str
    start: int
    end: int
    key: str
    sentence: int


def compile_reporting_verbs(table: Mapping[str, Mapping[str, Any]]) -> ReportingVerbs:
    """Compile the word lists of `config/lexicon/reporting_verbs.toml`, by language.

    Raises KeyError for a language that lacks a list.

    >>> lists = dict.fromkeys(_WORD_LISTS, "")
    >>> verbs = {"strong": "said", "medium": "", "weak": "", "according": ["according to"]}
    >>> verbs |= {"he": "he", "she": "she"}
    >>> compile_reporting_verbs({"en": {**lists, **verbs}})["en"].verbs["said"] == STRONG
    True
    """
    return {language: _compile(lists) for language, lists in table.items()}


_WORD_LISTS = (
    "pronouns",
    "relatives",
    "articles",
    "determiners",
    "auxiliaries",
    "conjunctions",
    "inner_prepositions",
    "prepositions",
    "phrase_ends",
    "plural_sources",
    "particles",
    "titles",
    "abbreviations",
    "not_names",
    "that_words",
    "plain_verbs",
    "noun_forms",
    "doubts",
    "finite",
    "subordinators",
    "dash_speech",
    "citing",
)


def _compile(lists: Mapping[str, Any]) -> SpeechLexicon:
    strengths = (("weak", WEAK), ("medium", MEDIUM), ("strong", STRONG))
    verbs = {verb: strength for name, strength in strengths for verb in lists[name].split()}
    words = {name: frozenset(lists[name].lower().split()) for name in _WORD_LISTS}
    genders = ((MAN, "he"), (WOMAN, "she"))
    return SpeechLexicon(
        verbs=verbs,
        according=frozenset(tuple(words.split()) for words in lists["according"]),
        gender_of_pronoun={word: key for key, name in genders for word in lists[name].split()},
        **words,
    )


# A parenthesis such as "(D-Ohio)" stands between a name and its verb: it is passed over.
_TOKEN = re.compile(r"\([^()\n]{1,60}\)|\w[\w'’\-&/]*(?:\.\w+)*\.?|[,;:()\[\]—–―!?….-]")
_MARK_KINDS = {",": COMMA, ";": COMMA, ":": COLON, ".": STOP, "!": STOP, "?": STOP, "…": STOP}
_CAPITALISED = frozenset((NAME, GENITIVE))
_POSSESSIVE = re.compile(r"['’]s?$")
_SENTENCE_ENDS = ".!?…"


def tokenise(
    text: str,
    start: int,
    end: int,
    quotes: Sequence[tuple[int, QuoteSpan]],
    lexicon: SpeechLexicon,
    names: frozenset[str],
) -> list[Token]:
    """Cut a paragraph into tokens; the quotations in it, with their numbers, are one each.

    A capital at a sentence's start makes a name only of a word that is among `names`.
    """
    raw: list[tuple[str, int, int, str]] = []
    for number, span in quotes:
        _append_words(raw, text, start, span.start, lexicon)
        raw.append((QUOTE, span.start, span.end, str(number)))
        start = span.end
    _append_words(raw, text, start, end, lexicon)
    return _number_sentences(
        text, _without_openers(_join_names(text, raw, lexicon), names, lexicon)
    )


def _append_words(
    raw: list[tuple[str, int, int, str]], text: str, start: int, end: int, lexicon: SpeechLexicon
) -> None:
    append, pieces_of = raw.append, _cutter(lexicon)
    for found in _TOKEN.finditer(text, start, end):
        at = found.start()
        for kind, begin, stop, key in pieces_of(found[0]):
            append((kind, at + begin, at + stop, key))


@cache
def _cutter(lexicon: SpeechLexicon) -> Callable[[str], tuple[tuple[str, int, int, str], ...]]:
    """What a stretch of text is as tokens, remembered by the stretch alone."""
    return lru_cache(maxsize=1 << 16)(lambda word: _pieces(word, lexicon))


def _pieces(word: str, lexicon: SpeechLexicon) -> tuple[tuple[str, int, int, str], ...]:
    """What a stretch of text is as tokens: its word, and the full stop that ends it."""
    if word[0] == "(" and len(word) > 1:
        return ()
    if not (word[0].isalnum() or word[0] == "_"):
        return ((_MARK_KINDS.get(word, DASH), 0, len(word), word),)
    if word[-1] == "." and len(word) > 1 and not _is_abbreviation(word, lexicon):
        return _word(word[:-1], lexicon), (STOP, len(word) - 1, len(word), ".")
    return (_word(word, lexicon),)


def _is_abbreviation(word: str, lexicon: SpeechLexicon) -> bool:
    bare = word[:-1]
    return bare.lower() in lexicon.abbreviations or (
        bare[0].isupper() and (len(bare) == 1 or "." in bare)
    )


def _word(word: str, lexicon: SpeechLexicon) -> tuple[str, int, int, str]:
    low = word.lower()
    if low in lexicon.pronouns:
        return (PRONOUN, 0, len(word), low)
    if not word[0].isupper():
        return (VERB if low in lexicon.verbs else WORD, 0, len(word), low)
    if low in lexicon.not_names or low in lexicon.verbs:
        return (WORD, 0, len(word), low)
    owned = _POSSESSIVE.search(word)
    if owned and len(word) > 2:
        return (GENITIVE, 0, owned.start(), word[: owned.start()])
    return (NAME, 0, len(word), word)


def _join_names(
    text: str, raw: list[tuple[str, int, int, str]], lexicon: SpeechLexicon
) -> list[tuple[str, int, int, str]]:
    """Join capitalised words, and the particles between them, to one name."""
    joined: list[tuple[str, int, int, str]] = []
    for piece in raw:
        kind, start, end, _ = piece
        if kind in _CAPITALISED:
            first = _name_start(joined, start, lexicon)
            if first < len(joined):
                start = joined[first][1]
                del joined[first:]
                joined.append((kind, start, end, text[start:end]))
                continue
        joined.append(piece)
    return joined


def _name_start(joined: list[tuple[str, int, int, str]], start: int, lexicon: SpeechLexicon) -> int:
    """Index of the name that a capitalised word goes on with; the list's length for none.

    One blank joins, and so do up to two particles between two capitalised words.
    """
    for place in range(len(joined) - 1, max(len(joined) - 4, -1), -1):
        kind, begins, ends, key = joined[place]
        if start - ends != 1:
            break
        if kind == NAME:
            return place
        if key not in lexicon.particles:
            break
        start = begins
    return len(joined)


def _without_openers(
    raw: list[tuple[str, int, int, str]], names: frozenset[str], lexicon: SpeechLexicon
) -> list[tuple[str, int, int, str]]:
    """Turn lone capitalised words that a sentence's start explains into plain words.

    A capitalised reporting verb is one where a name follows it: `Said Kessel, “...”`. After an
    article or an owner a verb is a noun: `the report`, `Kessel’s tweet`.
    """
    previous, before = STOP, ""
    for place, (kind, start, end, key) in enumerate(raw):
        if previous in (STOP, QUOTE):
            following = raw[place + 1][0] if place + 1 < len(raw) else STOP
            if kind == NAME and " " not in key and key not in names:
                if following not in (VERB, COLON) or _is_plural(key):
                    raw[place] = (WORD, start, end, key.lower())
            elif previous == STOP and following == NAME and lexicon.verbs.get(key) == STRONG:
                raw[place] = (VERB, start, end, key)
        elif kind == VERB and (previous == GENITIVE or before in lexicon.articles):
            raw[place] = (WORD, start, end, key)
        previous, before = kind, key
    return raw


def _is_plural(word: str) -> bool:
    """Tell `Officials said` from `Kessel said`: nothing else in the text makes it a name."""
    return word.endswith("s") and len(word) > 5


def _number_sentences(text: str, raw: list[tuple[str, int, int, str]]) -> list[Token]:
    tokens: list[Token] = []
    sentence = 0
    new = tuple.__new__  # half the time of Token(...), which is most of this loop's
    append = tokens.append
    for place, (kind, start, end, key) in enumerate(raw):
        append(new(Token, (kind, start, end, key, sentence)))
        if kind == STOP or (kind == QUOTE and _ends_sentence(text, raw, place)):
            sentence += 1
    return tokens


def _ends_sentence(text: str, raw: list[tuple[str, int, int, str]], place: int) -> bool:
    """A quotation ends its sentence with its own full stop, unless words in lower case follow."""
    last = text[raw[place][2] - 1]
    if place + 1 == len(raw):
        return True
    following, start, _, _ = raw[place + 1]
    if following in (COMMA, DASH, COLON, STOP):
        return False
    if following == QUOTE:
        return last in _SENTENCE_ENDS
    starts_upper = text[start].isupper()
    return starts_upper and (last in ".…" or (last in "!?" and following == WORD))


# It begins with the blank, so that most characters are passed over by one look at each.
_INNER_NAME = re.compile(
    r"[ \xa0](?=[^\W\d_a-zß-öø-ÿ])(?:(?<=[^\W\d_A-Z].)|(?<=[,”\"] )(?=[A-Z]))([\w’'-]+)"
)


def inner_names(text: str) -> frozenset[str]:
    """Words that the text capitalises where no sentence begins.

    >>> sorted(inner_names("Hours later Ida Kessel met Brandt’s aide."))
    ['Brandt', 'Ida', 'Kessel']
    """
    return frozenset(_POSSESSIVE.sub("", word) for word in set(_INNER_NAME.findall(text)))


_SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))


@lru_cache(maxsize=1 << 14)
def bare_name(printed: str, lexicon: SpeechLexicon) -> str:
    """Take titles, and what is printed before them, off a name, and a possessive off its end.

    The last word stays, whatever it is.
    """
    words = _POSSESSIVE.sub("", printed.strip(" .")).split()
    plain = [word.lower().strip(".") for word in words]
    kept = len(words) - (2 if plain and plain[-1] in _SUFFIXES else 1)
    titles = [place for place in range(kept) if plain[place] in lexicon.titles]
    first = titles[-1] + 1 if titles else 0
    while first < kept and plain[first] in lexicon.not_names:
        first += 1
    return " ".join(words[first:])
