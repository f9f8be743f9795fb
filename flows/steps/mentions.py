"""Which entities an article names, and where."""

import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import pyarrow as pa

from flows.steps.columns import column_or_nulls, with_column
from flows.steps.labels import Span, settle_labels
from flows.steps.sentences import sentence_spans
from schemas.mentions import MENTIONS

Recogniser = Callable[[Sequence[str]], list[list[Span]]]
"""Finds the entities of each text: spans in code points, in order, without overlap."""

FIELDS = ("title", "subtitle", "body")
NO_ENTITY_MODEL = "no_entity_model"

_OUTER_MARKS = "\"'“”‘’„‚«»‹›「」『』`"
_POSSESSIVE = re.compile(r"['’][sS]$")


def find_mentions(
    articles: pa.Table,
    quotes: pa.Table,
    recognise_by_language: Mapping[str, Recogniser],
    places: frozenset[str] = frozenset(),
) -> pa.Table:
    """List the entities that titles, subtitles and bodies name.

    Rows are mentions, by article, field and place; an article whose language has no recogniser
    has none. `surface` is the column's text from `start` to `end`. Reads the ids, the three
    texts and `language` of `articles` and the spans of `quotes`; `places` are the names of
    countries and capitals. Returns the columns of the contract.
    """
    rows = articles.select(_present(articles, _IDS)).to_pylist()
    texts = [dict(zip(FIELDS, values, strict=True)) for values in _texts(articles)]
    languages = column_or_nulls(articles, "language")
    quoted = _quoted_spans(quotes)
    columns: dict[str, list[object]] = {name: [] for name in MENTIONS.column_names}
    for language, recognise in recognise_by_language.items():
        chosen = [place for place, code in enumerate(languages) if code == language]
        found = _recognise(recognise, [texts[place] for place in chosen])
        for place, spans_by_field in zip(chosen, found, strict=True):
            row = rows[place]
            spoken = quoted.get(row["document_id"], [])
            _append(columns, row, texts[place], language, spans_by_field, spoken, places)
    table = pa.table(columns, schema=_SCHEMA)
    return _in_article_order(table, [row["document_id"] for row in rows])


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


def trim_name(text: str, start: int, end: int) -> tuple[int, int]:
    """Narrow a span to the name: blanks and quotation marks off, a final possessive 's off.

    >>> text = "“Kessel’s ” aide"
    >>> start, end = trim_name(text, 0, 10)
    >>> text[start:end]
    'Kessel'
    >>> trim_name("’s", 0, 2)
    (0, 0)
    """
    outer = _OUTER_MARKS + " \t\r\n\u00a0\u2028\u2029"
    part = text[start:end]
    start += len(part) - len(part.lstrip(outer))
    part = _POSSESSIVE.sub("", text[start:end].rstrip(outer)).rstrip(outer)
    if not any(character.isalnum() for character in part) or part == "s":
        return 0, 0
    return start, start + len(part)


_IDS = ("article_id", "version", "document_id", "run_id")
_SCHEMA = pa.schema([part.with_nullable(True).remove_metadata() for part in MENTIONS.schema])


def _with_flag(present: list[str], is_flagged: bool) -> list[str]:
    if is_flagged and NO_ENTITY_MODEL not in present:
        return [*present, NO_ENTITY_MODEL]
    return present


def _present(table: pa.Table, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in table.column_names]


def _texts(articles: pa.Table) -> Iterator[tuple[str, ...]]:
    columns = ([text or "" for text in column_or_nulls(articles, name)] for name in FIELDS)
    return zip(*columns, strict=True)


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


def _append(
    columns: dict[str, list[object]],
    row: Mapping[str, object],
    texts: Mapping[str, str],
    language: str,
    spans_by_field: Mapping[str, list[Span]],
    quoted: Sequence[tuple[int, int]],
    places: frozenset[str],
) -> None:
    """Append the mentions of one article, column by column."""
    named = [
        (field, *trim_name(texts[field], start, end), label)
        for field, spans in spans_by_field.items()
        for start, end, label in spans
    ]
    named = [mention for mention in named if mention[1] < mention[2]]
    surfaces = [texts[field][start:end] for field, start, end, _ in named]
    labels = settle_labels(
        [(surface, mention[3]) for surface, mention in zip(surfaces, named, strict=True)], places
    )
    sentence_of = {name: _locator(sentence_spans(texts[name], language)) for name in FIELDS}
    is_quoted = _cover(quoted)
    columns["field"] += [field for field, _, _, _ in named]
    columns["start"] += [start for _, start, _, _ in named]
    columns["end"] += [end for _, _, end, _ in named]
    columns["surface"] += surfaces
    columns["label"] += labels
    columns["sentence"] += [sentence_of[field](start) for field, start, _, _ in named]
    columns["in_quote"] += [
        field == "body" and is_quoted(start, end) for field, start, end, _ in named
    ]
    for name in _IDS:
        columns[name] += [row.get(name)] * len(named)
    for name in ("entity_id", "link_method"):
        columns[name] += [None] * len(named)


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
