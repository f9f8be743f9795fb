"""Landing a shard: read, decode, structure, validate, derive, and stage the parts.

This runs in worker processes: it opens no catalog, and its only trace is a folder of staged
Parquet parts with their receipt, which appears whole or not at all.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from flows.errors import DiskFullError
from flows.gazetteer import load_name_knowledge
from flows.models import load_line_net, load_recogniser, load_story_net
from flows.plan import Shard, read_window
from flows.posts import WHOLE_SHARD, Overtime, Post
from flows.settings import Settings, code_fingerprint, load_lexicon, load_speaker_weights
from flows.steps import compose
from flows.steps.counts import derive_counts
from flows.steps.decode import decode, too_long
from flows.steps.fingerprints import find_fingerprints
from flows.steps.keep import archive_row
from flows.steps.language import derive_language
from flows.steps.mentions import Recogniser, find_mentions, flag_unrecognised
from flows.steps.quotes import (
    SpeechKnowledge,
    compile_speech_knowledge,
    derive_quote_counts,
    find_quotes,
    in_marks,
)
from flows.steps.read import show_excerpt
from flows.steps.record import Decoded, Page, Record, Reject
from flows.steps.rules import Rule, contract_rules, measured_rules, split_by
from flows.steps.source_rules import NO_RULES, SourceRules
from flows.steps.structure import StructureLexicon, compile_structure_lexicon, structure
from flows.storage import is_disk_full, whole_folder, write_part
from flows.workshop import Care, Receipt, Workshop
from schemas import TABLES
from schemas.contract import conform, table_from_rows

SECONDS_PER_ARTICLE = 0.25
"""CPU time that the articles of a shard may take together, beyond one record's limit. They
take a small part of it; a shard that needs more is derived article by article."""

GIVEN_UP = {
    "record_timed_out": "The record took longer than record_seconds of [run].",
    "worker_lost": "The worker died on this record each time it was tried.",
}

KNOWN = pa.schema([("document_id", pa.string()), ("kind", pa.string())])
"""Staged beside the tables: records met before, of which nothing is landed again."""


NO_CARE = Care()


class Harvest:
    """What a shard has brought in so far: rows by table, ids met before, and time by stage."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.rows: dict[str, list[compose.Row]] = {
            name: [] for name in ("documents", "articles", "blocks", "rejects", "archive")
        }
        self.known: list[dict[str, str]] = []
        self.places: dict[str, int] = {}
        self.read_count = 0
        self.stages: dict[str, list[float]] = {}

    def pass_by(self, found: Record | Reject) -> None:
        """Note a record of which nothing is landed again."""
        self.known.append({"document_id": found.document_id, "kind": found.locator.kind})

    def reject(self, reject: Reject) -> None:
        """Note a record that cannot be landed."""
        self.rows["documents"].append(compose.rejected_document_row(reject, self.source))
        self.rows["rejects"].append(compose.reject_row(reject, self.source))

    def land(self, record: Record, decoded: Decoded, page: Page) -> None:
        """Note a record that became a page."""
        article, blocks = compose.page_rows(record, decoded, page)
        self.rows["documents"].append(compose.document_row(record, decoded, self.source))
        self.rows["articles"].append(article)
        self.rows["blocks"].extend(blocks)

    def timed(self, stage: str, step: Callable[..., Any], *args: Any) -> Any:
        """Run a step and add its wall time and its rows to the stage's account."""
        began = time.perf_counter()
        result = step(*args)
        account = self.stages.setdefault(stage, [0, 0, 0.0])
        account[0] += _row_count(args[0])
        account[1] += _row_count(result)
        account[2] += time.perf_counter() - began
        return result


def land_shard(shard: Shard, workshop: Workshop, care: Care = NO_CARE) -> Receipt:
    """Land a shard into a staged folder and return its receipt; a staged one is not redone.

    Every record read is landed, rejected or known, or ValueError says that the books do not
    balance. Raises DiskFullError when the parts cannot be written.
    """
    target = workshop.staging / shard.shard_id
    if (target / "receipt.json").exists():
        receipt: Receipt = json.loads((target / "receipt.json").read_text(encoding="utf-8"))
        return receipt
    try:
        post = Post(workshop.staging, shard.shard_id)
        with whole_folder(target) as scratch, post.manned():
            return _land(shard, workshop, scratch, post, care)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFullError(
                f"{workshop.staging}: the disk is full; shards staged so far are kept and the "
                "lake is untouched; free some space and run the same command again"
            ) from None
        raise


