"""A sound corpus of invented sources, day by day, and a builder that plants faults in it."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from flows.curation import Curation
from flows.duplicates import curate_duplicates
from flows.lake import insert_rows, write_lake
from flows.measures import measure_batches
from flows.settings import load_settings
from flows.steps.fingerprints import find_fingerprints
from flows.steps.record import identity
from schemas import TABLES
from schemas.contract import Contract, Field, duckdb_type, table_from_rows

FIRST_DAY = date(2026, 1, 5)  # a Monday
SENTENCES = {
    "en": "harbour council ferry winter school budget market bridge water night strike river "
    "minister island railway hospital record storm library garden police county festival",
    "de": "Hafen Rat Fähre Winter Schule Haushalt Markt Brücke Wasser Nacht Streik Fluss "
    "Ministerin Insel Bahn Klinik Rekord Sturm Bücherei Garten Polizei Kreis Fest",
    "fr": "port conseil bateau hiver école budget marché pont eau nuit grève rivière ministre "
    "île train hôpital record tempête bibliothèque jardin police comté fête",
}
WORDS = {language: text.split() for language, text in SENTENCES.items()}


@dataclass(frozen=True)
class Habit:
    """How an invented source writes: volume, lengths, fields; its week has a weekend."""

    name: str
    language: str = "en"
    articles: int = 60
    weekend: float = 0.6
    words: int = 320
    has_captions: float = 0.7
    has_bylines: float = 0.9
    has_dates: float = 0.99
    has_sections: float = 0.8
    is_quoting: float = 0.75
    is_open_ended: float = 0.06
    is_stub: float = 0.0
    roles: Mapping[str, float] = field(
        default_factory=lambda: {
            "title": 70, "byline": 25, "date": 20, "caption": 60, "paragraph": 1900,
            "share_ui": 90, "comment_ui": 220, "related": 300,
        }
    )  # fmt: skip


HABITS = (
    Habit("anchor", articles=200, words=420),
    Habit("beacon", articles=90, weekend=0.35, has_captions=0.3),
    Habit("courant", "fr", articles=60, weekend=0.8, words=260, is_quoting=0.6),
    Habit("depesche", "de", articles=45, weekend=0.5, has_bylines=0.55, is_open_ended=0.12),
    Habit("echo", articles=26, weekend=1.0, words=180, has_sections=0.0, is_stub=0.04),
)


def sound_day(day: int, seed: int = 8) -> dict[str, list[dict[str, Any]]]:
    """Rows of one sound day: every source delivers, as loosely as sources do.

    Volumes vary by a tenth and more than chance, some days are odd: a holiday, a big story
    with longer texts, a strike of the caption desk at half strength.
    """
    rows: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("documents", "articles", "blocks")
    }
    for habit in HABITS:
        chance = random.Random(f"{seed} {day} {habit.name}")
        on = FIRST_DAY + timedelta(days=day)
        volume = habit.articles * (habit.weekend if on.weekday() > 4 else 1)
        volume *= chance.lognormvariate(0, 0.1)
        mood = chance.lognormvariate(0, 0.05)
        if chance.random() < 0.05:  # an odd day
            volume, mood = volume * 1.25, mood * 1.15
        for number in range(max(1, round(volume))):
            _add(rows, habit, on, number, chance, mood)
    return rows


def _add(
    rows: dict[str, list[dict[str, Any]]],
    habit: Habit,
    on: date,
    number: int,
    chance: random.Random,
    mood: float,
) -> None:
    key = f"{habit.name} {on} {number}"
    document_id = identity(f"document {key}".encode())
    run_id = run_of(on)
    seen_at = datetime(on.year, on.month, on.day, 5, tzinfo=UTC)
    count = max(30, round(chance.lognormvariate(0, 0.5) * habit.words * mood))
    is_stub = chance.random() < habit.is_stub
    body = _stub() if is_stub else _body(habit, count, chance)
    row = {
        **blank("articles"),
        "article_id": identity(key.encode()),
        "version": 1,
        "document_id": document_id,
        "url": f"https://{habit.name}.example/{on}/{number}",
        "site": f"{habit.name}.example",
        "title": " ".join(chance.sample(WORDS[habit.language], 5)).capitalize(),
        "authors": ["Ines Calloway"] if chance.random() < habit.has_bylines else [],
        "published_at": (
            seen_at - timedelta(hours=chance.randint(1, 30))
            if chance.random() < habit.has_dates
            else None
        ),
        "language": habit.language,
        "language_confidence": 0.97,
        "section": "Town" if chance.random() < habit.has_sections else None,
        "body": body,
        "body_method": "rules",
        "captions": ["The quay at dawn."] if chance.random() < habit.has_captions else [],
        "kind": "article",
        "quote_count": chance.randint(1, 6) if chance.random() < habit.is_quoting else 0,
        "mention_count": chance.randint(1, 30) if chance.random() < 0.97 else 0,
        "content_hash": identity(body.encode()),
        "run_id": run_id,
    }
    if row["published_at"]:
        row |= {"published_precision": "minute", "published_method": "meta"}
    recount(row)
    rows["articles"].append(row)
    rows["documents"].append(
        {
            **blank("documents"),
            "document_id": document_id,
            "source": habit.name,
            "uri": f"dumps/{habit.name}.jsonl",
            "record_ordinal": number,
            "kind": "jsonl",
            "charset": "utf-8",
            "charset_method": "utf8",
            "media_type": "text/html",
            "status": "landed",
            "first_seen_at": seen_at,
            "last_seen_at": seen_at,
            "run_id": run_id,
        }
    )
    start = 0
    for ordinal, (role, size) in enumerate(habit.roles.items()):
        end = start + max(1, round(size * chance.lognormvariate(0, 0.35)))
        rows["blocks"].append(
            {
                **blank("blocks"),
                "article_id": row["article_id"],
                "version": 1,
                "document_id": document_id,
                "ordinal": ordinal,
                "role": role,
                "raw_start": start,
                "raw_end": end,
                "is_kept": role == "paragraph",
                "body_start": 0 if role == "paragraph" else None,
                "body_end": 30 if role == "paragraph" else None,
                "text": None if role == "paragraph" else f"{role} of the page",
                "method": "rule",
                "run_id": run_id,
            }
        )
        start = end


def recount(row: dict[str, Any]) -> None:
    """Bring the counts of a row up to its body."""
    body = row["body"]
    row["word_count"] = len(body.split())
    row["char_count"] = len(body)
    row["paragraph_count"] = len([part for part in body.split("\n\n") if part.strip()])
    row["sentence_count"] = body.count(".")


def run_of(on: date) -> str:
    return f"{on:%Y%m%d}T050000-aaaaaa"


def _body(habit: Habit, count: int, chance: random.Random) -> str:
    words = chance.choices(WORDS[habit.language], k=count)
    sentences = [" ".join(words[at : at + 14]).capitalize() + "." for at in range(0, count, 14)]
    paragraphs = [" ".join(sentences[at : at + 3]) for at in range(0, len(sentences), 3)]
    body = "\n\n".join(paragraphs)
    return body.removesuffix(".") if chance.random() < habit.is_open_ended else body


def _stub() -> str:
    return "The council met at night.\n\nAlready a subscriber? Sign in to continue reading."


def blank(table: str) -> dict[str, Any]:
    """A row with the emptiest values that the contract allows."""
    return {part.name: _blank(part) for part in TABLES[table].fields}


def _blank(part: Field) -> Any:
    if part.nullable:
        return None
    if pa.types.is_list(part.type):
        return []
    if part.allowed:
        return part.allowed[0]
    if pa.types.is_timestamp(part.type):
        return datetime(2026, 1, 1, tzinfo=UTC)
    return "" if pa.types.is_string(part.type) else 0


Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Fault:
    """A fault: which source it is planted in, how, and what must find it at which severity."""

    name: str
    source: str
    plant: Callable[[Rows, str], None]
    metric: str
    severity: str


def plant(fault: Fault, rows: Rows) -> Rows:
    """A day's rows with the fault in them; the given rows stay as they are."""
    copy = {name: [dict(row) for row in part] for name, part in rows.items()}
    fault.plant(copy, fault.source)
    return copy


