"""What an article quotes, and who says it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from flows.steps.attribution import Attribution, Reading, attribute
from flows.steps.columns import column_or_nulls, with_column
from flows.steps.counts import count_words
from flows.steps.dash_speech import find_dash_speech
from flows.steps.headlines import (
    SURE,
    HeadlineLexicon,
    HeadlineWords,
    Said,
    Voices,
    compile_headline_words,
    find_statement,
    may_attribute,
    plain_words,
)
from flows.steps.indirect import find_reports
from flows.steps.people import People, PeopleLexicon, compile_people_lexicon
from flows.steps.quote_spans import QuoteSpan, find_quote_spans
from flows.steps.ranker import SpeakerRanker, compile_ranker
from flows.steps.speech import ReportingVerbs, compile_reporting_verbs
from schemas.quotes import QUOTES

PARTIAL_WORDS = 4
"""A stretch of fewer words is part of the reporter's sentence, not a sentence of the speaker."""

DEFAULT_LANGUAGE = "en"
INDIRECT = "indirect"
UNBALANCED = "unbalanced_quotes"


@dataclass(frozen=True, slots=True)
class SpeechKnowledge:
    """What is known of speech: reporting verbs and rankers by language, headlines, and names."""

    verbs: ReportingVerbs
    headlines: HeadlineWords
    people: PeopleLexicon
    rankers: Mapping[str, SpeakerRanker]


def compile_speech_knowledge(
    lexicon: Mapping[str, Mapping[str, Any]], weights: Mapping[str, Mapping[str, Any]]
) -> SpeechKnowledge:
    """Compile word lists (`reporting_verbs`, `headlines`, `people`) and weights by language.

    Raises KeyError for what is missing.
    """
    return SpeechKnowledge(
        verbs=compile_reporting_verbs(lexicon["reporting_verbs"]),
        headlines=compile_headline_words(lexicon["headlines"]),
        people=compile_people_lexicon(lexicon["people"]),
        rankers={language: compile_ranker(table) for language, table in weights.items()},
    )


class Quote(NamedTuple):
    """One quotation, or one statement reported without marks: its place, form and speaker."""

    span: QuoteSpan
    kind: str
    speaker: Attribution
    is_repeat: bool = False
    field: str = "body"


def quotes_of(
    body: str, language: str | None, knowledge: SpeechKnowledge, title: str = ""
) -> list[Quote]:
    """Find the quotations and reported statements of a text with their speakers, in order.

    What the title attributes comes last. Without a language English is read; a language without
    a lexicon gets no speakers, and nothing from titles.
    """
    language = language or DEFAULT_LANGUAGE
    spans = find_quote_spans(body)
    lexicon = knowledge.verbs.get(language)
    if lexicon is not None:
        spans = sorted([*spans, *find_dash_speech(body, spans, lexicon)])
    kinds = _kinds(body, spans)
    if lexicon is None:
        return [Quote(*pair, Attribution()) for pair in zip(spans, kinds, strict=True)]
    reading = Reading(body, spans, lexicon, People(body, lexicon, knowledge.people))
    speakers = attribute(reading, knowledge.rankers.get(language))
    said = _with_repeats(body, map(Quote, spans, kinds, speakers))
    reports = [Quote(report.span, INDIRECT, report.speaker) for report in find_reports(reading)]
    found = sorted([*said, *reports], key=lambda quote: quote.span)
    words = knowledge.headlines.get(language)
    if words is None or not may_attribute(title, words):
        return found
    return [*found, *_headline(title, words, reading, found)]


def _headline(
    title: str, words: HeadlineLexicon, reading: Reading, found: Sequence[Quote]
) -> Iterator[Quote]:
    """The statement that a title attributes, if it does, to somebody of the body."""
    said = [_said(reading.body, quote) for quote in found if _is_sure(quote.speaker)]
    statement = find_statement(title, words, Voices(reading.people, reading.names, said))
    if statement is not None:
        span = statement.span
        kind = _kinds(title, [span])[0] if statement.is_marked else INDIRECT
        yield Quote(span, kind, Attribution(statement.source, statement.name), field="title")


def _is_sure(speaker: Attribution) -> bool:
    sure = (speaker.confidence, speaker.name_confidence)
    return speaker.source is not None and all(one is None or one >= SURE for one in sure)


def _said(body: str, quote: Quote) -> Said:
    source = quote.speaker.source
    assert source is not None
    told = body[source.start : source.end] + " " + body[slice(*(source.role or (0, 0)))]
    words = plain_words(body[quote.span.start : quote.span.end])
    return Said(words, quote.speaker.name, frozenset(plain_words(told).split()))


def _with_repeats(body: str, quotes: Iterable[Quote]) -> Iterator[Quote]:
    """Mark what the article quotes again, as a box or a second page does.

    The surer of the two speakers is that of the later one.
    """
    first: dict[str, Quote] = {}
    for quote in quotes:
        words = plain_words(body[quote.span.start : quote.span.end])
        before = first.get(words)
        if before is None or words.count(" ") < PARTIAL_WORDS - 1:
            first.setdefault(words, quote)
            yield quote
        elif (before.speaker.confidence or 0) >= (quote.speaker.confidence or 0):
            yield quote._replace(speaker=before.speaker, is_repeat=True)
        else:
            yield quote._replace(is_repeat=True)