def _land(shard: Shard, workshop: Workshop, folder: Path, post: Post, care: Care) -> Receipt:
    began, cpu_began = time.perf_counter(), time.process_time()
    harvest = _harvest(shard, workshop, post, care)
    tables = _derive(harvest, workshop.settings, post, care)
    _balance(shard, harvest, tables)
    for name, table in tables.items():
        write_part(folder, name, table)
    write_part(folder, "known", pa.Table.from_pylist(harvest.known, schema=KNOWN))
    receipt = _receipt(shard, harvest, tables, workshop)
    receipt["seconds"] = time.perf_counter() - began
    receipt["cpu_seconds"] = time.process_time() - cpu_began
    (folder / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    return receipt


def _harvest(shard: Shard, workshop: Workshop, post: Post, care: Care) -> Harvest:
    """Read, decode and structure record by record; only rows are kept in memory."""
    harvest = Harvest(shard.source)
    seen: set[str] = set()
    for found in _timed_read(harvest, _records(shard, workshop.settings)):
        harvest.read_count += 1
        document_id = found.document_id
        if document_id in seen or workshop.passes(document_id):
            harvest.pass_by(found)
            continue
        seen.add(document_id)
        place = harvest.read_count - 1
        if isinstance(found, Reject):
            harvest.reject(found)
        elif place in care.given_up:
            harvest.reject(_given_up(found, care.given_up[place]))
        else:
            harvest.places[document_id] = place
            _take_in_time(harvest, found, workshop, post)
    return harvest


def _take_in_time(harvest: Harvest, record: Record, workshop: Workshop, post: Post) -> None:
    place, settings = harvest.places[record.document_id], workshop.settings
    try:
        with post.at(place, settings.run.record_seconds):
            page = _read_page(harvest, record, workshop)
    except Overtime:
        page = _given_up(record, "record_timed_out")
    if isinstance(page, Reject):
        harvest.reject(page)
    elif workshop.is_forgotten(article_of(record, *page)):
        harvest.pass_by(record)
        return
    else:
        harvest.land(record, *page)
    if settings.lake.archive:
        harvest.rows["archive"].append(archive_row(record))


def _read_page(
    harvest: Harvest, record: Record, workshop: Workshop
) -> tuple[Decoded, Page] | Reject:
    settings = workshop.settings
    try:
        decoded = harvest.timed("decode", decode, record, settings.field_names(), settings.limits())
        if isinstance(decoded, Reject):
            return decoded
        page = harvest.timed(
            "structure",
            structure,
            decoded,
            _structure_lexicon(),
            load_line_net(),
            load_story_net(),
            _rules_of(harvest.source, workshop.source_rules),
        )
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    ) as error:
        return _defect(record, error)
    if isinstance(page, Reject):
        return _placed(page, record)
    if _story_chars(page) > settings.limits().max_text_chars:
        return _refused(record, "text_too_long", "structure", too_long(settings.limits()))
    return decoded, page


Broken = list[tuple[str, str, str]]
"""Rows that are no articles: document, reason of the reject, message."""


def _derive(harvest: Harvest, settings: Settings, post: Post, care: Care) -> dict[str, pa.Table]:
    """Validate and derive; an article that breaks its contract becomes a reject."""
    rows = {name: table_from_rows(TABLES[name], rows) for name, rows in harvest.rows.items()}
    articles, blocks = rows["articles"], rows["blocks"]
    tables, broken = None, Broken()
    if not care.is_one_by_one:
        seconds = settings.run.record_seconds + articles.num_rows * SECONDS_PER_ARTICLE
        try:
            with post.at(WHOLE_SHARD, seconds):
                tables, broken = _derive_articles(harvest, settings, articles, blocks)
        except Overtime:
            pass
    if tables is None:
        tables, broken = _derive_one_by_one(harvest, settings, post, articles, blocks)
    _turn_into_rejects(harvest, broken)
    for name in ("documents", "rejects", "archive"):
        tables[name] = table_from_rows(TABLES[name], harvest.rows[name])
    return tables


