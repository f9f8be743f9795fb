"""Saved queries, `search()` and upkeep on a large lake, beside plain Parquet files.

    python benchmarks/sql.py FOLDER [--articles 200000] [--real LAKE] [--lake LAKE] [--runs 200]

FOLDER holds dumps of real articles; they are landed by a run, unless `--real` names a lake that
holds them. The large lake is made of pairs of them, text, mentions and quotations, spread over
sites and two years, and landed in batches; `--lake` keeps it for the next time. The same rows are
exported as sorted Parquet, and every saved query is timed on both in turns.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from flows.curation import Curation
from flows.exporting import export_lake
from flows.indexing import curate_search
from flows.lake import attach_statements, create_lake, name_snapshot, open_lake, write_lake
from flows.linking import link_entities
from flows.saved import SavedQuery, bind_values, load_queries
from flows.settings import load_settings
from flows.upkeep import maintain_lake
from schemas import TABLES

BATCH = 20_000
SMALL_RUN = 50
ROUNDS = 5
VALUES = {
    "name": "Japan",
    "words": "interest rates inflation",
    "phrase": "interest rates",
    "label": "PERSON",
}
POINT = "SELECT title, body FROM articles WHERE article_id = $1"

PAIRS = """
CREATE OR REPLACE TEMP TABLE pairs AS
SELECT
    md5('article ' || number) AS article_id,
    md5('document ' || number) AS document_id,
    first.document_id AS first_id,
    second.document_id AS second_id,
    length(first.body) + 2 AS shift,
    'site-' || number % 40 || '.example' AS site,
    'source-' || number % 8 AS source,
    TIMESTAMPTZ '2024-01-01 00:00:00+00' + to_minutes(number * 1051200 // $total) AS published_at,
    $run AS run_id,
    number
FROM range($first, $last) AS numbers(number)
JOIN real AS first ON first.place = number % $count
JOIN real AS second ON second.place = (number * 7919 + number // $count) % $count"""

ROWS = {
    "articles": """
        SELECT
            first.* REPLACE (
                pairs.article_id AS article_id, 1 AS version, pairs.document_id AS document_id,
                'https://' || pairs.site || '/' || number AS url, pairs.site AS site,
                pairs.published_at AS published_at,
                first.body || chr(10) || chr(10) || second.body AS body,
                first.word_count + second.word_count AS word_count,
                pairs.run_id AS run_id)
        FROM pairs
        JOIN small.articles AS first ON first.document_id = first_id
        JOIN small.articles AS second ON second.document_id = second_id""",
    "documents": """
        SELECT
            document.* REPLACE (
                pairs.document_id AS document_id, pairs.source AS source,
                'file:///dumps/' || pairs.source || '.jsonl' AS uri, number AS record_ordinal,
                pairs.run_id AS run_id)
        FROM pairs JOIN small.documents AS document ON document.document_id = first_id""",
    "mentions": """
        SELECT mention.* REPLACE (
            pairs.article_id AS article_id, 1 AS version, pairs.document_id AS document_id,
            pairs.run_id AS run_id)
        FROM pairs JOIN small.mentions AS mention ON mention.document_id = first_id
        UNION ALL
        SELECT mention.* REPLACE (
            pairs.article_id AS article_id, 1 AS version, pairs.document_id AS document_id,
            mention.start + shift AS start, mention."end" + shift AS "end",
            pairs.run_id AS run_id)
        FROM pairs JOIN small.mentions AS mention ON mention.document_id = second_id
        WHERE mention.field = 'body'""",
    "quotes": """
        SELECT quote.* REPLACE (
            pairs.article_id AS article_id, 1 AS version, pairs.document_id AS document_id,
            pairs.run_id AS run_id)
        FROM pairs JOIN small.quotes AS quote ON quote.document_id = first_id
        UNION ALL
        SELECT quote.* REPLACE (
            pairs.article_id AS article_id, 1 AS version, pairs.document_id AS document_id,
            quote.start + shift AS start, quote."end" + shift AS "end",
            speaker_start + shift AS speaker_start, speaker_end + shift AS speaker_end,
            pairs.run_id AS run_id)
        FROM pairs JOIN small.quotes AS quote ON quote.document_id = second_id""",
    "blocks": """
        SELECT block.* REPLACE (
            pairs.article_id AS article_id, 1 AS version, pairs.document_id AS document_id,
            pairs.run_id AS run_id)
        FROM pairs JOIN small.blocks AS block ON block.document_id = first_id""",
    "fingerprints": """
        SELECT print.* REPLACE (
            pairs.article_id AS article_id, 1 AS version, pairs.document_id AS document_id,
            pairs.run_id AS run_id)
        FROM pairs JOIN small.fingerprints AS print ON print.document_id = first_id""",
    "duplicates": """
        SELECT
            article_id, 1 AS version, md5('cluster ' || number // 50) AS cluster_id,
            CASE number % 2 WHEN 0 THEN 'wire' ELSE 'near' END AS kind,
            md5('article ' || (number // 50) * 50) AS canonical_article_id,
            0.9 AS jaccard, 0.95 AS containment, false AS is_capped, run_id
        FROM pairs WHERE number % 50 < 2""",
    "statements": """
        SELECT
            pairs.article_id, 1 AS version, quote.start, md5(quote.text) AS statement_id,
            number < $count AS is_first, true AS is_verbatim, false AS is_conflict, pairs.run_id
        FROM pairs JOIN small.quotes AS quote ON quote.document_id = first_id
        WHERE hash(quote.text) % 20 = 0""",
    "runs": """
        SELECT $run AS run_id, 'succeeded' AS status, 'direct' AS engine, [] AS paths,
            now() AS started_at, now() AS ended_at, 'benchmark' AS version""",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--articles", type=int, default=200_000)
    arguments.add_argument("--runs", type=int, default=200)
    arguments.add_argument("--real", type=Path)
    arguments.add_argument("--lake", type=Path)
    arguments.add_argument("--part", choices=("queries", "readers", "upkeep"), action="append")
    options = arguments.parse_args()
    parts = options.part or ["queries", "readers", "upkeep"]
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        real = options.real or land(options.folder, scratch / "real")
        lake = options.lake or scratch / "lake"
        if not lake.exists():
            print(f"{options.articles:,} articles in {fill(lake, real, options.articles):.0f} s")
            began = time.perf_counter()
            done = maintain_lake(lake, load_settings(), datetime.now(UTC))
            print(f"upkeep in {time.perf_counter() - began:.0f} s: {done}", flush=True)
        if "queries" in parts:
            compare_queries(lake, scratch / "plain")
            time_first_answer(lake)
        if "readers" in parts:
            time_reader_during_commit(lake, real, options.articles, scratch / "read")
        if "upkeep" in parts:
            compare_upkeep(real, scratch, options.runs)


def land(folder: Path, lake: Path) -> Path:
    command = [sys.executable, "-m", "flows.cli", "run", folder, "--direct", "--quiet"]
    subprocess.run([*map(str, command), "--lake", str(lake)], check=True)
    return lake


def fill(lake: Path, real: Path, total: int, batch: int = BATCH, first: int = 0) -> float:
    """Land pairs of real articles, and curate entities and the search index; seconds taken."""
    began = time.perf_counter()
    create_lake(lake)
    curation = Curation("benchmark", datetime.now(UTC), load_settings())
    for start in range(first, first + total, batch):
        land_pairs(lake, real, (start, min(start + batch, first + total), first + total))
        with write_lake(lake, 1_000) as connection:
            curate_search(connection, curation)
    with write_lake(lake, 1_000) as connection:
        link_entities(connection, curation)
    return time.perf_counter() - began


def land_pairs(lake: Path, real: Path, window: tuple[int, int, int]) -> None:
    """One transaction over all tables, rows in the order of their contracts, as a run lands."""
    first, last, total = window
    run = f"run-{first:08}"
    with write_lake(lake, 1_000) as connection:
        connection.execute(attach_statements(real)[0].replace("AS lake", "AS small"))
        name_snapshot(connection, run)
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE real AS SELECT document_id, body, "
            "row_number() OVER (ORDER BY document_id) - 1 AS place FROM small.articles"
        )
        (count,) = connection.execute("SELECT count(*) FROM real").fetchone()
        wanted = {"first": first, "last": last, "total": total, "count": count, "run": run}
        insert(connection, PAIRS, wanted)
        for table, rows in ROWS.items():
            order = ", ".join(f'"{column}"' for column in TABLES[table].sort_by)
            insert(connection, f"INSERT INTO {table} BY NAME {rows} ORDER BY {order}", wanted)


def insert(connection: duckdb.DuckDBPyConnection, sql: str, wanted: dict) -> None:
    """Run a statement with those of the values that it asks for."""
    connection.execute(sql, {name: wanted[name] for name in wanted if f"${name}" in sql} or None)


def compare_queries(lake: Path, plain: Path) -> None:
    """Every saved query on the lake and on sorted Parquet, in turns; medians."""
    with open_lake(lake) as connection:
        export_lake(connection, plain, "parquet")
    with open_lake(lake) as ours, duckdb.connect(plain / "corpus.duckdb", read_only=True) as theirs:
        theirs.execute("SET TimeZone = 'UTC'")
        (article_id,) = ours.execute(
            "SELECT article_id FROM articles ORDER BY article_id LIMIT 1"
        ).fetchone()
        point = SavedQuery("(point lookup)", "", (), POINT)
        print(
            f"{'query':<28} {'lake ms':>8} {'plain ms':>8} {'wall x':>7} {'CPU x':>7} {'rows':>6}"
        )
        for query in [*load_queries().values(), point]:
            values = [article_id] if query is point else values_for(ours, query)
            show(query.name, *time_both(ours, theirs, query.sql, values))


def values_for(connection: duckdb.DuckDBPyConnection, query: SavedQuery) -> dict:
    asked = {parameter.name for parameter in query.parameters}
    words = [f"{name}={value}" for name, value in VALUES.items() if name in asked]
    if "since" in asked:
        words += ["since=2025-03-01", "until=2025-03-31"]
    return bind_values(connection, query, words)


def time_both(
    ours: duckdb.DuckDBPyConnection, theirs: duckdb.DuckDBPyConnection, sql: str, values: object
) -> tuple[list[tuple[float, float]], list[tuple[float, float]], int]:
    rows = ours.execute(sql, values or None).fetchall()
    assert rows == theirs.execute(sql, values or None).fetchall(), sql
    one, other = [], []
    for _ in range(ROUNDS):
        one.append(timed(lambda: ours.execute(sql, values or None).fetchall()))
        other.append(timed(lambda: theirs.execute(sql, values or None).fetchall()))
    return one, other, len(rows)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU milliseconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - cpu)


def show(name: str, ours: list, theirs: list, rows: int) -> None:
    wall, cpu = (statistics.median(times) for times in zip(*ours, strict=True))
    plain_wall, plain_cpu = (statistics.median(times) for times in zip(*theirs, strict=True))
    print(
        f"{name:<26} {wall:8.0f} {plain_wall:8.0f} {wall / plain_wall:6.2f}   "
        f"{cpu:8.0f} {plain_cpu:8.0f} {cpu / plain_cpu:6.2f}   {rows} rows",
        flush=True,
    )


def time_first_answer(lake: Path) -> None:
    """The whole of `broadsheet sql` for one small question, three times, the median."""
    command = [sys.executable, "-m", "flows.cli", "sql", "SELECT count(*) FROM articles"]
    walls = [timed(lambda: run_quietly([*command, "--lake", str(lake)]))[0] for _ in range(3)]
    print(f"broadsheet sql, first answer: {statistics.median(walls):.0f} ms")


def run_quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)