def find_quotes(articles: pa.Table, knowledge: SpeechKnowledge) -> pa.Table:
    """List the quotations of each article, those of `body` before that of `title`.

    Rows are outermost quotations, what they quote in turn is part of their text, and statements
    reported without marks, of kind `indirect`; none lies in another. A title gives one row at
    most, with a speaker. Reads the ids, `title`, `body` and `language`; returns the columns of
    the contract.
    """
    columns: dict[str, list[object]] = {name: [] for name in QUOTES.column_names}
    ids = [column_or_nulls(articles, name) for name in _IDS]
    texts = [column_or_nulls(articles, name) for name in ("body", "title", "language")]
    for body, title, language, *values in zip(*texts, *ids, strict=True):
        found = quotes_of(body or "", language, knowledge, title or "")
        for name, value in zip(_IDS, values, strict=True):
            columns[name] += [value] * len(found)
        _append(columns, {"body": body or "", "title": title or ""}, found)
    return pa.table(columns, schema=_SCHEMA)


def in_marks(quotes: pa.Table) -> pa.Table:
    """Keep what stands between quotation marks in bodies; what is reported, or a title's, goes."""
    return quotes.filter((pc.field("kind") != INDIRECT) & (pc.field("field") == "body"))


def derive_quote_counts(articles: pa.Table, quotes: pa.Table, mentions: pa.Table) -> pa.Table:
    """Count each article's quotations and mentions. Rows and their order are unchanged.

    Writes `quote_count` (without repeats) and `quoted_share` (of the characters of `body`), both
    of quotations in marks, `mention_count`, and the flag `unbalanced_quotes` where marks break off.
    """
    keys = column_or_nulls(articles, "document_id")
    marked = in_marks(quotes)
    owners = column_or_nulls(marked, "document_id")
    repeats = column_or_nulls(marked, "is_repeat")
    quote_count = Counter(
        owner for owner, is_repeat in zip(owners, repeats, strict=True) if not is_repeat
    )
    mention_count = Counter(column_or_nulls(mentions, "document_id"))
    quoted: Counter[str] = Counter()
    starts, ends = column_or_nulls(marked, "start"), column_or_nulls(marked, "end")
    for owner, start, end in zip(owners, starts, ends, strict=True):
        quoted[owner] += end - start
    lengths = [len(body or "") for body in articles["body"].to_pylist()]
    shares = [quoted[key] / max(length, 1) for key, length in zip(keys, lengths, strict=True)]
    articles = with_column(articles, "quote_count", [quote_count[key] for key in keys])
    articles = with_column(articles, "quoted_share", shares)
    articles = _flag_unbalanced(articles, quotes)
    return with_column(articles, "mention_count", [mention_count[key] for key in keys])


def _flag_unbalanced(articles: pa.Table, quotes: pa.Table) -> pa.Table:
    balances = zip(
        column_or_nulls(quotes, "document_id"), column_or_nulls(quotes, "is_balanced"), strict=True
    )
    broken = {owner for owner, is_balanced in balances if is_balanced is False}
    flags = [
        [*(present or []), UNBALANCED]
        if key in broken and UNBALANCED not in (present or [])
        else present or []
        for key, present in zip(
            column_or_nulls(articles, "document_id"),
            column_or_nulls(articles, "quality_flags"),
            strict=True,
        )
    ]
    return with_column(articles, "quality_flags", flags)


_IDS = ("article_id", "version", "document_id", "run_id")
_SCHEMA = pa.schema([part.with_nullable(True).remove_metadata() for part in QUOTES.schema])


def _append(
    columns: dict[str, list[object]], texts: Mapping[str, str], quotes: Sequence[Quote]
) -> None:
    for span, kind, speaker, is_repeat, field in quotes:
        source = speaker.source
        text = texts[field]
        columns["field"].append(field)
        columns["start"].append(span.start)
        columns["end"].append(span.end)
        columns["text"].append(text[span.start : span.end])
        columns["kind"].append(kind)
        columns["is_repeat"].append(is_repeat)
        columns["is_balanced"].append(span.is_closed or kind == "multi_paragraph")
        columns["speaker_text"].append(source and text[source.start : source.end])
        columns["speaker_start"].append(source and source.start)
        columns["speaker_end"].append(source and source.end)
        columns["speaker_name"].append(speaker.name)
        columns["speaker_role"].append(source and source.role and text[slice(*source.role)])
        columns["cue"].append(source and source.cue)
        columns["method"].append(source and source.method)
        columns["confidence"].append(speaker.confidence)
        columns["name_confidence"].append(speaker.name_confidence)
    columns["speaker_entity_id"] += [None] * len(quotes)


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