def _derive_one_by_one(
    harvest: Harvest, settings: Settings, post: Post, articles: pa.Table, blocks: pa.Table
) -> tuple[dict[str, pa.Table], Broken]:
    """The same rows, article by article: what one of them does to its time is its own."""
    parts = [_derive_articles(harvest, settings, articles.slice(0, 0), blocks.slice(0, 0))]
    for at, document_id in enumerate(map(str, articles["document_id"].to_pylist())):
        article = articles.slice(at, 1)
        own = blocks.filter(pc.field("document_id") == document_id)
        try:
            with post.at(harvest.places[document_id], settings.run.record_seconds):
                parts.append(_derive_articles(harvest, settings, article, own))
        except Overtime:
            message = GIVEN_UP["record_timed_out"]
            parts.append((parts[0][0], [(document_id, "record_timed_out", message)]))
    tables = {name: pa.concat_tables([part[name] for part, _ in parts]) for name in parts[0][0]}
    return tables, [one for _, broken in parts for one in broken]


def _derive_articles(
    harvest: Harvest, settings: Settings, articles: pa.Table, blocks: pa.Table
) -> tuple[dict[str, pa.Table], Broken]:
    articles, broken = harvest.timed("validate", _validated, articles, _composed_rules())
    articles = harvest.timed("counts", derive_counts, articles)
    articles = harvest.timed("language", derive_language, articles)
    quotes = harvest.timed("quotes", find_quotes, articles, _speech())
    known = _recognisers(settings, articles)
    marked, names = in_marks(quotes), load_name_knowledge()
    mentions = harvest.timed("mentions", find_mentions, articles, marked, known, names)
    articles = flag_unrecognised(articles, set(known))
    articles = derive_quote_counts(articles, quotes, mentions)
    articles, worse = harvest.timed("validate", _validated, articles, _derived_rules())
    fingerprints = harvest.timed("fingerprints", find_fingerprints, articles)
    tables = {
        "articles": conform(TABLES["articles"], articles),
        "blocks": _of_articles(blocks, articles),
        "mentions": _of_articles(conform(TABLES["mentions"], mentions), articles),
        "quotes": _of_articles(conform(TABLES["quotes"], quotes), articles),
        "fingerprints": fingerprints,
    }
    return tables, broken + worse


def _validated(articles: pa.Table, rules: Sequence[Rule]) -> tuple[pa.Table, Broken]:
    """Drop rows that break a rule; each is named with the rule."""
    kept, broken = split_by(rules, articles)
    named = zip(broken["document_id"].to_pylist(), broken["reason"].to_pylist(), strict=True)
    return kept, [
        (str(document_id), "rule_broken", f"the row breaks the rule: {rule}")
        for document_id, rule in named
    ]


def _turn_into_rejects(harvest: Harvest, broken: Broken) -> None:
    documents = {row["document_id"]: row for row in harvest.rows["documents"]}
    for document_id, reason, message in broken:
        document = documents[document_id]
        document["status"] = "rejected"
        harvest.rows["rejects"].append(compose.broken_row(document, reason, message))


def _of_articles(children: pa.Table, articles: pa.Table) -> pa.Table:
    """Keep the rows of articles that are landed."""
    landed = pc.is_in(children["document_id"], articles["document_id"].combine_chunks())
    return children.filter(landed)


def _records(shard: Shard, settings: Settings) -> Iterator[Record | Reject]:
    for window in shard.windows:
        yield from read_window(window, settings)


def _timed_read(harvest: Harvest, records: Iterable[Record | Reject]) -> Iterator[Record | Reject]:
    """The same records; the time to get each is added to the account of `read`."""
    waiting = iter(records)
    while (found := harvest.timed("read", next, waiting, None)) is not None:
        yield found


def _balance(shard: Shard, harvest: Harvest, tables: Mapping[str, pa.Table]) -> None:
    landed, rejected = tables["articles"].num_rows, tables["rejects"].num_rows
    if harvest.read_count != landed + rejected + len(harvest.known):
        raise ValueError(
            f"shard {shard.shard_id}: {harvest.read_count} records read, {landed} landed, "
            f"{rejected} rejected, {len(harvest.known)} known"
        )


