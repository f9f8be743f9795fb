"""Landing a shard: read, decode, structure, validate, derive, and stage the parts.

This runs in worker processes: it opens no catalog, and its only trace is a folder of staged
Parquet parts with their receipt, which appears whole or not at all.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from flows.errors import DiskFullError
from flows.gazetteer import load_name_knowledge
from flows.models import load_line_net, load_recogniser, load_story_net
from flows.plan import Shard, read_window
from flows.settings import Settings, code_fingerprint, load_lexicon, load_speaker_weights
from flows.steps import compose
from flows.steps.counts import derive_counts
from flows.steps.decode import decode
from flows.steps.fingerprints import find_fingerprints
from flows.steps.language import derive_language
from flows.steps.mentions import Recogniser, find_mentions, flag_unrecognised
from flows.steps.quotes import (
    SpeechKnowledge,
    compile_speech_knowledge,
    derive_quote_counts,
    find_quotes,
    in_marks,
)
from flows.steps.record import Decoded, Page, Record, Reject
from flows.steps.rules import Rule, contract_rules, measured_rules, split_by
from flows.steps.source_rules import NO_RULES, SourceRules
from flows.steps.structure import StructureLexicon, compile_structure_lexicon, structure
from flows.storage import is_disk_full, whole_folder, write_part
from schemas import TABLES
from schemas.contract import conform, table_from_rows

Receipt = dict[str, Any]

KNOWN = pa.schema([("document_id", pa.string()), ("kind", pa.string())])
"""Staged beside the tables: records met before, of which nothing is landed again."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every shard of a run shares: settings, where to stage, which ids are known.

    And the file with the rules of sources that are in force, if there are any.
    """

    settings: Settings
    staging: Path
    known_ids: Path | None
    source_rules: Path | None = None


class Harvest:
    """What a shard has brought in so far: rows by table, ids met before, and time by stage."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.rows: dict[str, list[compose.Row]] = {
            name: [] for name in ("documents", "articles", "blocks", "rejects")
        }
        self.known: list[dict[str, str]] = []
        self.read_count = 0
        self.stages: dict[str, list[float]] = {}

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


def land_shard(shard: Shard, workshop: Workshop) -> Receipt:
    """Land a shard into a staged folder and return its receipt; a staged one is not redone.

    Every record read is landed, rejected or known, or ValueError says that the books do not
    balance. Raises DiskFullError when the parts cannot be written.
    """
    target = workshop.staging / shard.shard_id
    if (target / "receipt.json").exists():
        receipt: Receipt = json.loads((target / "receipt.json").read_text(encoding="utf-8"))
        return receipt
    try:
        with whole_folder(target) as scratch:
            return _land(shard, workshop, scratch)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFullError(
                f"{workshop.staging}: the disk is full; shards staged so far are kept and the "
                "lake is untouched; free some space and run the same command again"
            ) from None
        raise


