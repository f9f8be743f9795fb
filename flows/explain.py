"""Explain one record: every block of it in order, what was kept, what was cut, and why.

A record is one of a lake, by its id, or one of a dump that was never landed, by its path.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import jinja2

from flows.answers import plain_value
from flows.console import out
from flows.errors import SetupError
from flows.roles import GROUPS, ROLE_COLOURS, group_of

Row = dict[str, Any]

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


def show(record: Row, as_json: bool = False) -> None:
    """Print a record on stdout, in colour on a terminal, else plain; or as one JSON object."""
    if as_json:
        print(json.dumps(record, ensure_ascii=False, indent=2))
        return
    for line in render(record):
        out().print(line)


def split_place(place: str) -> tuple[Path, int] | None:
    """Read `PATH` or `PATH#ORDINAL` as a dump and the place of a record in it; None for an id."""
    path, mark, ordinal = place.rpartition("#")
    if mark and ordinal.isascii() and ordinal.isdigit() and Path(path).exists():
        return Path(path), int(ordinal)
    return (Path(place), 0) if Path(place).exists() else None


def rehearse_record(dump: Path, ordinal: int, config: Path | None) -> Row:
    """Land one record of a dump into a folder that is thrown away; no lake is touched.

    Gives what `find_record` gives. Raises SetupError for a folder of several files, and for a
    dump with fewer records.
    """
    from flows.plan import Shard, Window
    from flows.settings import load_settings
    from flows.shards import land_shard
    from flows.storage import list_files
    from flows.workshop import Workshop

    files = list_files([dump])
    if len(files) != 1:
        raise SetupError(f"{dump}: holds {len(files)} files; give one of them")
    window = Window(files[0], ordinal, 1, ordinal + 1)
    with TemporaryDirectory() as staging:
        workshop = Workshop(load_settings(config), Path(staging), None)
        receipt = land_shard(Shard("rehearsal", (window,), "rehearsal"), workshop)
        if not receipt["records_read"]:
            raise SetupError(f"{dump}: has no record {ordinal}; records count from 0")
        with duckdb.connect() as connection:
            return find_record(connection, _show_staged(connection, Path(staging) / "rehearsal"))


def _show_staged(connection: duckdb.DuckDBPyConnection, folder: Path) -> str:
    """Show staged parts under the names of their tables; gives the id of their document."""
    connection.execute("SET TimeZone = 'UTC'")
    for part in folder.glob("*.parquet"):
        connection.execute(
            f"CREATE TABLE {part.stem} AS SELECT * FROM read_parquet($part)", {"part": str(part)}
        )
    found = connection.execute("SELECT document_id FROM documents").fetchone()
    return str(found[0]) if found else ""


def write_page(record: Row) -> str:
    """A record as one HTML page that opens offline: fields, every block by role, every cut."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).resolve().parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["visible"] = visible
    return environment.get_template("explain.html.j2").render(
        facts=list(_facts(record)),
        blocks=[{**block, "group": group_of(block["role"])} for block in record["blocks"]],
        colours=ROLE_COLOURS,
        roles=sorted({block["role"] for block in record["blocks"]}, key=list(ROLE_COLOURS).index),
        shares={_MEANINGS[group]: share for group, share in _shares(record["blocks"])},
        quotes=record["quotes"],
        mentions=record["mentions"],
        rejects=record["rejects"],
    )


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
_QUOTES = 'SELECT * FROM quotes WHERE document_id = $id ORDER BY field DESC, start, "end"'
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
        yield Text(visible(reject["excerpt"]), "dim")
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
    yield _roles_line(record["blocks"])


def _header(record: Mapping[str, Any]) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value, method in _facts(record):
        line = Text(value, "bold" if name == "title" else "")
        table.add_row(Text(name), line.append(f"  ({method})" if method else "", "not bold dim"))
    return table


