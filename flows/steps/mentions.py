"""Which entities an article names, where, and which of the corpus's entities they are."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import pyarrow as pa

from flows.steps.amounts import AmountWords, read_day, read_money
from flows.steps.cleanup import NameIndex, NameWords, clean_names
from flows.steps.columns import column_or_nulls, with_column
from flows.steps.labels import Span
from flows.steps.links import Entity, Gazetteer, Link, link_names
from flows.steps.person_roles import named_by_role, role_beside
from flows.steps.sentences import sentence_spans
from schemas.mentions import FIELDS, MENTIONS

Recogniser = Callable[[Sequence[str]], list[list[Span]]]
"""Finds the entities of each text: spans in code points, in order, without overlap."""

CAPTION_GAP = "\n\n"
"""Parts the captions of an article in the text that offsets of captions point into."""

NO_ENTITY_MODEL = "no_entity_model"


@dataclass(frozen=True, slots=True)
class NameKnowledge:
    """All that is known of names before an article is read.

    `places` are names of countries and capitals, which are places whatever a sentence makes of
    them; the rest of the gazetteer only links what is recognised.
    """

    words: NameWords
    places: NameIndex
    gazetteer: Gazetteer
    amounts: AmountWords


class Mention(NamedTuple):
    """A name in a text of an article, and what it means."""

    field: str
    start: int
    end: int
    label: str
    link: Link


def find_mentions(
    articles: pa.Table,
    quotes: pa.Table,
    recognise_by_language: Mapping[str, Recogniser],
    knowledge: NameKnowledge,
) -> pa.Table:
    """List the entities that titles, subtitles, bodies and captions name, linked and valued.

    Rows are mentions, by article, field and place; an article whose language has no recogniser
    has none. `surface` is the text from `start` to `end`. Reads the ids, the four texts,
    `language` and `published_at` of `articles` and the spans of `quotes`. Returns the columns
    of the contract.
    """
    rows = articles.select(_present(articles, _IDS)).to_pylist()
    texts = list(_texts(articles))
    languages = column_or_nulls(articles, "language")
    published = column_or_nulls(articles, "published_at")
    quoted = _quoted_spans(quotes)
    columns: dict[str, list[object]] = {name: [] for name in MENTIONS.column_names}
    for language, recognise in recognise_by_language.items():
        chosen = [place for place, code in enumerate(languages) if code == language]
        found = _recognise(recognise, [texts[place] for place in chosen])
        for place, spans in zip(chosen, found, strict=True):
            mentions = mentions_of(texts[place], spans, knowledge)
            named = _Named(texts[place], language, _day_of(published[place]), mentions)
            spoken = quoted.get(rows[place]["document_id"], [])
            _append(columns, rows[place], named, spoken, knowledge)
    table = pa.table(columns, schema=_SCHEMA)
    return _in_article_order(table, [row["document_id"] for row in rows])


def mentions_of(
    texts: Mapping[str, str], spans: Mapping[str, Sequence[Span]], knowledge: NameKnowledge
) -> list[Mention]:
    """The mentions of one article, by field and place, from a recogniser's spans by field."""
    cleaned = clean_names(texts, spans, knowledge.words, knowledge.places)
    places = [(field, *span) for field in texts for span in cleaned[field]]
    named = [(texts[field][start:end], label) for field, start, end, label in places]
    links = link_names(named, list(texts.values()), knowledge.gazetteer)
    mentions = [Mention(*place, link) for place, link in zip(places, links, strict=True)]
    by_role = _mentions_by_role(texts, mentions, knowledge.words)
    return _in_place_order(texts, mentions, by_role) if by_role else mentions


def roles_of(
    texts: Mapping[str, str], mentions: Sequence[Mention], words: NameWords
) -> dict[str, str]:
    """Role by entity id: the first that the article puts beside a person's name."""
    roles: dict[str, str] = {}
    for mention in mentions:
        entity = mention.link.entity
        if mention.label == "PERSON" and entity and entity.entity_id not in roles:
            role = role_beside(texts[mention.field], mention.start, mention.end, words)
            if role:
                roles[entity.entity_id] = role
    return roles


def flag_unrecognised(articles: pa.Table, languages: Collection[str]) -> pa.Table:
    """Add the flag `no_entity_model` where no recogniser reads the article's language.

    Rows and their order are unchanged; only `quality_flags` is written, once a flag.
    """
    flags = [
        _with_flag(present or [], language not in languages)
        for present, language in zip(
            column_or_nulls(articles, "quality_flags"),
            column_or_nulls(articles, "language"),
            strict=True,
        )
    ]
    return with_column(articles, "quality_flags", flags)


_IDS = ("article_id", "version", "document_id", "run_id")
_SCHEMA = pa.schema([part.with_nullable(True).remove_metadata() for part in MENTIONS.schema])


def _with_flag(present: list[str], is_flagged: bool) -> list[str]:
    if is_flagged and NO_ENTITY_MODEL not in present:
        return [*present, NO_ENTITY_MODEL]
    return present


def _present(table: pa.Table, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in table.column_names]


def _texts(articles: pa.Table) -> Iterator[dict[str, str]]:
    """Texts of each article by field; its captions make one text."""
    names = ("title", "subtitle", "body")
    columns = ([text or "" for text in column_or_nulls(articles, name)] for name in names)
    captions = (CAPTION_GAP.join(all_ or ()) for all_ in column_or_nulls(articles, "captions"))
    for values in zip(*columns, captions, strict=True):
        yield dict(zip(FIELDS, values, strict=True))