def time_reader_during_commit(lake: Path, real: Path, total: int, copy: Path) -> None:
    """The longest that a small question takes while a batch is landed, beside one at rest."""
    shutil.copytree(lake, copy)
    with open_lake(copy) as connection:
        at_rest = [timed(lambda: ask(connection))[0] for _ in range(50)]
        writer = threading.Thread(
            target=land_pairs, args=(copy, real, (total, total + BATCH, total + BATCH))
        )
        writer.start()
        meanwhile = []
        while writer.is_alive():
            meanwhile.append(timed(lambda: ask(connection))[0])
            time.sleep(0.01)
        writer.join()
    print(
        f"reader at rest: median {statistics.median(at_rest):.0f} ms, longest {max(at_rest):.0f}; "
        f"during a commit of {BATCH:,} articles: median {statistics.median(meanwhile):.0f} ms, "
        f"longest {max(meanwhile):.0f} of {len(meanwhile)}"
    )


def ask(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("SELECT count(*), max(run_id) FROM runs").fetchall()


def compare_upkeep(real: Path, scratch: Path, runs: int) -> None:
    """The saved queries after many small runs, after upkeep of these, and after one big run."""
    settings, size = load_settings(), SMALL_RUN * runs
    one, small, tidied = (scratch / name for name in ("one", "small", "tidied"))
    fill(one, real, size)
    maintain_lake(one, settings, datetime.now(UTC))
    taken = fill(small, real, size, batch=SMALL_RUN)
    print(f"{runs} runs of {SMALL_RUN} articles: {taken:.0f} s", flush=True)
    shutil.copytree(small, tidied)
    print(maintain_lake(tidied, settings, datetime.now(UTC)), flush=True)
    print(f"{'query, CPU ms':<26} {'one run':>8} {'small':>8} {'tidied':>8} {'tidied / one':>13}")
    lakes = [open_lake(lake) for lake in (one, small, tidied)]
    for query in load_queries().values():
        costs = [statistics.median(times) for times in costs_of(lakes, query)]
        print(
            f"{query.name:<26} {costs[0]:8.0f} {costs[1]:8.0f} {costs[2]:8.0f} "
            f"{costs[2] / costs[0]:13.2f}",
            flush=True,
        )


def costs_of(lakes: list[duckdb.DuckDBPyConnection], query: SavedQuery) -> list[list[float]]:
    """CPU milliseconds of a query on each lake, in turns."""
    values = values_for(lakes[0], query) or None
    costs: list[list[float]] = [[] for _ in lakes]
    for _ in range(ROUNDS):
        for lake, times in zip(lakes, costs, strict=True):
            times.append(timed(lambda lake=lake: lake.execute(query.sql, values).fetchall())[1])
    return costs


if __name__ == "__main__":
    main()
