"""What an article quotes, and who says it."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

import pyarrow as pa

from flows.steps.columns import column_or_nulls, with_column
from flows.steps.counts import count_words
from flows.steps.quote_spans import QuoteSpan, find_quote_spans, quoting_paragraphs
from flows.steps.speakers import Paragraph, Source
from flows.steps.speech import (
    COLON,
    COMMA,
    NAME,
    PRONOUN,
    QUOTE,
    STOP,
    FullNames,
    ReportingVerbs,
    SpeechLexicon,
    bare_name,
    compile_reporting_verbs,
    inner_names,
    tokenise,
)
from schemas.quotes import QUOTES

__all__ = [
    "Quote",
    "ReportingVerbs",
    "compile_reporting_verbs",
    "derive_quote_counts",
    "find_quotes",
    "quotes_of",
]

PARTIAL_WORDS = 4
"""A stretch of fewer words is part of the reporter's sentence, not a sentence of the speaker."""

DEFAULT_LANGUAGE = "en"


class Quote(NamedTuple):
    """One quotation: its place, form and source, and the fullest name of the speaker."""

    span: QuoteSpan
    kind: str
    source: Source | None
    name: str | None


def quotes_of(body: str, language: str | None, verbs: ReportingVerbs) -> list[Quote]:
    """Find the quotations of a text with their speakers, in order.

    Without a language English rules read; a language without rules gets no speakers.
    """
    spans = find_quote_spans(body)
    lexicon = verbs.get(language or DEFAULT_LANGUAGE)
    sources: list[Source | None] = [None] * len(spans)
    names: list[str | None] = [None] * len(spans)
    if spans and lexicon is not None:
        article = _Reading(body, spans, lexicon)
        sources = article.attribute()
        names = article.name(sources)
    kinds = _kinds(body, spans)
    return list(map(Quote, spans, kinds, sources, names))


def find_quotes(articles: pa.Table, verbs: ReportingVerbs) -> pa.Table:
    """List the quotations of each `body`, in the articles' order.

    Rows are outermost quotations; what they quote in turn is part of their text. Reads the ids,
    `body` and `language`; returns the columns of the contract.
    """
    columns: dict[str, list[object]] = {name: [] for name in QUOTES.column_names}
    ids = [column_or_nulls(articles, name) for name in _IDS]
    bodies = column_or_nulls(articles, "body")
    languages = column_or_nulls(articles, "language")
    for body, language, *values in zip(bodies, languages, *ids, strict=True):
        found = quotes_of(body or "", language, verbs)
        for name, value in zip(_IDS, values, strict=True):
            columns[name] += [value] * len(found)
        _append(columns, body or "", found)
    return pa.table(columns, schema=_SCHEMA)


def derive_quote_counts(articles: pa.Table, quotes: pa.Table, mentions: pa.Table) -> pa.Table:
    """Count each article's quotations and mentions. Rows and their order are unchanged.

    Writes `quote_count`, `quoted_share` (of the characters of `body`) and `mention_count`.
    """
    keys = column_or_nulls(articles, "document_id")
    owners = column_or_nulls(quotes, "document_id")
    quote_count = Counter(owners)
    mention_count = Counter(column_or_nulls(mentions, "document_id"))
    quoted: Counter[str] = Counter()
    starts, ends = column_or_nulls(quotes, "start"), column_or_nulls(quotes, "end")
    for owner, start, end in zip(owners, starts, ends, strict=True):
        quoted[owner] += end - start
    lengths = [len(body or "") for body in articles["body"].to_pylist()]
    shares = [quoted[key] / max(length, 1) for key, length in zip(keys, lengths, strict=True)]
    articles = with_column(articles, "quote_count", [quote_count[key] for key in keys])
    articles = with_column(articles, "quoted_share", shares)
    return with_column(articles, "mention_count", [mention_count[key] for key in keys])


_IDS = ("article_id", "version", "document_id", "run_id")
_SCHEMA = pa.schema([part.with_nullable(True).remove_metadata() for part in QUOTES.schema])


def _append(columns: dict[str, list[object]], body: str, quotes: Sequence[Quote]) -> None:
    for span, kind, source, name in quotes:
        columns["start"].append(span.start)
        columns["end"].append(span.end)
        columns["text"].append(body[span.start : span.end])
        columns["kind"].append(kind)
        columns["speaker_text"].append(source and body[source.start : source.end])
        columns["speaker_start"].append(source and source.start)
        columns["speaker_end"].append(source and source.end)
        columns["speaker_name"].append(name)
        columns["speaker_role"].append(source and source.role and body[slice(*source.role)])
        columns["cue"].append(source and source.cue)
        columns["method"].append(source and source.method)
    for column in ("speaker_entity_id", "confidence"):
        columns[column] += [None] * len(quotes)


def _kinds(body: str, spans: Sequence[QuoteSpan]) -> list[str]:
    return [
        "multi_paragraph"
        if span.continues or (following is not None and following.continues)
        else "partial"
        if _is_partial(body, span)
        else "direct"
        for span, following in zip_longest(spans, spans[1:])
    ]


def _is_partial(body: str, span: QuoteSpan) -> bool:
    """A fragment: few words, or words that begin within the reporter's own sentence."""
    words = body[span.start : span.end]
    if count_words(words) < PARTIAL_WORDS:
        return True
    before = body[max(span.start - 4, 0) : span.start].rstrip(" \u00a0\"“„«»‘'‚‹›」『")[-1:]
    return words[0].islower() and before not in (",", ":", "", "\n") and words[-1] not in "?!"


