"""A small invented corpus, as tables of the contracts: outlets, people and texts are made up.

Every row agrees with the others: blocks tile their record, body offsets cut the words they
claim, counters count rows, and the books of both runs balance.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb

from flows.curation import Curation
from flows.measures import measure_batches
from flows.settings import load_settings
from flows.steps.record import identity
from schemas import TABLES
from schemas.blocks import BODY_ROLES
from schemas.contract import Contract, duckdb_type, table_from_rows

Row = dict[str, object]

RUNS = ("20260301T060000Z-a1b2", "20260302T060000Z-c3d4")
STARTED = (datetime(2026, 3, 1, 6, tzinfo=UTC), datetime(2026, 3, 2, 6, tzinfo=UTC))
HOSTILE = "<script>alert('gotcha')</script> & other “headlines”"
HOSTILE_EXCERPT = '<img src=x onerror="alert(1)">\\x00\\x01 ]]> </style>'


@dataclass(frozen=True)
class Outlet:
    """An invented outlet, how it writes, and who speaks in it."""

    source: str
    site: str
    language: str
    has_dates: bool
    authors: tuple[str, ...]
    place: str
    people: tuple[tuple[str, str], ...]
    organisation: str
    titles: tuple[str, ...]
    lead: str
    quoted: str
    close: str
    leftovers: tuple[tuple[str, str], ...]


OUTLETS = (
    Outlet(
        "harbour",
        "harbour-lantern.example",
        "en",
        True,
        ("Ines Calloway", "Tom Birkett"),
        "Port Selwyn",
        (("Dora Whitlock", "harbour master"), ("Amos Reddy", "union secretary")),
        "Selwyn Dock Company",
        ("Night ferry returns to {place}", "Crane strike enters third week", "Fish hall sold"),
        "The {organisation} said on Monday that the night ferry to {place} would sail again.",
        "“The water was never the problem, the quay was,” said {person}, the {role}.",
        "A first crossing is planned before the summer timetable begins.",
        (
            ("share_ui", "Share this article\nFacebook\nEmail"),
            ("related", "More stories\nTwo held after warehouse fire"),
            ("comment_ui", "Notify of\nguest\n0 Comments\nOldest\nNewest"),
        ),
    ),
    Outlet(
        "quay",
        "northquay-record.example",
        "en",
        False,
        (),
        "Brannock",
        (("Lena Oduya", "head teacher"), ("Piers Maddow", "councillor")),
        "Brannock Town Council",
        ("School roof repaired at last", "{place} market moves indoors", "Budget vote put off"),
        "{organisation} voted late on Tuesday to move the {place} market indoors for the winter.",
        "“Nobody asked the stallholders, and it shows,” {person}, a {role}, told the meeting.",
        "The plan goes out to consultation for six weeks.",
        (("subscribe_ui", "Sign up for our morning letter"), ("legal", "© North Quay Record")),
    ),
    Outlet(
        "courrier",
        "courrier-du-val.example",
        "fr",
        True,
        ("Maude Férion",),
        "Valmorin",
        (("Solène Abadie", "maire"), ("Yannick Pradel", "agriculteur")),
        "Syndicat des eaux de Valmorin",
        ("Le pont de {place} rouvre", "Sécheresse : les vannes fermées", "Une école sans toit"),
        "Le {organisation} a annoncé lundi la réouverture du pont de {place} après deux ans.",
        "« Nous avons attendu trop longtemps », a déclaré {person}, {role} de la commune.",
        "Les travaux ont coûté deux fois la somme prévue.",
        (("navigation", "Accueil\nPolitique\nSports"), ("advert", "Publicité")),
    ),
    Outlet(
        "talblick",
        "talblick-anzeiger.example",
        "de",
        True,
        ("Jost Hallwang",),
        "Oberkarn",
        (("Greta Sonnleitner", "Bürgermeisterin"), ("Veit Achleitner", "Bergführer")),
        "Seilbahn Oberkarn AG",
        ("Seilbahn in {place} steht still", "Neuer Weg am Karnsee", "Streit um den Parkplatz"),
        "Die {organisation} hat am Montag mitgeteilt, dass die Bahn nach {place} stillsteht.",
        "„Das Seil muss ganz neu gespannt werden“, sagte {person}, {role} im Ort.",
        "Die Gäste gehen vorerst zu Fuß.",
        (("embed", "Externer Inhalt"), ("other", "Zur Startseite")),
    ),
)


def corpus_rows(article_count: int = 30) -> dict[str, list[Row]]:
    """Rows of every table, for that many articles and a fifth as many rejects.

    The first article revises the second: they share `article_id`. One title is hostile markup.
    """
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    for number in range(article_count):
        _add_article(rows, number)
    for number in range(max(article_count // 5, 1)):
        _add_reject(rows, number)
    rows["checks"] = list(_checks())
    rows["receipts"] = list(_receipts(rows))
    rows["runs"] = list(_runs(rows))
    return rows


def open_corpus(article_count: int = 30) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that holds the corpus under the names that the lake gives."""
    return load_rows(corpus_rows(article_count))