def _articles_of(rows: Rows, source: str) -> list[dict[str, Any]]:
    chosen = {row["document_id"] for row in rows["documents"] if row["source"] == source}
    return [row for row in rows["articles"] if row["document_id"] in chosen]


def _every(step: int, change: Callable[[dict[str, Any]], None]) -> Callable[[Rows, str], None]:
    def apply(rows: Rows, source: str) -> None:
        for row in _articles_of(rows, source)[::step]:
            change(row)
            recount(row)

    return apply


def _set(**values: Any) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update(values)


def _append(text: str) -> Callable[[dict[str, Any]], None]:
    return lambda row: row.update(body=row["body"].rstrip(".") + "." + text)


def _garble(row: dict[str, Any]) -> None:
    row["body"] = row["body"].replace("a", "Ã¡", 3)


def _to_stub(row: dict[str, Any]) -> None:
    row["body"] = _stub()


def _cut(row: dict[str, Any]) -> None:
    row["body"] = row["body"][: len(row["body"]) // 3].rstrip(". ") + " read more"


def _one_paragraph(row: dict[str, Any]) -> None:
    row["body"] = row["body"].replace("\n\n", " ")


def _title_first(row: dict[str, Any]) -> None:
    row["body"] = f"{row['title']}\n\n{row['body']}"


def _in_future(row: dict[str, Any]) -> None:
    if row["published_at"]:
        row["published_at"] += timedelta(days=150)


def _epoch(row: dict[str, Any]) -> None:
    if row["published_at"]:
        row["published_at"] = datetime(1970, 1, 1, tzinfo=UTC)


def _undate(row: dict[str, Any]) -> None:
    row |= {"published_at": None, "published_precision": None, "published_method": None}


def _break_layout(rows: Rows, source: str) -> None:
    """The page's classes changed: furniture is taken for paragraphs, fields are not found."""
    chosen = {row["document_id"] for row in rows["documents"] if row["source"] == source}
    for row in rows["blocks"]:
        if row["document_id"] in chosen and row["role"] in ("related", "comment_ui", "share_ui"):
            row |= {"role": "paragraph", "is_kept": True, "body_start": 0, "body_end": 20}
            row["text"] = None
    for row in _articles_of(rows, source):
        row |= {"authors": [], "captions": []}


def _repeat(rows: Rows, source: str) -> None:
    """The scraper ran twice, under new addresses."""
    for row in _articles_of(rows, source):
        document = next(d for d in rows["documents"] if d["document_id"] == row["document_id"])
        again = identity(("again " + row["document_id"]).encode())
        rows["articles"].append(
            row | {"document_id": again, "article_id": identity(again.encode())}
        )
        rows["documents"].append(document | {"document_id": again})


def _drop(step: int) -> Callable[[Rows, str], None]:
    def apply(rows: Rows, source: str) -> None:
        gone = {
            row["document_id"] for at, row in enumerate(_articles_of(rows, source)) if at % step
        }
        for name in rows:
            rows[name] = [row for row in rows[name] if row["document_id"] not in gone]

    return apply


def _silence(rows: Rows, source: str) -> None:
    gone = {row["document_id"] for row in rows["documents"] if row["source"] == source}
    for name in rows:
        rows[name] = [row for row in rows[name] if row["document_id"] not in gone]


def _reject(rows: Rows, source: str) -> None:
    gone = {row["document_id"] for row in _articles_of(rows, source)[::4]}
    for row in rows["documents"]:
        if row["document_id"] in gone:
            row["status"] = "rejected"
    for name in ("articles", "blocks"):
        rows[name] = [row for row in rows[name] if row["document_id"] not in gone]


COMMENTS = "\n\nSubscribe\n\nNotify of\n\n3 Comments\n\nView all comments"
FAULTS = (
    Fault("layout change", "beacon", _break_layout, "block_roles", "warn"),
    Fault("byline gone with the layout", "beacon", _break_layout, "bylined", "stop"),
    Fault("mojibake in 2 percent", "anchor", _every(50, _garble), "mojibake", "warn"),
    Fault("mojibake in half", "courant", _every(2, _garble), "mojibake", "stop"),
    Fault("paywall stubs in a fifth", "anchor", _every(5, _to_stub), "paywall_stub", "warn"),
    Fault("paywall stubs everywhere", "beacon", _every(1, _to_stub), "paywall_stub", "stop"),
    Fault("doubled volume", "beacon", _repeat, "articles", "warn"),
    Fault("a third of the volume", "anchor", _drop(3), "articles", "warn"),
    Fault("wrong language in a fifth", "courant", _every(5, _set(language="en")),
          "other_language", "warn"),
    Fault("another edition", "depesche", _every(1, _set(language="en")), "other_language", "stop"),
    Fault("future dates in 5 percent", "anchor", _every(20, _in_future), "future_date", "warn"),
    Fault("day and month exchanged", "beacon", _every(2, _in_future), "future_date", "stop"),
    Fault("dates of 1970", "courant", _every(8, _epoch), "early_date", "warn"),
    Fault("comment form in a twelfth", "beacon", _every(12, _append(COMMENTS)),
          "widget_text", "warn"),
    Fault("comment form in all bodies", "depesche", _every(1, _append(COMMENTS)),
          "widget_text", "stop"),
    Fault("first lines only", "anchor", _every(2, _cut), "cut_short", "warn"),
    Fault("headline in the body", "depesche", _every(3, _title_first), "title_repeated", "warn"),
    Fault("button read as byline", "anchor", _every(3, _set(authors=["3 minutes ago"])),
          "odd_byline", "warn"),
    Fault("dates not found", "courant", _every(1, _undate), "dated", "stop"),
    Fault("titles lost in a quarter", "depesche", _every(4, _set(title=None)), "titled", "warn"),
    Fault("captions lost", "anchor", _every(1, _set(captions=[])), "captioned", "warn"),
    Fault("quotations gone", "anchor", _every(1, _set(quote_count=0)), "quoted", "stop"),
    Fault("mentions gone", "courant", _every(1, _set(mention_count=0)), "mentioned", "stop"),
    Fault("lines lost", "beacon", _every(1, _one_paragraph), "paragraphs", "warn"),
    Fault("half the words", "anchor",
          _every(1, lambda row: row.update(body=row["body"][: len(row["body"]) * 2 // 5] + ".")),
          "words", "warn"),
    Fault("empty bodies", "beacon", _every(1, _set(body="")), "empty_body", "stop"),
    Fault("records rejected", "courant", _reject, "rejected", "warn"),
)  # fmt: skip


def open_lake_of(contracts: tuple[str, ...] = tuple(TABLES)) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with the lake's tables and no row."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in contracts:
        connection.execute(_create(TABLES[name]))
    return connection


def insert(connection: duckdb.DuckDBPyConnection, rows: Rows) -> None:
    for name, part in rows.items():
        connection.register("batch", table_from_rows(TABLES[name], part))
        connection.execute(f"INSERT INTO {name} SELECT * FROM batch")
        connection.unregister("batch")


def _create(contract: Contract) -> str:
    columns = ", ".join(f'"{part.name}" {duckdb_type(part.type)}' for part in contract.fields)
    return f"CREATE TABLE {contract.name} ({columns})"


def land_day(lake: Path, rows: Rows, day: int) -> str:
    """Land a day's rows as a run does after its audit: commit, copies and measures; its run."""
    on = FIRST_DAY + timedelta(days=day)
    run_id = run_of(on)
    moment = datetime(on.year, on.month, on.day, 5, tzinfo=UTC)
    articles = table_from_rows(TABLES["articles"], rows["articles"])
    prints = find_fingerprints(articles).drop_columns(["version", "run_id"])
    prints = prints.append_column("version", articles["version"])
    prints = prints.append_column("run_id", articles["run_id"])
    with write_lake(lake) as connection:
        for name, table in (
            ("documents", table_from_rows(TABLES["documents"], rows["documents"])),
            ("articles", articles),
            ("blocks", table_from_rows(TABLES["blocks"], rows["blocks"])),
            ("fingerprints", prints),
        ):
            connection.register("batch", table)
            connection.execute(f"INSERT INTO {name} BY NAME SELECT * FROM batch")
            connection.unregister("batch")
        insert_rows(connection, "runs", [run_row(rows, run_id, moment)])
        curation = Curation(run_id, moment, load_settings())
        curate_duplicates(connection, curation)
        measure_batches(connection, curation)
    return run_id


def run_row(rows: Rows, run_id: str, moment: datetime) -> dict[str, Any]:
    """The row of a run that landed these rows."""
    landed, read = len(rows["articles"]), len(rows["documents"])
    return {
        **blank("runs"),
        "run_id": run_id,
        "status": "succeeded",
        "engine": "direct",
        "started_at": moment,
        "ended_at": moment + timedelta(minutes=2),
        "records_read": read,
        "records_landed": landed,
        "records_rejected": read - landed,
        "records_known": 0,
        "version": "0.0.0",
    }