def _receipt(
    shard: Shard, harvest: Harvest, tables: Mapping[str, pa.Table], workshop: Workshop
) -> Receipt:
    return {
        "shard_id": shard.shard_id,
        "source": shard.source,
        "files": [
            {
                "uri": window.file.uri,
                "size_bytes": window.file.size_bytes,
                "modified_ns": window.file.modified_ns,
                "first_record": window.first,
                "record_count": window.count,
                "file_records": window.total,
            }
            for window in shard.windows
            if not window.file.is_archive
        ],
        "records_read": harvest.read_count,
        "records_landed": tables["articles"].num_rows,
        "records_rejected": tables["rejects"].num_rows,
        "records_known": len(harvest.known),
        "block_count": tables["blocks"].num_rows,
        "mention_count": tables["mentions"].num_rows,
        "quote_count": tables["quotes"].num_rows,
        "stages": [
            {"stage": name, "rows_in": rows_in, "rows_out": rows_out, "seconds": seconds}
            for name, (rows_in, rows_out, seconds) in harvest.stages.items()
        ],
        "peak_memory_bytes": _peak_memory_bytes(),
        "code_fingerprint": code_fingerprint(),
        "config_fingerprint": workshop.settings.fingerprint(),
        "rules_fingerprint": _rules_of(shard.source, workshop.source_rules).fingerprint(),
    }


def _placed(reject: Reject, record: Record) -> Reject:
    """Give a reject of a step that knows only the text its place and identity."""
    return replace(
        reject,
        locator=record.locator,
        document_id=record.document_id,
        media_type=record.media_type,
        byte_count=len(record.data),
    )


def _given_up(record: Record, reason: str) -> Reject:
    return _refused(record, reason, "structure", GIVEN_UP[reason])


def article_of(record: Record, decoded: Decoded, page: Page) -> str:
    """The id of the article that a page makes."""
    return compose.article_identity(page.url or decoded.hints.url, record.document_id)


def _story_chars(page: Page) -> int:
    return sum(block.raw_end - block.raw_start for block in page.blocks if block.is_kept)


def _defect(record: Record, error: Exception) -> Reject:
    """A record on which our own code failed: told, counted, and no harm to its neighbours."""
    return _refused(record, "step_failed", "structure", f"{type(error).__name__}: {error}"[:500])


def _refused(record: Record, reason: str, stage: str, message: str) -> Reject:
    return Reject(
        reason,
        stage,
        message,
        record.locator,
        record.document_id,
        show_excerpt(record.data),
        record.media_type,
        len(record.data),
    )


@cache
def _rules_of(source: str, path: Path | None) -> SourceRules:
    """The rules of a source that were in force when the run began."""
    if path is None:
        return NO_RULES
    return SourceRules(json.loads(path.read_text(encoding="utf-8")).get(source, {}))


@cache
def _structure_lexicon() -> StructureLexicon:
    return compile_structure_lexicon(load_lexicon())


@cache
def _speech() -> SpeechKnowledge:
    return compile_speech_knowledge(load_lexicon(), load_speaker_weights())


@cache
def _composed_rules() -> tuple[Rule, ...]:
    """Rules of the columns that a page gives; no later step meets a row that breaks one."""
    return contract_rules(TABLES["articles"], compose.ARTICLE_COLUMNS)


@cache
def _derived_rules() -> tuple[Rule, ...]:
    """Rules of all columns but those that the commit gives."""
    columns = set(TABLES["articles"].column_names) - {"run_id"}
    return (*contract_rules(TABLES["articles"], columns), *measured_rules())


def _recognisers(settings: Settings, articles: pa.Table) -> dict[str, Recogniser]:
    """Recognisers of the languages that occur; a model nobody needs is not loaded."""
    occurring = set(articles["language"].to_pylist())
    return {
        language: load_recogniser(model, settings.languages.engines.get(language, "numpy"))
        for language, model in settings.languages.recognisers.items()
        if language in occurring
    }


def _row_count(value: object) -> int:
    if isinstance(value, tuple):  # rows and what was dropped of them
        value = value[0]
    return value.num_rows if isinstance(value, pa.Table) else 1


def _peak_memory_bytes() -> int:
    """High-water mark of this process; macOS counts in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