def open_empty() -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with every table of the lake and no row."""
    return load_rows({})


def load_rows(rows: Mapping[str, Sequence[Row]]) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB with every table of the lake, filled with these rows."""
    connection = duckdb.connect()
    for contract in TABLES.values():
        connection.execute(_create(contract))
        batch = table_from_rows(contract, rows.get(contract.name, ()))
        connection.register("batch", batch)
        connection.execute(f"INSERT INTO {contract.name} SELECT * FROM batch")
        connection.unregister("batch")
    if rows.get("articles"):
        measure_batches(connection, Curation(RUNS[-1], STARTED[-1], load_settings()))
    return connection


def _create(contract: Contract) -> str:
    columns = ", ".join(f'"{part.name}" {duckdb_type(part.type)}' for part in contract.fields)
    return f"CREATE TABLE {contract.name} ({columns})"


@dataclass(frozen=True)
class _Story:
    """One article before it is split over the tables."""

    number: int
    outlet: Outlet
    run: int
    blocks: tuple[tuple[str, str], ...]
    person: tuple[str, str]
    title: str

    @property
    def document_id(self) -> str:
        return identity(f"document {self.number}".encode())

    @property
    def article_id(self) -> str:
        return identity(f"article {max(self.number, 1)}".encode())

    @property
    def version(self) -> int:
        return 2 if self.number == 0 else 1

    @property
    def body(self) -> str:
        return "\n\n".join(text for role, text in self.blocks if role in BODY_ROLES)

    @property
    def published_at(self) -> datetime | None:
        if not self.outlet.has_dates:
            return None
        return datetime(2025, 11, 3, 8, 30, tzinfo=UTC) + timedelta(days=4 * (self.number % 30))