def _facts(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Name, value and origin of every field that is there; "" where no origin is kept."""
    article, document = record["article"], record["document"]
    if article:
        methods = dict(entry.split("=", 1) for entry in article.get("field_methods") or ())
        for name in _FIELDS:
            if article[name] not in (None, []):
                shown = name.removesuffix("_raw")
                method = methods.get(name.removesuffix("_at"), "") or methods.get(name, "")
                yield shown, *_fact(article, name, method)
        yield "body", f"{article['char_count']:,} characters", _body_origin(article)
        yield (
            "size",
            f"{article['word_count']:,} words, {article['sentence_count']:,} sentences, "
            f"{article['paragraph_count']:,} paragraphs",
            "",
        )
        yield "article", f"{article['article_id']}, version {article['version']}", ""
    place = document or next(iter(record["rejects"]), None)
    if place:
        yield "document", str(place["document_id"]), ""
        yield "from", _locate(place), ""
    if document:
        charset = f", {document['charset']}" if document["charset"] else ""
        yield "content", document["media_type"] + charset, document["charset_method"] or ""
        run = document.get("run_id")
        yield "run", f"{run}, {document['status']}" if run else "none, a rehearsal", ""


def _fact(article: Mapping[str, Any], name: str, method: str) -> tuple[str, str]:
    value = article[name]
    if name == "published_at":
        method = f"{article['published_method']}, to the {article['published_precision']}"
    if isinstance(value, list):
        return visible(", ".join(map(str, value))), method
    return visible(str(value)), method


def _body_origin(article: Mapping[str, Any]) -> str:
    confidence = article["body_confidence"]
    sure = f", {confidence:.0%} sure" if confidence is not None else ""
    return f"{article['body_method']}{sure}"


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
        style = _style(block["role"])
        mark = "-" if group_of(block["role"]) == "cut" else " "
        table.add_row(
            Text(f"{mark} {block['role']}", style),
            Text(visible(block["text"] or "").strip(), style),
            Text(_decision(block)),
        )
    return table


def _style(role: str) -> str:
    """Terminal style of a role: its colour; the story's own text keeps the terminal's."""
    return "default" if role == "paragraph" else ROLE_COLOURS[role]


def _decision(block: Row) -> str:
    """What decided the role, and with what probability."""
    score = f" {block['score']:.2f}" if block["score"] is not None else ""
    return f"{block['method']}{score}"


def _quote_line(quote: Mapping[str, Any]) -> Any:
    """Words, speaker and cue, each in a colour of its own, then how sure that is."""
    from rich.text import Text

    words = _one_line(quote["text"], 400)
    is_indirect = quote["kind"] == "indirect"
    line = Text(f"{words} " if is_indirect else f"“{words}” ", "italic")
    speaker = quote["speaker_name"] or quote["speaker_text"]
    style = "not italic bold green" if speaker else "not italic dim"
    line.append(visible(speaker) if speaker else "no speaker found", style)
    if quote["speaker_role"]:
        line.append(f", {_one_line(quote['speaker_role'], 120)}", "not italic")
    if quote["cue"]:
        line.append(f" {visible(quote['cue'])}", "not italic magenta")
    where = "in the title" if quote["field"] == "title" else None
    facts = [where, quote["kind"], quote["method"], _sureness(quote)]
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
    return f"{visible(quote['speaker_text'])} {source}, the name {quote['name_confidence']:.0%}"


def _mention_line(row: Mapping[str, Any]) -> Any:
    from rich.text import Text

    line = Text(f"{row['label']:<12}", "bold")
    example = _one_line(row["example"], 60)
    return line.append(
        f"{row['mentions']:,} mentions of {row['surfaces']:,}, such as {example}", "not bold"
    )


def _legend(blocks: list[Row]) -> Any:
    """What became of the record's characters."""
    from rich.text import Text

    line = Text()
    for group, share in _shares(blocks):
        line.append(f"{_MEANINGS[group]} {share:.0%}   ", "bold")
    return line.append("(- marks what was cut)", "dim")


def _roles_line(blocks: list[Row]) -> Any:
    """The roles of the record, each in its colour."""
    from rich.text import Text

    line = Text()
    for role in ROLE_COLOURS:
        if any(block["role"] == role for block in blocks):
            line.append(f"{role}  ", _style(role))
    return line


def _shares(blocks: list[Row]) -> Iterator[tuple[str, float]]:
    """Share of the record's characters by what became of them."""
    sizes = dict.fromkeys(GROUPS, 0)
    for block in blocks:
        sizes[group_of(block["role"])] += block["raw_end"] - block["raw_start"]
    total = sum(sizes.values()) or 1
    return ((group, size / total) for group, size in sizes.items())


def visible(text: str) -> str:
    r"""Text whose control characters cannot reach the terminal.

    >>> visible("a\x1b[2Jb\nc")
    'a\\x1b[2Jb\nc'
    """
    return "".join(char if _is_visible(char) else _code(char) for char in text)


def _is_visible(char: str) -> bool:
    return char == "\n" or char.isprintable() or (char.isspace() and char > "\x9f")


def _code(char: str) -> str:
    return " " if char == "\t" else f"\\x{ord(char):02x}"


def _one_line(text: str | None, limit: int) -> str:
    line = visible(" ".join((text or "no title").split()))
    return line if len(line) <= limit else line[: limit - 1] + "…"
