"""Who says what in a headline: few forms, each taken only where the article bears it out.

`Minister: We will not yield`, `“We will not yield”, says Kessel`, `Kessel says budget is dead`.
What stands before a colon is a topic, a section or a film as often as a speaker, and no rule of
form tells them apart. So a colon or a dash makes a speaker only of somebody to whom the body
attributes words as well, and a reporting verb only of somebody whom the body names.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flows.steps.people import GROUP, People
from flows.steps.quote_spans import QuoteSpan, find_quote_spans
from flows.steps.speakers import Source
from flows.steps.speech import NAME, WORD

FEWEST_WORDS = 3
"""Of a statement without a reporting verb, or without marks; shorter ones are titles and topics."""

MOST_WORDS_OF_SPEAKER = 7

SURE = 0.5
"""Probability that a body's attribution must have for its headline to rest on it."""


@dataclass(frozen=True, slots=True, eq=False)
class HeadlineLexicon:
    """The words of one language by which headlines tell who says what."""

    labels: frozenset[str]
    verbs: frozenset[str]
    plain: frozenset[str]
    that: frozenset[str]
    according: frozenset[tuple[str, ...]]
    sources: frozenset[str]
    articles: frozenset[str]
    barred: frozenset[str]
    inner: frozenset[str]
    resuming: frozenset[str]
    breaks: frozenset[str]
    finite: frozenset[str]
    speaking: frozenset[str]
    token: re.Pattern[str]


HeadlineWords = Mapping[str, HeadlineLexicon]
"""Lexicon by ISO 639 code of the language."""


def compile_headline_words(table: Mapping[str, Mapping[str, Any]]) -> HeadlineWords:
    """Compile `config/lexicon/headlines.toml`, by language. Raises KeyError for a missing list."""
    return {language: _compile(lists) for language, lists in table.items()}


_LISTS = (
    "verbs",
    "plain",
    "that",
    "sources",
    "articles",
    "barred",
    "inner",
    "resuming",
    "breaks",
    "finite",
    "speaking",
)
_ACRONYM = r"(?:[^\W\d_]\.){2,}"
_WORD = r"[^\W_](?:[\w'’.&/-]*[^\W_])?"


def _compile(lists: Mapping[str, Any]) -> HeadlineLexicon:
    elisions = "|".join(lists["elisions"].split())
    elided = rf"\b(?:{elisions})['’](?=\w)|" if elisions else ""
    return HeadlineLexicon(
        labels=frozenset(lists["labels"]),
        according=frozenset(tuple(words.split()) for words in lists["according"]),
        token=re.compile(rf"{elided}{_ACRONYM}|{_WORD}|[^\w\s]", re.I),
        **{name: frozenset(lists[name].split()) for name in _LISTS},
    )


class Said(NamedTuple):
    """What the body attributes: the words, the name, and the words of source and role."""

    words: str
    name: str | None
    source: frozenset[str]


class Voices:
    """Whom an article lets speak, and whom else it names; keys are in lower case."""

    def __init__(self, people: People, inner_names: Iterable[str], said: Sequence[Said]) -> None:
        self.people = people
        self.said = said
        self.speaking_words = frozenset(word for one in said for word in one.source)
        self.speaking: dict[str, set[str]] = {}
        self.known: dict[str, set[str]] = {}
        self.printed = {name.lower(): name for name in sorted(inner_names)}
        for one in said:
            if one.name:
                self._note(self.speaking, one.name)
        for names in people.full_names.values():
            for _, name in names:
                self.printed.setdefault(name.lower(), name)
                if people.kind_of(name) <= GROUP:
                    self._note(self.known, name)

    def _note(self, known: dict[str, set[str]], name: str) -> None:
        """Learn a name, and of a person the surname."""
        known.setdefault(name.lower(), set()).add(name)
        if self.people.kind_of(name) != GROUP:
            known.setdefault(self.people.entity_of(name), set()).add(name)

    def names_of(self, key: str, must_speak: bool) -> set[str]:
        """The names in the body that words of a headline may mean."""
        return self.speaking.get(key) or (set() if must_speak else self.known.get(key, set()))

    def repeated(self, words: str) -> Said | None:
        """What the body attributes with the same words in it."""
        return next((one for one in self.said if f" {words} " in f" {one.words} "), None)