def _quoted_spans(quotes: pa.Table) -> dict[str, list[tuple[int, int]]]:
    """Spans of each document's quotations, outermost first at each place."""
    spans: dict[str, list[tuple[int, int]]] = {}
    columns = (quotes[name].to_pylist() for name in ("document_id", "start", "end"))
    for document_id, start, end in zip(*columns, strict=True):
        spans.setdefault(document_id, []).append((start, end))
    return spans


def _recognise(
    recognise: Recogniser, texts: Sequence[Mapping[str, str]]
) -> Iterator[dict[str, list[Span]]]:
    """Spans by field for each article; all texts go to the recogniser in one call."""
    found = iter(recognise([text[name] for text in texts for name in FIELDS]))
    for _ in texts:
        yield {name: next(found) for name in FIELDS}


@dataclass(frozen=True, slots=True)
class _Named:
    """One article with its mentions."""

    texts: Mapping[str, str]
    language: str
    published_on: date | None
    mentions: Sequence[Mention]


def _append(
    columns: dict[str, list[object]],
    row: Mapping[str, object],
    named: _Named,
    quoted: Sequence[tuple[int, int]],
    knowledge: NameKnowledge,
) -> None:
    """Append the mentions of one article, column by column."""
    mentions, texts = named.mentions, named.texts
    sentence_of = {
        name: _locator(sentence_spans(texts[name], named.language))
        for name in {mention.field for mention in mentions}
    }
    is_quoted = _cover(quoted)
    for name in ("field", "start", "end", "label"):
        columns[name] += [getattr(mention, name) for mention in mentions]
    columns["surface"] += [texts[one.field][one.start : one.end] for one in mentions]
    columns["sentence"] += [sentence_of[one.field](one.start) for one in mentions]
    columns["in_quote"] += [
        one.field == "body" and is_quoted(one.start, one.end) for one in mentions
    ]
    for name in _IDS:
        columns[name] += [row.get(name)] * len(mentions)
    _append_links(columns, named, knowledge.words)
    _append_values(columns, named, knowledge.amounts)


def _append_links(columns: dict[str, list[object]], named: _Named, words: NameWords) -> None:
    links = [mention.link for mention in named.mentions]
    roles = roles_of(named.texts, named.mentions, words)
    for column, attribute in (
        ("entity_id", "entity_id"),
        ("entity_name", "name"),
        ("country_code", "country_code"),
    ):
        columns[column] += [link.entity and getattr(link.entity, attribute) for link in links]
    columns["link_method"] += [link.method for link in links]
    columns["candidates"] += [link.candidates or None for link in links]
    columns["role"] += [link.entity and roles.get(link.entity.entity_id) for link in links]


def _append_values(columns: dict[str, list[object]], named: _Named, words: AmountWords) -> None:
    """What amounts of money and days come to."""
    for field, start, end, label, _ in named.mentions:
        surface = named.texts[field][start:end]
        money = read_money(surface, words) if label == "MONEY" else None
        day = read_day(surface, named.published_on, words) if label == "DATE" else None
        columns["amount"].append(money and money[0])
        columns["currency"].append(money and money[1])
        columns["resolved_on"].append(day)


def _mentions_by_role(
    texts: Mapping[str, str], mentions: Sequence[Mention], words: NameWords
) -> list[Mention]:
    """Where the body names a person by the role that the article gives to nobody else."""
    persons = {
        mention.link.entity.entity_id: mention.link.entity
        for mention in mentions
        if mention.link.entity
    }
    holders: dict[str, set[Entity]] = defaultdict(set)
    for entity_id, role in roles_of(texts, mentions, words).items():
        holders[role].add(persons[entity_id])
    return [
        Mention("body", start, end, "PERSON", Link(person, "role"))
        for start, end, person in named_by_role(texts.get("body", ""), holders)
    ]


def _in_place_order(
    texts: Mapping[str, str], mentions: Sequence[Mention], added: Sequence[Mention]
) -> list[Mention]:
    """All mentions by field and place; of two with one place the first is kept."""
    rank = {field: at for at, field in enumerate(texts)}
    by_place = {one[:3]: one for one in [*added, *mentions]}
    return sorted(by_place.values(), key=lambda one: (rank[one.field], one.start, one.end))


def _day_of(published_at: datetime | None) -> date | None:
    return published_at.date() if published_at else None


def _locator(sentences: Sequence[tuple[int, int]]) -> Callable[[int], int]:
    """A look-up of the sentence that a code point stands in."""
    starts = [start for start, _ in sentences]
    return lambda place: max(bisect_right(starts, place) - 1, 0)


def _cover(spans: Sequence[tuple[int, int]]) -> Callable[[int, int], bool]:
    """A test whether a stretch lies inside one of the spans, which may be nested."""
    outer: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not outer or end > outer[-1][1]:
            outer.append((start, end))
    starts = [start for start, _ in outer]

    def is_covered(start: int, end: int) -> bool:
        place = bisect_right(starts, start) - 1
        return place >= 0 and end <= outer[place][1]

    return is_covered


def _in_article_order(mentions: pa.Table, document_ids: Sequence[str]) -> pa.Table:
    """Sort by the articles' order; within one, fields and places keep theirs."""
    rank = {document_id: place for place, document_id in enumerate(document_ids)}
    ranks = [rank[document_id] for document_id in column_or_nulls(mentions, "document_id")]
    return mentions.take(pa.array(sorted(range(len(ranks)), key=ranks.__getitem__), pa.int64()))
