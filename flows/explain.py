"""Explain one record: every block of it in order, what was kept, what was cut, and why."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from flows.answers import plain_value
from flows.console import out
from flows.errors import SetupError
from flows.roles import GROUPS, group_of

Row = dict[str, Any]

_STYLES = {"body": "default", "fields": "cyan", "cut": "red"}
_MEANINGS = {"body": "kept as text", "fields": "read into a field", "cut": "cut"}
_MOST_CANDIDATES = 5

_FIELDS = (
    "title",
    "subtitle",
    "url",
    "byline_raw",
    "authors",
    "published_at",
    "modified_at",
    "language",
    "section",
    "dateline_place",
    "dateline_agency",
    "comment_count",
    "view_count",
    "share_count",
    "kind",
    "quality_flags",
)


def explain(connection: duckdb.DuckDBPyConnection, id_prefix: str, as_json: bool = False) -> None:
    """Print a record on stdout, in colour on a terminal, else plain; or as one JSON object.

    Raises SetupError as `find_record` does.
    """
    record = find_record(connection, id_prefix)
    if as_json:
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    for line in render(record):
        out().print(line)


def find_record(connection: duckdb.DuckDBPyConnection, id_prefix: str) -> Row:
    """What the lake knows of one record: document, article, blocks, quotes, mentions, rejects.

    `id_prefix` is an article or document id or its beginning; of an article the newest version
    is taken. Blocks come in the order of the record, each with its text. A rejected record has
    `article` null and its rows of `rejects`. Raises SetupError for an id that nothing or more
    than one record has; up to 5 candidates are named.
    """
    document_id = _document_id(connection, id_prefix.strip().lower())
    article = next(iter(_rows(connection, _ARTICLE, document_id)), None)
    return {
        "document": next(iter(_rows(connection, _DOCUMENT, document_id)), None),
        "article": article,
        "blocks": _texts(_rows(connection, _BLOCKS, document_id), article),
        "quotes": _rows(connection, _QUOTES, document_id),
        "mentions": _rows(connection, _MENTIONS, document_id),
        "rejects": _rows(connection, _REJECTS, document_id),
    }


_ARTICLE = "SELECT * FROM articles WHERE document_id = $id ORDER BY version DESC LIMIT 1"
_DOCUMENT = "SELECT * FROM documents WHERE document_id = $id"
_BLOCKS = "SELECT * FROM blocks WHERE document_id = $id ORDER BY version DESC, ordinal"
_QUOTES = 'SELECT * FROM quotes WHERE document_id = $id ORDER BY start, "end"'
_MENTIONS = """
    SELECT label, count(*) AS mentions, count(DISTINCT surface) AS surfaces,
        mode(surface ORDER BY surface) AS example
    FROM mentions WHERE document_id = $id
    GROUP BY label ORDER BY mentions DESC, label"""
_REJECTS = "SELECT * FROM rejects WHERE document_id = $id ORDER BY reason"

_CANDIDATES = """
    WITH ids AS (
        SELECT article_id AS id, document_id, version, title AS what,
            row_number() OVER (PARTITION BY article_id ORDER BY version DESC) AS age
        FROM articles WHERE starts_with(article_id, $id)
        UNION ALL
        SELECT document_id, document_id, 0, uri || ' record ' || record_ordinal, 1
        FROM documents WHERE starts_with(document_id, $id)
        UNION ALL
        SELECT document_id, document_id, 0, reason || ': ' || uri, 1
        FROM rejects WHERE starts_with(document_id, $id)
    )
    SELECT id, arg_max(document_id, version) AS document_id, any_value(what) AS what
    FROM ids WHERE age = 1
    GROUP BY id ORDER BY id = $id DESC, id LIMIT 6"""


def _document_id(connection: duckdb.DuckDBPyConnection, prefix: str) -> str:
    if not prefix:
        raise SetupError("no id; give an article or document id, or its first characters")
    found = _rows(connection, _CANDIDATES, prefix)
    if not found:
        raise SetupError(f"{prefix}: no article or document of this lake has an id that begins so")
    records = {row["document_id"] for row in found}
    if len(records) == 1 or found[0]["id"] == prefix:
        return str(found[0]["document_id"])
    listed = "; ".join(
        f"{row['id']} ({_one_line(row['what'], 60)})" for row in found[:_MOST_CANDIDATES]
    )
    more = " and others" if len(found) > _MOST_CANDIDATES else ""
    raise SetupError(f"{prefix}: more than one record has an id that begins so: {listed}{more}")


def _rows(connection: duckdb.DuckDBPyConnection, sql: str, id: str) -> list[Row]:
    rows = connection.execute(sql, {"id": id}).to_arrow_table().to_pylist()
    return [{name: plain_value(value) for name, value in row.items()} for row in rows]


def _texts(blocks: list[Row], article: Row | None) -> list[Row]:
    """Blocks with their texts: a kept one from the body, a cut one from the block itself."""
    body = article["body"] if article else ""
    return [
        {**block, "text": body[block["body_start"] : block["body_end"]]}
        if block["text"] is None and block["body_start"] is not None
        else block
        for block in blocks
        if article is None or block["version"] == article["version"]
    ]


def render(record: Mapping[str, Any]) -> Iterator[Any]:
    """Rich renderings of a record, top to bottom: fields, blocks, quotations, names, legend."""
    from rich.rule import Rule
    from rich.text import Text

    yield _header(record)
    for reject in record["rejects"]:
        yield Text(f"\nRejected: {reject['reason']}", "bold red")
        yield Text(f"{reject['message']} (at {reject['stage']}, {reject['state']})")
        yield Text(_visible(reject["excerpt"]), "dim")
    if record["article"] is None:
        return
    yield Rule("Record", align="left", style="dim")
    yield _blocks_table(record["blocks"])
    if record["quotes"]:
        yield Rule("Quotations", align="left", style="dim")
        yield from (_quote_line(quote) for quote in record["quotes"])
    if record["mentions"]:
        yield Rule("Names", align="left", style="dim")
        yield from (_mention_line(row) for row in record["mentions"])
    yield Rule(style="dim")
    yield _legend(record["blocks"])


def _header(record: Mapping[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(record):
        table.add_row(Text(name), Text(value, "bold" if name == "title" else ""))
    return table


def _facts(record: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    article, document = record["article"], record["document"]
    if article:
        for name in _FIELDS:
            if article[name] not in (None, []):
                yield name.removesuffix("_raw"), _fact(article, name)
        yield (
            "size",
            f"{article['word_count']:,} words, {article['sentence_count']:,} sentences, "
            f"{article['paragraph_count']:,} paragraphs",
        )
        yield "article", f"{article['article_id']}, version {article['version']}"
    place = document or next(iter(record["rejects"]), None)
    if place:
        yield "document", str(place["document_id"])
        yield "from", _locate(place)
    if document:
        charset = f", {document['charset']} ({document['charset_method']})"
        yield "content", document["media_type"] + (charset if document["charset"] else "")
        yield "run", f"{document['run_id']}, {document['status']}"


def _fact(article: Mapping[str, Any], name: str) -> str:
    value = article[name]
    if name == "published_at":
        return f"{value} (to the {article['published_precision']}, {article['published_method']})"
    return ", ".join(map(str, value)) if isinstance(value, list) else _visible(str(value))


def _locate(place: Mapping[str, Any]) -> str:
    member = f" > {place['member']}" if place["member"] else ""
    where = f"{place['uri']}{member}, record {place['record_ordinal']:,}"
    if place["byte_start"] is None:
        return where
    return f"{where}, bytes {place['byte_start']:,} to {place['byte_end']:,}"


def _blocks_table(blocks: list[Row]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    table.add_column(no_wrap=True, style="dim")
    for block in blocks:
        style = _STYLES[group_of(block["role"])]
        mark = "-" if group_of(block["role"]) == "cut" else " "
        table.add_row(
            Text(f"{mark} {block['role']}", style),
            Text(_visible(block["text"] or "").strip(), style),
            Text(block["method"]),
        )
    return table


def _quote_line(quote: Mapping[str, Any]) -> Any:
    """Words, speaker and cue, each in a colour of its own, then how sure that is."""
    from rich.text import Text

    words = _one_line(quote["text"], 400)
    is_indirect = quote["kind"] == "indirect"
    line = Text(f"{words} " if is_indirect else f"“{words}” ", "italic")
    speaker = quote["speaker_name"] or quote["speaker_text"]
    style = "not italic bold green" if speaker else "not italic dim"
    line.append(_visible(speaker) if speaker else "no speaker found", style)
    if quote["speaker_role"]:
        line.append(f", {_one_line(quote['speaker_role'], 120)}", "not italic")
    if quote["cue"]:
        line.append(f" {_visible(quote['cue'])}", "not italic magenta")
    facts = [quote["kind"], quote["method"], _sureness(quote)]
    facts.append("quoted before" if quote["is_repeat"] else None)
    line.append(f" ({', '.join(filter(None, facts))})", "not italic dim")
    return line


def _sureness(quote: Mapping[str, Any]) -> str | None:
    """Probability of the source as printed, and of the person where a pronoun is printed."""
    if quote["confidence"] is None:
        return None
    source = f"{quote['confidence']:.0%}"
    if quote["name_confidence"] is None:
        return source
    return f"{_visible(quote['speaker_text'])} {source}, the name {quote['name_confidence']:.0%}"


def _mention_line(row: Mapping[str, Any]) -> Any:
    from rich.text import Text

    line = Text(f"{row['label']:<12}", "bold")
    example = _one_line(row["example"], 60)
    return line.append(
        f"{row['mentions']:,} mentions of {row['surfaces']:,}, such as {example}", "not bold"
    )


def _legend(blocks: list[Row]) -> Any:
    """What each colour means, with its share of the record's characters."""
    from rich.text import Text

    total = sum(block["raw_end"] - block["raw_start"] for block in blocks) or 1
    line = Text()
    for group in GROUPS:
        size = sum(
            block["raw_end"] - block["raw_start"]
            for block in blocks
            if group_of(block["role"]) == group
        )
        line.append(f"{_MEANINGS[group]} {size / total:.0%}   ", _STYLES[group])
    return line.append("(- marks what was cut)", "dim")


def _visible(text: str) -> str:
    r"""Text whose control characters cannot reach the terminal.

    >>> _visible("a\x1b[2Jb\nc")
    'a\\x1b[2Jb\nc'
    """
    return "".join(char if _is_visible(char) else _code(char) for char in text)


def _is_visible(char: str) -> bool:
    return char == "\n" or char.isprintable() or (char.isspace() and char > "\x9f")


def _code(char: str) -> str:
    return " " if char == "\t" else f"\\x{ord(char):02x}"


def _one_line(text: str | None, limit: int) -> str:
    line = _visible(" ".join((text or "no title").split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"