def plain_words(text: str) -> str:
    """Words in lower case, parted by one blank.

    >>> plain_words("“We won’t YIELD!”")
    'we won t yield'
    """
    return " ".join(_PLAIN_WORD.findall(text.lower()))


_PLAIN_WORD = re.compile(r"\w+")


class HeadlineStatement(NamedTuple):
    """A statement of a headline: its place there, and its speaker with the fullest name."""

    span: QuoteSpan
    is_marked: bool
    source: Source
    name: str | None


class _Piece(NamedTuple):
    """A word, a mark, or a quotation with its marks: what `inside` holds are its words."""

    start: int
    end: int
    key: str
    inside: QuoteSpan | None = None

    @property
    def is_word(self) -> bool:
        return self.inside is None and self.key[0].isalnum()


class _Speaker(NamedTuple):
    """A phrase that names a speaker: its place, the role before it, the fullest name."""

    start: int
    end: int
    kind: str
    role: tuple[int, int] | None
    name: str | None


_Found = tuple[_Speaker, str | None, str, Sequence[_Piece]]
"""Speaker, cue, method, and the pieces of the statement."""

_PARTING = frozenset(',;:?!|()[]{}–—-….“‘„‚«‹"')
"""What no statement without marks has: it ends a clause, or opens marks that nothing closes."""

_DASHES = frozenset("–—-")


def find_statement(
    title: str, lexicon: HeadlineLexicon, voices: Voices
) -> HeadlineStatement | None:
    """Find the one statement that a headline attributes; None where there is none, or doubt.

    Questions, headlines with two reporting verbs and those that go on behind the statement
    (`... as talks fail`) are left.
    """
    spans = find_quote_spans(title)
    if not all(span.is_closed for span in spans):
        return None
    headline = _Headline(title, lexicon, voices)
    pieces = headline.without_labels(headline.pieces(spans))
    if not pieces or pieces[-1].key == "?":
        return None
    found = headline.attribution(pieces)
    if found is None:
        return None
    speaker, cue, method, said = found
    inside = headline.statement(said, speaker, cue)
    if inside is None:
        return None
    span, is_marked = inside
    name = speaker.name
    if speaker.kind == WORD and is_marked:
        name = headline.name_of_office(speaker, span)
    source = Source(speaker.start, speaker.end, speaker.kind, speaker.role, cue, method)
    return HeadlineStatement(span, is_marked, source, name)


def may_attribute(title: str, lexicon: HeadlineLexicon) -> bool:
    """Tell whether a title has a colon, a dash or a word that attributions need; most have none."""
    if ":" in title or any(dash in title for dash in _DASHES):
        return True
    words = set(plain_words(title).split())
    return any(word in words for word in lexicon.verbs) or any(
        words.issuperset(plain_words(" ".join(phrase)).split()) for phrase in lexicon.according
    )


