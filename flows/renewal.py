"""Renewal: deriving landed or rejected records anew, from their dumps or from the archive.

A renewal is a run like any other but for three things: what it reads is what was asked for, its
commit takes the old rows away in the transaction that brings the new ones, and what spans
articles is curated in that transaction too, so that no reader sees the one without the other.
"""

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flows.answers import reading_statements
from flows.errors import SetupError
from flows.lake import LakeFolder, open_lake, read_sql
from flows.storage import DumpFile, describe_file

Connection = duckdb.DuckDBPyConnection

REPLACED = ("documents", "articles", "blocks", "mentions", "quotes", "fingerprints")
"""Tables whose rows of a renewed document go when its new ones come."""

CURATED = (
    "curations", "text_pairs", "duplicates", "revisions", "statements", "quote_shingles",
    "source_lines",
)  # fmt: skip
"""Tables that say what spans articles and are made anew. Entities and the search index correct
themselves; rules of sources are judged again by the new counts of their lines."""

ONE_BATCH = 64
"""Rows of kept records written at a time: each holds a whole record."""


def where_articles(condition: str | None) -> str:
    """The statement that selects the documents of articles; SetupError for wrong SQL."""
    return _selection("articles", condition or "true", "--where")


def where_rejects(code: str | None, run_id: str | None) -> str:
    """The statement that selects the documents of open rejects, by code and by run."""
    tests = ["state = 'open'"]
    tests += [f"reason = '{code}'"] if code else []
    tests += [f"starts_with(run_id, '{run_id}')"] if run_id else []
    return _selection("rejects", " AND ".join(tests), "--code or --run")


def find_wanted(lake: LakeFolder, selection: str) -> list[str]:
    """Ids of the documents that a selection names, in order. The session can only read."""
    with open_lake(lake.path, is_locked=True) as connection:
        try:
            rows = connection.execute(f"{selection} ORDER BY document_id").fetchall()
        except duckdb.Error as error:
            raise SetupError(f"{selection}: {str(error).splitlines()[0]}") from None
    return [str(document_id) for (document_id,) in rows]


def find_files(
    lake: LakeFolder, wanted: Sequence[str], staging: Path
) -> tuple[list[tuple[str, tuple[DumpFile, ...]]], int]:
    """What is to be read for the wanted documents, by source, and how many are nowhere.

    A record whose bytes the archive keeps is taken from there, any other from its dump.
    """
    with open_lake(lake.path) as connection:
        show_wanted(connection, wanted)
        places = connection.execute(read_sql("renew/wanted_places")).fetchall()
        chosen = []
        for source in sorted({source for source, *_ in places}):
            kept = [id for of, _, id, is_kept in places if of == source and is_kept]
            uris = sorted({uri for of, uri, _, is_kept in places if of == source and not is_kept})
            files = [describe_file(Path(uri)) for uri in uris if Path(uri).is_file()]
            if kept:
                files.append(_write_kept(connection, source, staging))
            chosen.append((source, tuple(files)))
    present = {file.uri for _, files in chosen for file in files}
    gone = sum(not is_kept and uri not in present for _, uri, _, is_kept in places)
    return chosen, gone


def show_wanted(connection: Connection, wanted: Sequence[str]) -> None:
    """Make the wanted ids answer to `wanted`."""
    table = pa.table({"document_id": pa.array(wanted, pa.string())})
    connection.register("wanted_ids", table)
    connection.execute("CREATE OR REPLACE TEMP TABLE wanted AS FROM wanted_ids")
    connection.unregister("wanted_ids")


def export_known_ids(lake: LakeFolder, wanted: Sequence[str], target: Path) -> Path:
    """Write the ids of which nothing is to be landed, for all workers to map."""
    with open_lake(lake.path) as connection:
        show_wanted(connection, wanted)
        ids = connection.execute(read_sql("renew/known_ids")).to_arrow_table()
    return export_ids([str(id) for id in ids["id"].to_pylist()], target)


def export_ids(ids: Sequence[str], target: Path) -> Path:
    """Write sorted ids of 16 bytes: no catalog, no copy a worker."""
    np.save(target, np.frombuffer(bytes.fromhex("".join(sorted(ids))), dtype="S16"))
    return target


def purpose_of(wanted: Sequence[str]) -> str:
    """What tells the shards of this renewal from others of the same files."""
    return "renew " + blake2b(" ".join(wanted).encode(), digest_size=16).hexdigest()


def take_old_rows(
    connection: Connection, wanted: Sequence[str], reread: Sequence[str], moment: dict[str, Any]
) -> None:
    """Take away the rows that staged ones replace, and write down that they left."""
    show_wanted(connection, wanted)
    connection.register("reread_uris", pa.table({"uri": pa.array(reread, pa.string())}))
    connection.execute("CREATE OR REPLACE TEMP TABLE reread AS FROM reread_uris")
    connection.execute(read_sql("renew/renewed"))
    connection.execute(read_sql("renew/departures"), moment)
    for name in REPLACED:
        connection.execute(
            f"DELETE FROM {name} WHERE document_id IN (SELECT document_id FROM renewed)"
        )
    connection.execute(read_sql("renew/rejected_again"))
    connection.execute(read_sql("renew/replayed"))


def keep_history(connection: Connection, run_id: str) -> None:
    """Give the new rows what the old ones knew: first sight, and tries."""
    for name in ("first_seen", "attempts"):
        connection.execute(read_sql(f"renew/{name}"), {"run_id": run_id})


def forget_curated(connection: Connection) -> None:
    """Empty what spans articles, so that the curators make it anew from the rows there are."""
    for name in CURATED:
        connection.execute(f"DELETE FROM {name}")


def _selection(table: str, condition: str, option: str) -> str:
    selection = f"SELECT DISTINCT document_id FROM {table} WHERE ({condition})"
    if len(reading_statements(selection)) != 1:
        raise SetupError(f"{option}: give one condition, found several statements")
    return selection


def _write_kept(connection: Connection, source: str, staging: Path) -> DumpFile:
    """Write the wanted records that the archive keeps where a worker can read them."""
    target = staging / f".kept.{source}.parquet"
    rows = connection.execute(read_sql("renew/kept_records"), {"source": source})
    reader = rows.to_arrow_reader(ONE_BATCH)
    with pq.ParquetWriter(target, reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch, row_group_size=ONE_BATCH)
    return DumpFile(f"archive of {source}", target, 0, 0, is_archive=True)
