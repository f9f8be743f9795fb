"""Show what changed between two versions, or between an article and the one that it copies."""

import json
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any

import duckdb

from flows.answers import plain_value
from flows.console import out
from flows.errors import SetupError
from flows.explain import find_record, visible
from flows.steps.revisions import Change, Version, changes_between, paragraph_changes

Row = dict[str, Any]

_BEFORE, _AFTER, _ASIDE = "red", "green", "dim"

_PREVIOUS = """
    SELECT * FROM articles WHERE article_id = $article_id AND version < $version
    ORDER BY version DESC LIMIT 1"""
_CANONICAL = """
    SELECT article.* FROM duplicates AS copy
    JOIN articles AS article ON article.article_id = copy.canonical_article_id
    WHERE copy.article_id = $article_id AND copy.version = $version
        AND copy.canonical_article_id <> copy.article_id
    ORDER BY article.version DESC LIMIT 1"""
_QUOTATIONS = """
    SELECT text FROM quotes WHERE article_id = $article_id AND version = $version
        AND kind <> 'indirect' AND field = 'body'
    ORDER BY start"""


def diff(
    connection: duckdb.DuckDBPyConnection, id: str, other: str | None, as_json: bool = False
) -> None:
    """Print the difference on stdout, in colour on a terminal, else plain; or as one JSON object.

    An article is set against `other` where that is given, else against its version before, else
    against the canonical article of its cluster. Raises SetupError where there is none of these,
    and as `find_record` does.
    """
    after = _article(connection, id)
    before = _article(connection, other) if other else _counterpart(connection, after, id)
    versions = _version(connection, before), _version(connection, after)
    if as_json:
        print(json.dumps(_as_object(before, after, versions), ensure_ascii=False, indent=2))
        return
    for line in render(before, after, *versions):
        out().print(line, soft_wrap=True)


def render(before_row: Row, after_row: Row, before: Version, after: Version) -> Iterator[Any]:
    """Rich renderings: both articles, what changed in order, and a count of each change."""
    from rich.rule import Rule
    from rich.text import Text

    yield Text(f"- {_described(before_row)}", _BEFORE)
    yield Text(f"+ {_described(after_row)}", _AFTER)
    yield Rule(style=_ASIDE)
    changes = changes_between(before, after)
    for change in changes:
        if change.change in ("headline", "subtitle"):
            yield from _change_lines(change)
    yield from _body_lines(paragraph_changes(before.body, after.body))
    for change in changes:
        if change.change.startswith("quotation"):
            yield from _change_lines(change)
    yield Rule(style=_ASIDE)
    yield Text(_summary(changes), _ASIDE)


def _body_lines(changes: list[Change]) -> Iterator[Any]:
    """Changed paragraphs; of the kept ones between them only how many they are."""
    from rich.text import Text

    kept = 0
    for change in [*changes, None]:
        if change is not None and change.change == "paragraph_kept":
            kept += 1
            continue
        if kept:
            yield Text(f"  {kept} paragraph{'s' if kept > 1 else ''} unchanged", _ASIDE)
            kept = 0
        if change is not None:
            yield from _change_lines(change)


def _change_lines(change: Change) -> Iterator[Any]:
    from rich.text import Text

    label = change.change.replace("paragraph_", "").replace("_", " ")
    if change.change == "paragraph_moved":
        yield Text(f"~ moved: {visible(change.before or '')}", "yellow")
        return
    marked_before, marked_after = _marked(change.before or "", change.after or "")
    if change.before is not None:
        yield Text(f"- {label}: ", _BEFORE).append_text(marked_before)
    if change.after is not None:
        yield Text(f"+ {label}: ", _AFTER).append_text(marked_after)


def _marked(before: str, after: str) -> tuple[Any, Any]:
    """Both texts, with the words that only one of them has set off."""
    from rich.text import Text

    old, new = before.split(), after.split()
    is_paired = bool(old and new)
    marked = Text(), Text()
    for step, old_start, old_end, new_start, new_end in SequenceMatcher(
        None, old, new
    ).get_opcodes():
        spans = (old[old_start:old_end], _BEFORE), (new[new_start:new_end], _AFTER)
        for text, (words, colour) in zip(marked, spans, strict=True):
            weight = " bold reverse" if is_paired and step != "equal" else ""
            text.append(visible(" ".join(words)), colour + weight)
            text.append(" " if words else "")
    for text in marked:
        text.rstrip()
    return marked


def _summary(changes: list[Change]) -> str:
    if not changes:
        return "No change in headline, subtitle, paragraphs or quotations."
    names = [change.change.replace("_", " ") for change in changes]
    return ", ".join(f"{name}: {names.count(name)}" for name in dict.fromkeys(names))


def _described(article: Mapping[str, Any]) -> str:
    """Headline, version, time and place of an article in one line."""
    at = article["modified_at"] or article["published_at"] or "undated"
    title = visible(" ".join((article["title"] or "no title").split()))
    where = visible(article["url"] or article["article_id"])
    return f"{title} (version {article['version']}, {at}, {where})"


def _article(connection: duckdb.DuckDBPyConnection, id: str) -> Row:
    article: Row | None = find_record(connection, id)["article"]
    if article is None:
        raise SetupError(f"{id}: a rejected record, which has no text to compare")
    return article


def _counterpart(connection: duckdb.DuckDBPyConnection, article: Row, id: str) -> Row:
    key = {name: article[name] for name in ("article_id", "version")}
    for sql in (_PREVIOUS, _CANONICAL):
        for row in connection.execute(sql, key).to_arrow_table().to_pylist():
            return {name: plain_value(value) for name, value in row.items()}
    raise SetupError(
        f"{id}: the only version of its article, and no copy of another; give a second id"
    )


def _version(connection: duckdb.DuckDBPyConnection, article: Row) -> Version:
    key = {name: article[name] for name in ("article_id", "version")}
    quotations = [text for (text,) in connection.execute(_QUOTATIONS, key).fetchall()]
    return Version(article["title"], article["subtitle"], article["body"], quotations)


def _as_object(before: Row, after: Row, versions: tuple[Version, Version]) -> Row:
    def named(article: Row) -> Row:
        return {
            name: article[name] for name in ("article_id", "version", "document_id", "title", "url")
        }

    changes = [
        {
            **change._asdict(),
            "numbers_removed": change.numbers_removed,
            "numbers_added": change.numbers_added,
        }
        for change in changes_between(*versions)
    ]
    return {"before": named(before), "after": named(after), "changes": changes}