class _Reading:
    """One article as the rules read it: its paragraphs, cut into tokens when they are needed."""

    def __init__(self, body: str, spans: Sequence[QuoteSpan], lexicon: SpeechLexicon) -> None:
        self.body = body
        self.spans = spans
        self.lexicon = lexicon
        self.bounds = quoting_paragraphs(body)
        self.names = inner_names(body)
        self.full_names = FullNames(body, lexicon)
        starts = [start for start, _ in self.bounds]
        self.paragraph_of = [bisect_right(starts, span.start) - 1 for span in spans]
        self.by_paragraph: dict[int, list[tuple[int, QuoteSpan]]] = {}
        for number, (place, span) in enumerate(zip(self.paragraph_of, spans, strict=True)):
            self.by_paragraph.setdefault(place, []).append((number, span))
        self.cut: dict[int, Paragraph] = {}

    def paragraph(self, place: int) -> Paragraph:
        if place not in self.cut:
            start, end = self.bounds[place]
            quotes = self.by_paragraph.get(place, [])
            tokens = tokenise(self.body, start, end, quotes, self.lexicon, self.names)
            self.cut[place] = Paragraph(tokens, self.lexicon)
        return self.cut[place]

    def attribute(self) -> list[Source | None]:
        """Sources of all quotations: their own, else the one that they continue."""
        sources: list[Source | None] = []
        for number, span in enumerate(self.spans):
            before = sources[-1] if sources else None
            own = self.paragraph(self.paragraph_of[number]).source_of(number)
            if span.continues and before is not None:
                own = before._replace(method="multi_paragraph")
            elif own is None:
                own = (
                    self._continued(number, before)
                    or self._led_in(number)
                    or self._speech_goes_on(number, before)
                )
            sources.append(own)
        self._fill_back(sources)
        return sources

    def name(self, sources: Sequence[Source | None]) -> list[str | None]:
        """Fullest form of each speaker's name; None for nominal and open pronoun sources."""
        names: list[str | None] = []
        for number, source in enumerate(sources):
            if source is None or source.kind not in (NAME, PRONOUN):
                names.append(None)
            elif source.kind == NAME:
                bare = bare_name(self.body[source.start : source.end], self.lexicon)
                names.append(self.full_names.full(bare, source.start))
            else:
                names.append(self._antecedent(number, source, names))
        return names

    def _continued(self, number: int, before: Source | None) -> Source | None:
        """A further quotation of the same paragraph, where nobody else comes in between."""
        if before is None or self.paragraph_of[number] != self.paragraph_of[number - 1]:
            return None
        paragraph = self.paragraph(self.paragraph_of[number])
        since = paragraph.quote_places[number - 1]
        for token in paragraph.tokens[since + 1 : paragraph.quote_places[number]]:
            if token.sentence == paragraph.tokens[since].sentence:
                continue
            is_source = before.start <= token.start < before.end
            is_role = before.role is not None and before.role[0] <= token.start < before.role[1]
            if token.kind in (NAME, PRONOUN) and not (is_source or is_role):
                return None
        return before._replace(method="continued")

    def _led_in(self, number: int) -> Source | None:
        """A quotation that opens its paragraph after one that ends with a colon."""
        place = self.paragraph_of[number]
        paragraph = self.paragraph(place)
        if place == 0 or paragraph.quote_places[number] != 0:
            return None
        lead = self.paragraph(place - 1)
        if not lead.tokens or lead.tokens[-1].kind != COLON:
            return None
        return lead.source_at_end()

    def _speech_goes_on(self, number: int, before: Source | None) -> Source | None:
        """A paragraph that is nothing but a quotation, after one whose last words have a source."""
        place = self.paragraph_of[number]
        if before is None or self.paragraph_of[number - 1] != place - 1:
            return None
        tokens = self.paragraph(place).tokens
        if any(token.kind not in (QUOTE, STOP, COMMA) for token in tokens):
            return None
        return before._replace(method="speech_goes_on")

    def _fill_back(self, sources: list[Source | None]) -> None:
        """Give a speech of several paragraphs the source that only its last one names."""
        for number in range(len(sources) - 1, 0, -1):
            source = sources[number]
            if self.spans[number].continues and sources[number - 1] is None and source is not None:
                sources[number - 1] = source._replace(method="multi_paragraph")

    def _antecedent(self, number: int, source: Source, names: Sequence[str | None]) -> str | None:
        """The one person that `he` or `she` can mean: the only full name close before it."""
        if self.body[source.start : source.end].lower() not in self.lexicon.singular_pronouns:
            return None
        place = bisect_right([start for start, _ in self.bounds], source.start) - 1
        candidates = set(self._people(place, source.start, names))
        return candidates.pop() if len(candidates) == 1 else None

    def _people(self, place: int, end: int, names: Sequence[str | None]) -> Iterator[str]:
        """Full names of the people in a paragraph before a point, and in the one before."""
        speakers = {name for name in names if name}
        for near in range(max(place - 1, 0), place + 1):
            for token in self.paragraph(near).tokens:
                if token.kind != NAME or token.end > end:
                    continue
                name = self.full_names.full(bare_name(token.key, self.lexicon), token.start)
                if " " in name or name in speakers:
                    yield name