def _land(shard: Shard, workshop: Workshop, folder: Path) -> Receipt:
    began, cpu_began = time.perf_counter(), time.process_time()
    harvest = _harvest(shard, workshop)
    tables = _derive(harvest, workshop.settings)
    _balance(shard, harvest, tables)
    for name, table in tables.items():
        write_part(folder, name, table)
    write_part(folder, "known", pa.Table.from_pylist(harvest.known, schema=KNOWN))
    receipt = _receipt(shard, harvest, tables, workshop)
    receipt["seconds"] = time.perf_counter() - began
    receipt["cpu_seconds"] = time.process_time() - cpu_began
    (folder / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    return receipt


def _harvest(shard: Shard, workshop: Workshop) -> Harvest:
    """Read, decode and structure record by record; only rows are kept in memory."""
    harvest = Harvest(shard.source)
    is_known = _known_ids(workshop.known_ids)
    seen: set[str] = set()
    for found in _timed_read(harvest, _records(shard, workshop.settings)):
        harvest.read_count += 1
        document_id = found.document_id
        if document_id in seen or is_known(document_id):
            harvest.known.append({"document_id": document_id, "kind": found.locator.kind})
            continue
        seen.add(document_id)
        if isinstance(found, Reject):
            harvest.reject(found)
        else:
            _take(harvest, found, workshop)
    return harvest


def _take(harvest: Harvest, record: Record, workshop: Workshop) -> None:
    try:
        decoded = harvest.timed("decode", decode, record, workshop.settings.field_names())
        if isinstance(decoded, Reject):
            harvest.reject(decoded)
            return
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
        harvest.reject(_defect(record, error))
        return
    if isinstance(page, Reject):
        harvest.reject(_placed(page, record))
    else:
        harvest.land(record, decoded, page)


def _derive(harvest: Harvest, settings: Settings) -> dict[str, pa.Table]:
    """Validate and derive; an article that breaks its contract becomes a reject."""
    rows = {name: table_from_rows(TABLES[name], rows) for name, rows in harvest.rows.items()}
    articles = harvest.timed("validate", _validated, rows["articles"], harvest, _composed_rules())
    articles = harvest.timed("counts", derive_counts, articles)
    articles = harvest.timed("language", derive_language, articles)
    quotes = harvest.timed("quotes", find_quotes, articles, _speech())
    known = _recognisers(settings, articles)
    marked, names = in_marks(quotes), load_name_knowledge()
    mentions = harvest.timed("mentions", find_mentions, articles, marked, known, names)
    articles = flag_unrecognised(articles, set(known))
    articles = derive_quote_counts(articles, quotes, mentions)
    articles = harvest.timed("validate", _validated, articles, harvest, _derived_rules())
    fingerprints = harvest.timed("fingerprints", find_fingerprints, articles)
    return {
        "documents": table_from_rows(TABLES["documents"], harvest.rows["documents"]),
        "articles": conform(TABLES["articles"], articles),
        "blocks": _of_articles(rows["blocks"], articles),
        "mentions": _of_articles(conform(TABLES["mentions"], mentions), articles),
        "quotes": _of_articles(conform(TABLES["quotes"], quotes), articles),
        "fingerprints": fingerprints,
        "rejects": table_from_rows(TABLES["rejects"], harvest.rows["rejects"]),
    }


def _validated(articles: pa.Table, harvest: Harvest, rules: Sequence[Rule]) -> pa.Table:
    """Drop rows that break a rule; each becomes a reject in its document's place."""
    kept, broken = split_by(rules, articles)
    for document_id, reason in zip(
        broken["document_id"].to_pylist(), broken["reason"].to_pylist(), strict=True
    ):
        _turn_into_reject(harvest, str(document_id), str(reason))
    return kept


def _turn_into_reject(harvest: Harvest, document_id: str, broken_rule: str) -> None:
    document = next(row for row in harvest.rows["documents"] if row["document_id"] == document_id)
    document["status"] = "rejected"
    harvest.rows["rejects"].append(compose.broken_row(document, broken_rule))


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


def _defect(record: Record, error: Exception) -> Reject:
    """A record on which our own code failed: told, counted, and no harm to its neighbours."""
    return Reject(
        "step_failed",
        "structure",
        f"{type(error).__name__}: {error}"[:500],
        record.locator,
        record.document_id,
        excerpt=repr(record.data[:200])[2:-1],
        media_type=record.media_type,
        byte_count=len(record.data),
    )


@cache
def _known_ids(path: Path | None) -> Callable[[str], bool]:
    """A test for ids that the lake holds, by binary search in a file mapped into memory."""
    if path is None:
        return lambda _: False
    ids = np.load(path, mmap_mode="r")

    def is_known(document_id: str) -> bool:
        wanted = np.frombuffer(bytes.fromhex(document_id), dtype=ids.dtype)[0]
        place = int(np.searchsorted(ids, wanted))
        return place < len(ids) and ids[place] == wanted

    return is_known


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
        language: load_recogniser(model)
        for language, model in settings.languages.recognisers.items()
        if language in occurring
    }


def _row_count(value: object) -> int:
    return value.num_rows if isinstance(value, pa.Table) else 1


def _peak_memory_bytes() -> int:
    """High-water mark of this process; macOS counts in bytes, Linux in KiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
