"""Who said it: a cascade of rules around reporting verbs, each with a name.

The rules read a paragraph's tokens. A quotation gets the speaker of the first rule that fits
and no speaker where none does: a gap can be seen, a wrong name cannot.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import NamedTuple

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
    SpeechLexicon,
    Token,
)

MAX_APPOSITION = 24
MAX_PHRASE = 9
MAX_ADVERBS = 6
MAX_CLAUSE = 40
MAX_SENTENCE = 200


class Source(NamedTuple):
    """A speaker: place and kind of the printed words, the role, the cue and the rule."""

    start: int
    end: int
    kind: str
    role: tuple[int, int] | None
    cue: str | None
    method: str


class Phrase(NamedTuple):
    """A phrase that could name a speaker: tokens `[first, last]`, and the role beside it."""

    first: int
    last: int
    kind: str
    role: tuple[int, int] | None = None


class Paragraph:
    """The tokens of one paragraph, and the rules that look for speakers among them."""

    def __init__(self, tokens: Sequence[Token], lexicon: SpeechLexicon) -> None:
        self.tokens = tokens
        self.lexicon = lexicon
        self.quote_places: dict[int, int] = {}
        self.verbs: list[int] = []
        self.sentence_starts: list[int] = []
        self.according: dict[int, int] = {}
        self.sources: dict[int, Source | None] = {}
        self._note_places()
        self.according_ends = {at + width - 1 for at, width in self.according.items()}
        self.passed_on = list(self._find_passed_on()) if self.according else []

    def source_of(self, number: int) -> Source | None:
        """Speaker of a quotation by what stands around it; None where no rule fits."""
        if number not in self.sources:
            self.sources[number] = self._first_fitting(self.quote_places[number])
        return self.sources[number]

    def _first_fitting(self, place: int) -> Source | None:
        for rule in (
            self._cue_before,
            self._cue_after,
            self._according,
            self._clause_before,
            self._clause_after,
            self._label,
            self._signature,
        ):
            source = rule(place)
            if source is not None:
                return source
        return None

    def source_at_end(self) -> Source | None:
        """Subject of the last reporting verb of a paragraph that leads in to the next."""
        verb = self._verb_before(len(self.tokens) - 1, reach=MAX_CLAUSE)
        return self._with_subject(verb, "lead_in") if verb is not None else None

    def subject_of(self, verb: int) -> Source | None:
        """Subject of the reporting verb at a place, whatever it reports."""
        return self._with_subject(verb, "subject")

    def strength(self, verb: int) -> int:
        """How surely the verb at a place reports speech."""
        return self.lexicon.verbs[self.tokens[verb].key]

    def first_strength(self, place: int, step: int) -> int:
        """Strength of the first reporting verb left or right of a quotation; 0 for none."""
        sentence = self.tokens[place].sentence
        end = place + step * MAX_PHRASE
        for at in range(
            place + step, max(end, -1) if step < 0 else min(end, len(self.tokens)), step
        ):
            token = self.tokens[at]
            if token.sentence != sentence or token.kind == QUOTE:
                return 0
            if token.kind == VERB:
                return self.strength(at)
        return 0

    def according_source(self, at: int) -> Source | None:
        """Source of the words such as `according to` that begin at a place."""
        phrase = self._according_phrase(at)
        if phrase is None:
            return None
        cue = " ".join(token.key for token in self.tokens[at : at + self.according[at]])
        return self._built(self._cited_behind(phrase) or phrase, cue, "according_to")

    def passes_on(self, start: int) -> bool:
        """Tell whether the phrase at a code point names who passes on the words of another."""
        at = bisect_right(self.passed_on, start, key=itemgetter(0)) - 1
        return at >= 0 and start < self.passed_on[at][1]

    def behind_aside(self, comma: int) -> int | None:
        """Index behind an aside such as `, according to the Post,` that opens at a comma."""
        opens = self.tokens[comma].key == "," and comma + 1 in self.according
        phrase = self._according_phrase(comma + 1) if opens else None
        closing = phrase.last + 1 if phrase else len(self.tokens)
        is_closed = closing < len(self.tokens) and self.tokens[closing].key == ","
        return closing + 1 if is_closed else None

    def index_at(self, offset: int) -> int:
        """Index of the first token that begins at a code point or after it."""
        return bisect_left(self.tokens, offset, key=lambda token: token.start)

    def is_according(self, at: int) -> bool:
        """Tell whether words such as `according to` end at a place."""
        return at in self.according_ends

    # Rules, in their order

    def _cue_before(self, place: int) -> Source | None:
        """`Kessel said: “...”`, `said Kessel, “...”`: the verb leads straight to the words."""
        verb = self._verb_before(place, reach=4)
        return self._with_subject(verb, "before") if verb is not None else None

    def _cue_after(self, place: int) -> Source | None:
        """`“...,” said Kessel` or `“...,” Kessel said`, also after a second quotation."""
        start = self._after_quote(place)
        if start is None:
            return None
        kind = self.tokens[start].kind
        if kind == VERB:
            phrase = self._phrase_from(start + 1)
            return self._source(phrase, start, "inversion_after")
        return self._subject_verb(start, "subject_verb_after")

    def _according(self, place: int) -> Source | None:
        """`“...,” according to the ministry`, before or after the quotation."""
        for at in self._same_sentence(self.tokens[place].sentence):
            source = self.according_source(at)
            if source is not None and not self.passes_on(source.start):
                return source
        return None

    def _clause_before(self, place: int) -> Source | None:
        """`Kessel called the vote, which she lost, “...”`: a verb further left."""
        verb = self._verb_before(place, reach=MAX_CLAUSE)
        return self._with_subject(verb, "clause_before") if verb is not None else None

    def _clause_after(self, place: int) -> Source | None:
        """`It was “...” for the town, Kessel said`: subject and verb at a clause's end."""
        sentence = self.tokens[place].sentence
        for at in range(place + 1, self._end(place)):
            token = self.tokens[at]
            if token.sentence != sentence:
                return None
            if token.kind == VERB and self.lexicon.verbs[token.key] > WEAK:
                source = self._with_subject(at, "clause_after", earliest=place + 1)
                if source is not None:
                    return source
        return None

    def _label(self, place: int) -> Source | None:
        """`KESSEL: “...”` and `Ida Kessel, Orbit Post: “...”`: a name and a colon."""
        if place < 2 or self.tokens[place - 1].kind != COLON:
            return None
        name = place - 2
        kinds = [token.kind for token in self.tokens[:3]]
        if name == 2 and kinds[:2] == [NAME, COMMA]:
            return self._built(Phrase(0, 0, NAME, self._span(name, name)), None, "label")
        if self.tokens[name].kind != NAME:
            return None
        return self._built(Phrase(name, name, NAME), None, "label")

    def _signature(self, place: int) -> Source | None:
        """`“...” — Ida Kessel, Orbit`: a dash and a name, as letters are signed."""
        after = self.tokens[place + 1 : place + 4]
        kinds = [token.kind for token in after]
        if kinds[:2] != [DASH, NAME] or (len(kinds) == 3 and kinds[2] not in (STOP, COMMA, QUOTE)):
            return None
        name = place + 2
        return self._built(Phrase(name, name, NAME, self._role_after(name)), None, "signature")

    # Verbs

    def _verb_before(self, place: int, reach: int) -> int | None:
        """The nearest reporting verb left of a place, in its sentence.

        A surer verb further left wins: in `Kessel said he thinks it “...”` it is Kessel who says.
        """
        nearest = None
        sentence = self.tokens[place].sentence
        for at in range(place - 1, max(place - 1 - MAX_CLAUSE, -1), -1):
            token = self.tokens[at]
            if token.sentence != sentence or (nearest is not None and token.kind == QUOTE):
                break
            if nearest is None and place - at > reach:
                return None
            if token.kind != VERB:
                continue
            strength = self.lexicon.verbs[token.key]
            if nearest is None or strength > self.lexicon.verbs[self.tokens[nearest].key]:
                nearest = at
        return nearest

    def _after_quote(self, place: int) -> int | None:
        """First token after a quotation, and after those coordinated with it."""
        at = place + 1
        sentence = self.tokens[place].sentence
        while at < self._end(place) and self.tokens[at].sentence == sentence:
            token = self.tokens[at]
            is_link = token.kind == WORD and token.key in self.lexicon.conjunctions
            if token.kind in (COMMA, DASH, QUOTE):
                at += 1
            elif is_link and at + 1 < len(self.tokens) and self.tokens[at + 1].kind == QUOTE:
                at += 2
            else:
                return self._skip_auxiliaries(at)
        return None

    def _skip_auxiliaries(self, at: int) -> int:
        while (
            at + 1 < len(self.tokens)
            and self.tokens[at].key in self.lexicon.auxiliaries
            and self.tokens[at + 1].kind in (VERB, WORD)
            and self.tokens[at].kind == WORD
            and self.tokens[at].key not in self.lexicon.determiners
        ):
            at += 1
        return at

    def _subject_verb(self, start: int, method: str) -> Source | None:
        """A phrase at `start` whose verb follows, adverbs and an apposition between them."""
        phrase = self._phrase_from(start, takes_apposition=False)
        if phrase is None:
            return None
        verb = self._verb_after(phrase.last)
        if verb is None:
            return None
        return self._with_subject(verb, method, earliest=start) or self._source(
            phrase, verb, method
        )

    def _verb_after(self, last: int) -> int | None:
        at = last + 1
        sentence = self.tokens[last].sentence
        is_aside = at < len(self.tokens) and self.tokens[at].kind in (COMMA, DASH)
        reach = MAX_APPOSITION if is_aside else MAX_ADVERBS
        for place in range(at, min(at + reach, len(self.tokens))):
            token = self.tokens[place]
            if token.sentence != sentence or token.kind in (QUOTE, COLON):
                return None
            if token.kind == VERB:
                return place
            if not is_aside and not self.is_filler(token):
                return None
        return None

    def is_filler(self, token: Token) -> bool:
        """Tell whether a token may stand between a subject and its verb."""
        return token.kind == WORD and (
            token.key in self.lexicon.auxiliaries or token.key.endswith("ly")
        )

    # Subjects

    def _with_subject(self, verb: int, method: str, earliest: int = 0) -> Source | None:
        """The source whose verb stands at `verb`: inverted after a quotation, else before it."""
        if self._is_inverted(verb):
            phrase = self._phrase_from(verb + 1)
            if phrase is not None:
                return self._source(phrase, verb, f"inversion_{method}")
        shares_first = self._is_participle(verb)
        phrase = self._shared_subject(verb) if shares_first else None
        phrase = phrase or self._subject_before(verb, earliest)
        if phrase is None and not shares_first and method != "clause_after":
            phrase = self._shared_subject(verb)
        if phrase is None and verb == 0 and not earliest:
            phrase = self._phrase_from(verb + 1)
        return self._source(phrase, verb, method)

    def _is_participle(self, verb: int) -> bool:
        """`..., saying`: the subject is the sentence's, not what stands before it."""
        if not self.tokens[verb].key.endswith("ing"):
            return False
        return not verb or self.tokens[verb - 1].key not in self.lexicon.auxiliaries

    def _is_inverted(self, verb: int) -> bool:
        """Tell whether the subject follows: after a quotation, or in an aside of its own."""
        kinds = [token.kind for token in self.tokens[verb - 1 : verb + 3]] if verb else []
        if kinds[:3:2] == [COMMA, NAME] and kinds[3:] == [COMMA]:
            return True
        at = verb - 1
        while at >= 0 and (
            self.is_filler(self.tokens[at]) or self.tokens[at].kind in (COMMA, DASH)
        ):
            at -= 1
        return at >= 0 and self.tokens[at].kind == QUOTE

    def _subject_before(self, verb: int, earliest: int = 0) -> Phrase | None:
        at = verb - 1
        while at >= earliest and self.is_filler(self.tokens[at]):
            at -= 1
        if at < earliest or self.tokens[at].sentence != self.tokens[verb].sentence:
            return None
        token = self.tokens[at]
        if token.kind in (COMMA, DASH):
            return self._subject_before_aside(at, earliest)
        if token.kind == WORD and token.key in self.lexicon.relatives:
            return self._phrase_to(at - 1 - (self.tokens[at - 1].kind == COMMA), earliest)
        return self._phrase_to(at, earliest)

    def _subject_before_aside(self, closing: int, earliest: int) -> Phrase | None:
        """`Ida Kessel, a judge of Orbit, Ohio, said`: the name before the aside that ends here."""
        sentence = self.tokens[closing].sentence
        for at in range(closing - 1, max(closing - MAX_APPOSITION, earliest) - 1, -1):
            token = self.tokens[at]
            if token.sentence != sentence or token.kind == QUOTE:
                return None
            if token.kind not in (COMMA, DASH) or at == earliest:
                continue
            phrase = self._phrase_to(at - 1, earliest)
            if phrase is None or not self._is_head(phrase):
                continue
            owner = self._name_before_role(phrase)
            if owner is not None:
                return owner
            named = self._only_name(at + 1, closing)
            if phrase.kind == WORD and named is not None:
                role = (self.tokens[phrase.first].start, self.tokens[phrase.last].end)
                return Phrase(named, named, NAME, role)
            return phrase._replace(role=phrase.role or self._as_role(at + 1, closing - 1))
        return None

    def _name_before_role(self, phrase: Phrase) -> Phrase | None:
        """`Ida Kessel, the minister for roads, ...`: the phrase is the role of a name."""
        name = phrase.first - 2
        if phrase.kind != WORD or name < 0 or self.tokens[name + 1].kind != COMMA:
            return None
        found = Phrase(name, name, NAME, self._span(phrase.first, phrase.last))
        return found if self.tokens[name].kind == NAME and self._is_head(found) else None

    def _is_head(self, phrase: Phrase) -> bool:
        """A name after a preposition is a place or a matter, not who speaks."""
        before = self.tokens[phrase.first - 1] if phrase.first else None
        return before is None or before.key not in self.lexicon.prepositions

    def _only_name(self, first: int, end: int) -> int | None:
        if end - first == 1 and self.tokens[first].kind == NAME and " " in self.tokens[first].key:
            return first
        return None

    def _shared_subject(self, verb: int) -> Phrase | None:
        """`Kessel left the room and said`: the verb shares the subject of its sentence."""
        before = self.tokens[verb - 1] if verb else None
        is_joined = before is not None and (
            before.key in self.lexicon.conjunctions or before.kind == COMMA
        )
        if not is_joined and not self._is_participle(verb):
            return None
        return self._first_subject(self.tokens[verb].sentence, verb)

    def _first_subject(self, sentence: int, end: int) -> Phrase | None:
        """The first name, pronoun or noun phrase of a sentence that no preposition governs."""
        for at in self._same_sentence(sentence):
            if at >= end:
                return None
            token = self.tokens[at]
            is_opening = token.kind == GENITIVE or (
                token.kind == WORD and token.key in self.lexicon.determiners
            )
            if token.kind not in (NAME, PRONOUN) and not is_opening:
                continue
            if self._is_head(Phrase(at, at, token.kind)):
                phrase = self._phrase_from(at, takes_apposition=True)
                if phrase is not None and phrase.last < end:
                    return phrase
        return None

    # Phrases

    def _phrase_to(self, last: int, earliest: int = 0) -> Phrase | None:
        """The phrase that ends at a token, read backwards."""
        if last < earliest:
            return None
        token = self.tokens[last]
        if token.kind == PRONOUN:
            return Phrase(last, last, PRONOUN)
        if token.kind == NAME and self._is_head(Phrase(last, last, NAME)):
            return Phrase(last, last, NAME, self._role_before(last, earliest))
        if token.kind not in (NAME, WORD):
            return None
        return self._nominal_to(last, earliest)

    def _nominal_to(self, last: int, earliest: int) -> Phrase | None:
        """`a spokesman for the ministry`, `senior officials`: back to what opens the phrase."""
        sentence = self.tokens[last].sentence
        for at in range(last, max(last - MAX_PHRASE, earliest) - 1, -1):
            token = self.tokens[at]
            if token.sentence != sentence or token.kind not in (NAME, WORD, GENITIVE):
                return self._bare_plural(at + 1, last)
            is_opening = token.key in self.lexicon.determiners and token.kind == WORD
            if (is_opening or token.kind == GENITIVE) and at < last:
                if not self._is_governed(at):
                    return Phrase(at, last, WORD)
            elif self._ends_phrase(token):
                return self._bare_plural(at + 1, last)
        return self._bare_plural(earliest, last) if last - earliest < MAX_PHRASE else None

    def _is_governed(self, at: int) -> bool:
        """A determiner after `for` or `of` opens a part of the phrase, not the phrase."""
        before = self.tokens[at - 1] if at else None
        return (
            before is not None
            and before.kind == WORD
            and before.key in self.lexicon.inner_prepositions
        )

    def _ends_phrase(self, token: Token) -> bool:
        return (
            token.kind == WORD
            and token.key not in self.lexicon.inner_prepositions
            and (token.key in self.lexicon.phrase_ends or token.key in self.lexicon.prepositions)
        )

    def _bare_plural(self, first: int, last: int) -> Phrase | None:
        """`officials`, `critics of the plan`: a plural that needs no determiner."""
        for at in range(first, last + 1):
            token = self.tokens[at]
            if self._is_plural(token):
                return Phrase(first, last, WORD)
            if token.key in self.lexicon.inner_prepositions:
                return None
        return None

    def _is_plural(self, token: Token) -> bool:
        is_plural = token.key.endswith("s") and len(token.key) > 4
        return token.kind == WORD and (is_plural or token.key in self.lexicon.plural_sources)

    def _phrase_from(self, first: int, takes_apposition: bool = True) -> Phrase | None:
        """The phrase that begins at a token, read forwards, with the name in its apposition."""
        if first >= len(self.tokens):
            return None
        token = self.tokens[first]
        if token.kind == PRONOUN:
            return Phrase(first, first, PRONOUN)
        if token.kind not in (NAME, WORD, GENITIVE):
            return None
        last = self._phrase_end(first)
        if last is None:
            return None
        if self.tokens[last].kind == NAME and not self._has_preposition(first, last):
            role = self._span(first, last - 1) if first < last else None
            if takes_apposition:
                role = role or self._role_after(last)
            return Phrase(last, last, NAME, role)
        if token.kind == NAME and last > first:
            before_preposition = self._before_preposition(first, last)
            if before_preposition == first:
                return Phrase(first, first, NAME, None)
        named = self._name_after(last) if takes_apposition else None
        if named is not None:
            return Phrase(named, named, NAME, self._span(first, last))
        is_noun_phrase = (
            token.kind == GENITIVE
            or token.key in self.lexicon.determiners
            or self._bare_plural(first, last) is not None
            or (last > first and self.tokens[first].kind == NAME)
        )
        is_bare = first == last and token.key in (
            self.lexicon.determiners - self.lexicon.plural_sources
        )
        return Phrase(first, last, WORD) if is_noun_phrase and not is_bare else None

    def _phrase_end(self, first: int) -> int | None:
        """Last token of the phrase: before a mark, a verb, or a word that begins the next."""
        last = None
        sentence = self.tokens[first].sentence
        for at in range(first, min(first + MAX_PHRASE, len(self.tokens))):
            token = self.tokens[at]
            if token.kind not in (NAME, WORD, GENITIVE) or token.sentence != sentence:
                break
            if at > first and token.kind == WORD and self._stops_phrase(token, at, first):
                break
            last = at
        while last is not None and last > first and self._is_loose(self.tokens[last]):
            last -= 1
        if last is None or self.tokens[first].kind != NAME or self._is_plural(self.tokens[last]):
            return last
        while self.tokens[last].kind == WORD:
            last -= 1
        return last

    def _stops_phrase(self, token: Token, at: int, first: int) -> bool:
        if token.key in self.lexicon.determiners:
            return self.tokens[at - 1].key not in self.lexicon.inner_prepositions
        if token.key in self.lexicon.phrase_ends or token.key in self.lexicon.auxiliaries:
            return True
        is_participle = token.key.endswith(("ed", "ing"))
        return is_participle and at > first + 1 and self.tokens[at - 1].kind == WORD

    def _is_loose(self, token: Token) -> bool:
        return token.kind == WORD and (
            token.key in self.lexicon.prepositions or token.key in self.lexicon.determiners
        )

    def _has_preposition(self, first: int, last: int) -> bool:
        return self._before_preposition(first, last) < last

    def _before_preposition(self, first: int, last: int) -> int:
        for at in range(first, last + 1):
            if self.tokens[at].kind == WORD and self.tokens[at].key in self.lexicon.prepositions:
                return at - 1
        return last

    # Roles

    def role_of(self, name: int) -> tuple[int, int] | None:
        """The role printed beside a name: before it, else in apposition."""
        return self._role_before(name, 0) or self._role_after(name)

    def _role_before(self, name: int, earliest: int) -> tuple[int, int] | None:
        """`press secretary` in `press secretary Ida Kessel`."""
        first = name
        for at in range(name - 1, max(name - 7, earliest) - 1, -1):
            token = self.tokens[at]
            if token.sentence != self.tokens[name].sentence:
                break
            if token.kind not in (WORD, NAME, GENITIVE) or self._bars_role(token):
                break
            first = at
        return self._span(first, name - 1) if first < name else None

    def _bars_role(self, token: Token) -> bool:
        return token.kind == WORD and (
            token.key in self.lexicon.not_names
            or token.key in self.lexicon.phrase_ends
            or token.key in self.lexicon.prepositions
            or token.key in self.lexicon.auxiliaries
        )

    def _role_after(self, name: int) -> tuple[int, int] | None:
        """`a judge in Orbit` of `Ida Kessel, a judge in Orbit`."""
        at = name + 1
        if at >= len(self.tokens) or self.tokens[at].kind != COMMA:
            return None
        last = at
        for place in range(at + 1, min(at + MAX_APPOSITION, len(self.tokens))):
            token = self.tokens[place]
            is_age = token.kind == COMMA and last == at + 1 and self.tokens[last].key.isdigit()
            if token.kind not in (WORD, NAME, GENITIVE) and not is_age:
                break
            last = place
        return self._as_role(at + 1, last)

    def _as_role(self, first: int, last: int) -> tuple[int, int] | None:
        """An aside as a role: without an age, and without a clause that it opens or is."""
        lexicon = self.lexicon
        while first <= last and (
            self.tokens[first].key.isdigit() or self.tokens[first].kind == COMMA
        ):
            first += 1
        for at in range(first, last + 1):
            if self.tokens[at].key in lexicon.relatives:
                last = at - 1
                break
        while last >= first and self.tokens[last].kind == COMMA:
            last -= 1
        if last < first:
            return None
        opens = self.tokens[first]
        barred = lexicon.prepositions | lexicon.conjunctions
        if opens.key.endswith("ing") or opens.key in barred or self._ends_phrase(opens):
            return None
        return self._span(first, last)

    def _name_after(self, last: int) -> int | None:
        """The name in `the group’s director, Ida Kessel`."""
        at = last + 2
        if at >= len(self.tokens) or self.tokens[last + 1].kind != COMMA:
            return None
        end = at + 1
        closes = end >= len(self.tokens) or self.tokens[end].kind in (COMMA, STOP, QUOTE, DASH)
        return self._only_name(at, end) if closes else None

    # Building

    def _end(self, place: int) -> int:
        """Where a search to the right of a place ends at the latest."""
        return min(place + MAX_SENTENCE, len(self.tokens))

    def _span(self, first: int, last: int) -> tuple[int, int]:
        return self.tokens[first].start, self.tokens[last].end

    def _same_sentence(self, sentence: int) -> Iterator[int]:
        """Places of a sentence's first tokens: longer ones are lists, not statements."""
        start = self.sentence_starts[sentence - self.tokens[0].sentence]
        for at in range(start, min(start + MAX_SENTENCE, len(self.tokens))):
            if self.tokens[at].sentence != sentence:
                return
            yield at

    def _according_phrase(self, at: int) -> Phrase | None:
        width = self.according.get(at)
        return self._phrase_from(at + width) if width else None

    def _find_passed_on(self) -> Iterator[tuple[int, int]]:
        """Where those begin and end who only pass words on, by code points.

        `Kessel said, according to the Post`, `according to a report, which quoted Kessel`.
        """
        for at in self.according:
            phrase = self._according_phrase(at)
            if phrase is None:
                continue
            cited = self._cited_behind(phrase)
            if cited is not None:
                yield self.tokens[phrase.first].start, self.tokens[cited.first].start
            elif self._is_aside(at) or self._opens_report(at, phrase.last):
                yield self._span(phrase.first, phrase.last)

    def _is_aside(self, at: int) -> bool:
        """Tell whether `according to` only adds to a report: `Kessel said, according to the Post`.

        `He was asked, according to the Post` is none: there the Post is who speaks.
        """
        verb = at - 2
        if verb < 1 or self.tokens[at - 1].key != "," or not self._reports_surely(verb):
            return False
        is_active = self.tokens[verb - 1].key not in self.lexicon.auxiliaries
        return is_active and self.subject_of(verb) is not None

    def _opens_report(self, at: int, last: int) -> bool:
        """Tell whether a report follows: `According to the Post, Kessel said “...”`."""
        begin = last + 2
        opens = not at or self.tokens[at - 1].sentence != self.tokens[at].sentence
        if not opens or begin >= len(self.tokens):
            return False
        subject = self._phrase_from(begin, takes_apposition=False)
        verb = self._verb_after(subject.last) if subject is not None else None
        if self.tokens[last + 1].key != "," or verb is None or not self._reports_surely(verb):
            return False
        behind = [token.kind for token in self.tokens[verb + 1 : verb + 3]]
        return behind[:1] == [QUOTE] or behind in ([COMMA, QUOTE], [COLON, QUOTE])

    def _reports_surely(self, verb: int) -> bool:
        return self.tokens[verb].kind == VERB and self.strength(verb) == STRONG

    def _cited_behind(self, phrase: Phrase) -> Phrase | None:
        """`Kessel` in `a report by the board, which quoted Kessel`."""
        sentence = self.tokens[phrase.last].sentence
        for at in range(phrase.last + 1, min(phrase.last + MAX_PHRASE, len(self.tokens))):
            token = self.tokens[at]
            if token.key in self.lexicon.citing:
                return self._phrase_from(at + 1)
            if token.sentence != sentence or token.kind not in (WORD, NAME, GENITIVE, COMMA):
                return None
        return None

    def _note_places(self) -> None:
        """Learn in one pass where quotations, verbs, sentences and `according to` stand."""
        openers = {words[0] for words in self.lexicon.according}
        sentence_before = None
        for place, (kind, _, _, key, sentence) in enumerate(self.tokens):
            if sentence != sentence_before:
                self.sentence_starts.append(place)
                sentence_before = sentence
            if kind == QUOTE:
                self.quote_places[int(key)] = place
            elif kind == VERB:
                self.verbs.append(place)
            if key in openers:
                self._note_according(place)

    def _note_according(self, at: int) -> None:
        """Learn of `according to` and the like its number of tokens."""
        for words in self.lexicon.according:
            if tuple(near.key for near in self.tokens[at : at + len(words)]) == words:
                self.according[at] = len(words)

    def _source(self, phrase: Phrase | None, verb: int, method: str) -> Source | None:
        return self._built(phrase, self.tokens[verb].key, method) if phrase else None

    def _built(self, phrase: Phrase, cue: str | None, method: str) -> Source:
        start, end = self._span(phrase.first, phrase.last)
        return Source(start, end, phrase.kind, phrase.role, cue, method)