class _Headline:
    """One title, and the forms in which it may attribute a statement."""

    def __init__(self, title: str, lexicon: HeadlineLexicon, voices: Voices) -> None:
        self.title = title
        self.lexicon = lexicon
        self.voices = voices

    # Pieces

    def pieces(self, spans: Sequence[QuoteSpan]) -> list[_Piece]:
        """The title's words and marks; a quotation is one piece."""
        pieces: list[_Piece] = []
        place = 0
        for span in spans:
            opening = len(self.title[: span.start].rstrip()) - 1
            closing = span.end + len(self.title[span.end :]) - len(self.title[span.end :].lstrip())
            pieces += self._words(place, opening)
            pieces.append(_Piece(opening, closing + 1, "", span))
            place = closing + 1
        return pieces + self._words(place, len(self.title))

    def _words(self, start: int, end: int) -> list[_Piece]:
        return [
            _Piece(found.start(), found.end(), found[0].lower().rstrip("'’"))
            if found[0][0].isalnum()
            else _Piece(found.start(), found.end(), found[0])
            for found in self.lexicon.token.finditer(self.title, start, end)
        ]

    def without_labels(self, pieces: list[_Piece]) -> list[_Piece]:
        """Pass over what kind of piece it is, in front: `Exclusive: ...`, `LIVE - ...`."""
        for at, piece in enumerate(pieces[:3]):
            if piece.key in (":", "|") or piece.key in _DASHES:
                words = " ".join(one.key for one in pieces[:at])
                return pieces[at + 1 :] if words in self.lexicon.labels else pieces
        return pieces

    # Forms

    def attribution(self, pieces: Sequence[_Piece]) -> _Found | None:
        """Speaker and statement by the first form that fits."""
        colons = [at for at, piece in enumerate(pieces) if piece.key == ":"]
        if colons:
            return self._parted(pieces, colons[0]) if len(colons) == 1 else None
        verbs = [at for at, piece in enumerate(pieces) if piece.key in self.lexicon.verbs]
        if len(verbs) == 1:
            return self._closing_verb(pieces, verbs[0]) or self._opening_verb(pieces, verbs[0])
        if verbs:
            return None
        return self._according(pieces) or self._signed(pieces)

    def _parted(self, pieces: Sequence[_Piece], colon: int) -> _Found | None:
        """`Minister: We will not yield`, `Kessel says: ...`, `Budget is dead: Kessel`."""
        before, after = pieces[:colon], pieces[colon + 1 :]
        if before and before[-1].key in self.lexicon.verbs:
            speaker = self._speaker(before[:-1], must_speak=False)
            return (speaker, before[-1].key, "headline_verb", after) if speaker else None
        speaker = self._speaker(before, must_speak=True)
        if speaker is not None:
            return speaker, None, "headline_label", after
        speaker = self._speaker(after, must_speak=True)
        return (speaker, None, "headline_signature", before) if speaker else None

    def _signed(self, pieces: Sequence[_Piece]) -> _Found | None:
        """`Budget is dead - Kessel`."""
        dashes = [at for at, piece in enumerate(pieces) if piece.key in _DASHES]
        if len(dashes) != 1:
            return None
        speaker = self._speaker(pieces[dashes[0] + 1 :], must_speak=True)
        return (speaker, None, "headline_signature", pieces[: dashes[0]]) if speaker else None

    def _closing_verb(self, pieces: Sequence[_Piece], verb: int) -> _Found | None:
        """`Budget is dead, says Kessel`, `Budget is dead, Kessel says`."""
        speaker, said = None, pieces
        if verb == len(pieces) - 1:
            starts = [at for at in range(verb) if self._parts(pieces[at])]
            if starts:
                speaker = self._speaker(pieces[starts[-1] + 1 : verb], must_speak=False)
                said = pieces[: starts[-1] + 1]
        elif verb and self._parts(pieces[verb - 1]):
            speaker = self._speaker(pieces[verb + 1 :], must_speak=False)
            said = pieces[:verb]
        if speaker is None:
            return None
        said = said[:-1] if said[-1].inside is None else said
        return speaker, pieces[verb].key, "headline_verb", said

    def _parts(self, piece: _Piece) -> bool:
        return piece.inside is not None or piece.key == "," or piece.key in _DASHES

    def _opening_verb(self, pieces: Sequence[_Piece], verb: int) -> _Found | None:
        """`Kessel says budget is dead`."""
        speaker = self._speaker(pieces[:verb], must_speak=False)
        if speaker is None:
            speaker = self._printed_name(pieces[:verb])
        said = pieces[verb + 1 :]
        if said and said[0].key == ",":  # German parts the clause so
            said = said[1:]
        return (speaker, pieces[verb].key, "headline_verb", said) if speaker else None

    def _according(self, pieces: Sequence[_Piece]) -> _Found | None:
        """`Budget is dead, according to Kessel`, `According to Kessel, budget is dead`."""
        for phrase in self.lexicon.according:
            width = len(phrase)
            for at in range(len(pieces) - width):
                if tuple(piece.key for piece in pieces[at : at + width]) != phrase:
                    continue
                behind = pieces[at + width :]
                said = pieces[:at]
                if not at:
                    comma = next((n for n, one in enumerate(behind) if one.key == ","), 0)
                    behind, said = behind[:comma], behind[comma + 1 :]
                elif said[-1].key == ",":
                    said = said[:-1]
                elif said[-1].inside is None and self.lexicon.that:
                    continue
                speaker = self._speaker(behind, must_speak=False)
                return (speaker, " ".join(phrase), "headline_according", said) if speaker else None
        return None

    # Speakers

    def _speaker(self, pieces: Sequence[_Piece], must_speak: bool) -> _Speaker | None:
        """A name that the body has, else an office: `Finance Minister Kessel`, `Top EU court`."""
        words = pieces[1:] if pieces and pieces[0].key in self.lexicon.articles else pieces
        if not 0 < len(words) <= MOST_WORDS_OF_SPEAKER:
            return None
        if any(not one.is_word or one.key in self.lexicon.barred for one in words):
            return None
        end = words[-1].end
        for at, first in enumerate(words):
            key = " ".join(one.key for one in words[at:])
            names = self.voices.names_of(key, must_speak)
            if names:
                role = (words[0].start, words[at - 1].end) if at else None
                if role and re.search("['’]", self.title[slice(*role)]):
                    role = None
                return _Speaker(
                    first.start, end, NAME, role, min(names) if len(names) == 1 else None
                )
        office = words[-1].key
        if office not in self.lexicon.sources:
            return None
        if must_speak and office not in self.voices.speaking_words:
            return None
        return _Speaker(pieces[0].start, end, WORD, None, None)

    def _printed_name(self, pieces: Sequence[_Piece]) -> _Speaker | None:
        """All of the words, where the body prints them with capitals: `Orbit Airlines says ...`."""
        if not pieces or any(not one.is_word or one.key in self.lexicon.barred for one in pieces):
            return None
        name = self.voices.printed.get(" ".join(one.key for one in pieces))
        return _Speaker(pieces[0].start, pieces[-1].end, NAME, None, name) if name else None

    def name_of_office(self, speaker: _Speaker, span: QuoteSpan) -> str | None:
        """Whom the body names for an office: who says the same words there, and has that office."""
        said = self.voices.repeated(plain_words(self.title[span.start : span.end]))
        if said is None or said.name is None:
            return None
        office = self.title[speaker.start : speaker.end].lower().split()[-1]
        has_office = any(office in one.source for one in self.voices.said if one.name == said.name)
        return said.name if has_office else None

    # Statements

    def statement(
        self, said: Sequence[_Piece], speaker: _Speaker, cue: str | None
    ) -> tuple[QuoteSpan, bool] | None:
        """The place of a statement and whether marks hold all of it; None for what is none."""
        while said and said[-1].key in (".", "!", "…"):
            said = said[:-1]
        if not said:
            return None
        inside = said[0].inside
        if len(said) == 1 and inside is not None:
            return (inside, True) if cue or self._is_speech(inside) else None
        has_that = bool(cue) and said[0].key in self.lexicon.that
        said = said[1:] if has_that else said
        if len(said) < FEWEST_WORDS or any(one.key in _PARTING for one in said):
            return None
        keys = [one.key for one in said]
        if not self.lexicon.breaks.isdisjoint(keys) or not self.lexicon.verbs.isdisjoint(keys):
            return None
        is_told = cue and (has_that or self._stands_alone(cue, said, speaker))
        if not is_told and not self._is_clause(keys, bool(cue)):
            return None
        return QuoteSpan(said[0].start, said[-1].end), False

    def _stands_alone(self, cue: str, said: Sequence[_Piece], speaker: _Speaker) -> bool:
        """Tell whether the cue says enough: `Kessel says wall too costly`, `..., Kessel warns`."""
        is_closing = said[0].start < speaker.start
        return said[0].key not in self.lexicon.barred and (is_closing or cue in self.lexicon.plain)

    def _is_speech(self, inside: QuoteSpan) -> bool:
        """Tell words between marks from the title of a work: a clause, or said in the body."""
        keys = [one.key for one in self._words(inside.start, inside.end) if one.is_word]
        if len(keys) < FEWEST_WORDS:
            return False
        words = plain_words(self.title[inside.start : inside.end])
        return self._is_clause(keys, follows_verb=False) or self.voices.repeated(words) is not None

    def _is_clause(self, keys: Sequence[str], follows_verb: bool) -> bool:
        """A subject and a finite verb, before anything that would open another clause.

        `She will stay` is one behind a verb; behind a colon it may be said of the person named.
        """
        if keys[0].replace("’", "'") in self.lexicon.speaking:
            return True
        for at, key in enumerate(keys):
            if key.replace("’", "'") in self.lexicon.finite:
                return at > 0
            passable = self.lexicon.inner if at else self.lexicon.resuming if follows_verb else ()
            if key in self.lexicon.barred and key not in passable:
                return False
        return False