def _story(number: int) -> _Story:
    outlet = OUTLETS[number % len(OUTLETS)]
    person = outlet.people[number // len(OUTLETS) % 2]
    words = {"place": outlet.place, "organisation": outlet.organisation}
    title = outlet.titles[number // len(OUTLETS) % 3].format(**words)
    title = HOSTILE if number == 5 else f"{title} ({number})"
    quoted = outlet.quoted.format(person=person[0], role=person[1])
    blocks = [
        ("title", title),
        ("counter", str(number)),
        ("paragraph", outlet.lead.format(**words)),
        ("paragraph", quoted),
        ("caption", f"{outlet.place}. Photo: {person[0]}"),
        ("paragraph", outlet.close),
        *outlet.leftovers,
    ]
    run = 0 if number % 3 else 1
    return _Story(number, outlet, run, tuple(blocks), person, title)


def _add_article(rows: dict[str, list[Row]], number: int) -> None:
    story = _story(number)
    quotes = list(_quotes(story))
    mentions = list(_mentions(story))
    rows["documents"].append(_document(story))
    rows["articles"].append(_article(story, len(quotes), len(mentions)))
    rows["blocks"].extend(_blocks(story))
    rows["quotes"].extend(quotes)
    rows["mentions"].extend(mentions)


def _document(story: _Story) -> Row:
    size = sum(len(text.encode()) + 1 for _, text in story.blocks)
    return {
        "document_id": story.document_id,
        "source": story.outlet.source,
        "uri": f"dumps/{story.outlet.source}.jsonl",
        "record_ordinal": story.number,
        "byte_start": story.number * 2_000,
        "byte_end": story.number * 2_000 + size,
        "media_type": "text/plain",
        "charset": "utf-8",
        "charset_method": "utf8",
        "byte_count": size,
        "status": "landed",
        "first_seen_at": STARTED[story.run],
        "last_seen_at": STARTED[story.run],
        "shard_id": _shard_id(story.outlet, story.run),
        "run_id": RUNS[story.run],
    }


def _article(story: _Story, quote_count: int, mention_count: int) -> Row:
    body, outlet = story.body, story.outlet
    raw_chars = sum(len(text) + 1 for _, text in story.blocks)
    return {
        **_key(story),
        "url": f"https://www.{outlet.site}/news/{max(story.number, 1)}",
        "site": outlet.site,
        "title": story.title,
        "byline_raw": f"By {outlet.authors[0]}" if outlet.authors else None,
        "authors": list(outlet.authors),
        "published_at": story.published_at,
        "published_precision": "minute" if story.published_at else None,
        "published_method": "dateline" if story.published_at else None,
        "language": outlet.language,
        "language_confidence": 0.97,
        "section": "Town" if story.number % 2 else None,
        "dateline_place": outlet.place if outlet.has_dates else None,
        "body": body,
        "captions": [text for role, text in story.blocks if role == "caption"],
        "comment_count": story.number,
        "kind": "brief" if story.number % 7 == 0 else "article",
        "word_count": len(body.split()),
        "char_count": len(body),
        "sentence_count": 3,
        "paragraph_count": 3,
        "reading_seconds": round(len(body.split()) / 238 * 60),
        "lexical_diversity": 0.8,
        "readability": 41.5,
        "quote_count": quote_count,
        "quoted_share": 0.2,
        "mention_count": mention_count,
        "body_method": "rules",
        "boilerplate_share": round(1 - len(body) / raw_chars, 3),
        "quality_flags": [] if outlet.has_dates else ["no_date", "no_byline"],
        "content_hash": identity((story.title + body).encode()),
    }


def _key(story: _Story) -> Row:
    return {
        "article_id": story.article_id,
        "version": story.version,
        "document_id": story.document_id,
        "run_id": RUNS[story.run],
    }


def _blocks(story: _Story) -> Iterator[Row]:
    raw = body = 0
    for ordinal, (role, text) in enumerate(story.blocks):
        is_kept = role in BODY_ROLES
        yield {
            **_key(story),
            "ordinal": ordinal,
            "role": role,
            "raw_start": raw,
            "raw_end": raw + len(text) + 1,
            "body_start": body if is_kept else None,
            "body_end": body + len(text) if is_kept else None,
            "is_kept": is_kept,
            "method": "prose" if is_kept else f"{role}_line",
            "text": None if is_kept else text,
        }
        raw += len(text) + 1
        body += len(text) + 2 if is_kept else 0


_MARKS = {"“": "”", "«": "»", "„": "“"}


def _quotes(story: _Story) -> Iterator[Row]:
    name, role = story.person
    mark = next(mark for mark in story.body if mark in _MARKS)
    start = story.body.index(mark) + 1
    end = story.body.index(_MARKS[mark], start)
    speaker = story.body.index(name)
    has_speaker = story.number % 6 != 0
    yield {
        **_key(story),
        "field": "body",
        "start": start,
        "end": end,
        "text": story.body[start:end],
        "kind": "direct",
        "speaker_text": name if has_speaker else None,
        "speaker_start": speaker if has_speaker else None,
        "speaker_end": speaker + len(name) if has_speaker else None,
        "speaker_name": name if has_speaker else None,
        "speaker_role": role if has_speaker else None,
        "cue": "said" if has_speaker else None,
        "method": "cue_before_name" if has_speaker else None,
    }


def _mentions(story: _Story) -> Iterator[Row]:
    outlet = story.outlet
    wanted = ((outlet.organisation, "ORG"), (story.person[0], "PERSON"), (outlet.place, "GPE"))
    for surface, label in wanted:
        start = story.body.rfind(surface)
        if start >= 0:
            yield {
                **_key(story),
                "field": "body",
                "start": start,
                "end": start + len(surface),
                "surface": surface,
                "label": label,
                "sentence": 0,
                "in_quote": False,
            }


def _add_reject(rows: dict[str, list[Row]], number: int) -> None:
    outlet = OUTLETS[number % len(OUTLETS)]
    reason = ("malformed_json", "empty_record", "binary_content")[number % 3]
    run = number % 2
    document_id = identity(f"reject {number}".encode())
    place = {
        "document_id": document_id,
        "source": outlet.source,
        "uri": f"dumps/{outlet.source}.jsonl",
        "record_ordinal": 9_000 + number,
        "byte_start": 900_000 + number * 100,
        "byte_end": 900_000 + number * 100 + 64,
        "run_id": RUNS[run],
    }
    rows["rejects"].append(
        {
            **place,
            "reason": reason,
            "stage": "read",
            "message": f"line {9_000 + number} is not a JSON object; write one object a line",
            "excerpt": HOSTILE_EXCERPT if number == 0 else '{"title": "cut short',
            "attempts": 1,
            "state": "open",
            "rejected_at": STARTED[run],
        }
    )
    rows["documents"].append(
        {
            **place,
            "media_type": "application/octet-stream",
            "byte_count": 64,
            "status": "rejected",
            "first_seen_at": STARTED[run],
            "last_seen_at": STARTED[run],
            "shard_id": _shard_id(outlet, run),
        }
    )


def _checks() -> Iterator[Row]:
    base: Row = {
        "stage": "audit",
        "suite": "articles",
        "expectation": "expect_column_values_to_not_be_null",
        "subject": "title",
        "severity": "warn",
        "is_success": True,
        "outcome": "passed",
        "observed": "0 of 20 missing",
        "expected": "at most 5% missing",
        "unexpected_count": 0,
        "examples": [],
        "why": "A page without a headline is often a page that was split wrongly.",
    }
    failed: Row = {
        **base,
        "subject": "published_at",
        "is_success": False,
        "outcome": "failed",
        "observed": "7 of 30 missing",
        "unexpected_count": 7,
        "examples": ["<b>null</b>"],
        "why": "Charts by day leave out what has no date.",
    }
    unique: Row = {
        **base,
        "suite": "documents",
        "expectation": "expect_column_values_to_be_unique",
        "subject": "document_id",
        "severity": "stop",
        "observed": "all unique",
        "expected": "unique",
        "why": None,
    }
    for run, started in zip(RUNS, STARTED, strict=True):
        for check in (base, failed, unique):
            yield {**check, "run_id": run, "checked_at": started + timedelta(seconds=9)}


def _shard_id(outlet: Outlet, run: int) -> str:
    return identity(f"shard {outlet.source} {run}".encode())


def _receipts(rows: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    for run, run_id in enumerate(RUNS):
        for number, outlet in enumerate(OUTLETS):
            shard_id = _shard_id(outlet, run)
            mine = [row for row in rows["documents"] if row["shard_id"] == shard_id]
            if mine:
                yield _receipt(outlet, run_id, shard_id, mine, 1.5 + number)


def _receipt(
    outlet: Outlet, run_id: str, shard_id: str, documents: Sequence[Row], seconds: float
) -> Row:
    landed = sum(row["status"] == "landed" for row in documents)
    file = {
        "uri": f"dumps/{outlet.source}.jsonl",
        "size_bytes": 1_000_000,
        "modified_ns": 1_770_000_000_000_000_000,
        "first_record": 0,
        "record_count": len(documents),
        "file_records": len(documents),
    }
    return {
        "shard_id": shard_id,
        "run_id": run_id,
        "source": outlet.source,
        "files": [file],
        "records_read": len(documents) + 1,
        "records_landed": landed,
        "records_rejected": len(documents) - landed,
        "records_known": 1,
        "block_count": landed * 8,
        "mention_count": landed * 3,
        "quote_count": landed,
        "stages": [
            {"stage": stage, "rows_in": landed, "rows_out": landed, "seconds": seconds / 2}
            for stage in ("decode", "structure")
        ],
        "seconds": seconds,
        "cpu_seconds": seconds * 0.9,
        "peak_memory_bytes": 210_000_000,
        "code_fingerprint": identity(b"code"),
        "config_fingerprint": identity(b"config"),
    }


def _runs(rows: Mapping[str, Sequence[Row]]) -> Iterator[Row]:
    for run, (run_id, started) in enumerate(zip(RUNS, STARTED, strict=True)):
        shards = [row for row in rows["receipts"] if row["run_id"] == run_id]
        yield {
            "run_id": run_id,
            "status": ("failed", "succeeded")[run],
            "engine": ("prefect", "direct")[run],
            "source": None,
            "paths": ["dumps"],
            "started_at": started,
            "ended_at": started + timedelta(seconds=95 + run),
            "files_seen": len(OUTLETS),
            "files_known": 0,
            "shard_count": len(shards),
            **{name: sum(int(str(row[name])) for row in shards) for name in _COUNTS},
            "checks_failed": 1,
            "error": ("The checks could not be written: the disk is full.", None)[run],
            "version": "0.1.0",
        }


_COUNTS = ("records_read", "records_landed", "records_rejected", "records_known")
