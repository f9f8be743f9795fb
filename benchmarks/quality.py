"""Measure checks and report: over a large lake, and on a nightly batch of 1,000 articles.

`python benchmarks/quality.py [--articles N] [--mentions M]` builds a lake by SQL, measures and
inspects all of it, and writes its report, each in a process of its own. Times are of the wall
and of the CPU; memory is the process's high-water mark.
"""

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from flows.lake import (
    LakeFolder,
    attach_statements,
    create_lake,
    load_statements,
    open_lake,
    write_lake,
)

WORDS = "harbour council ferry winter school budget market bridge water night strike river"
PARAGRAPH = f"The {WORDS} said on Monday that the {WORDS} would be moved to the {WORDS}. "
RUN = "20260105T050000-aaaaaa"
COLUMNS = {
    "documents": """md5(i::VARCHAR) AS document_id, 'source-' || i % 40 AS source,
        'dumps/' || i % 40 || '.jsonl' AS uri, i AS record_ordinal, 'jsonl' AS kind,
        'text/html' AS media_type, 'utf-8' AS charset, 'utf8' AS charset_method,
        2400 AS byte_count, 'landed' AS status,
        TIMESTAMPTZ '2026-01-05 05:00:00+00' AS first_seen_at,
        TIMESTAMPTZ '2026-01-05 05:00:00+00' AS last_seen_at, 's' AS shard_id""",
    "articles": """md5('a' || i) AS article_id, 1 AS version, md5(i::VARCHAR) AS document_id,
        'https://source-' || i % 40 || '.example/' || i AS url,
        'source-' || i % 40 || '.example' AS site, 'Ferry ' || i || ' returns' AS title,
        ['Ines Calloway'] AS authors,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' - INTERVAL (i % 900) DAY AS published_at,
        'day' AS published_precision, 'meta' AS published_method, 'en' AS language,
        0.97 AS language_confidence, $body || i || E'.\\n\\n' || $body || 'End.' AS body,
        'rules' AS body_method, [] AS captions, 'article' AS kind, 300 AS word_count,
        length(body) AS char_count, 9 AS sentence_count, 2 AS paragraph_count,
        75 AS reading_seconds, 1 AS quote_count, 0.1 AS quoted_share, 5 AS mention_count,
        0.3 AS boilerplate_share, [] AS quality_flags, md5('c' || i) AS content_hash""",
    "blocks": """md5('a' || i // 4) AS article_id, 1 AS version,
        md5((i // 4)::VARCHAR) AS document_id, i % 4 AS ordinal,
        ['title', 'paragraph', 'share_ui', 'comment_ui'][i % 4 + 1] AS role,
        i % 4 * 500 AS raw_start, i % 4 * 500 + 500 AS raw_end, i % 4 = 1 AS is_kept,
        CASE WHEN is_kept THEN 0 END AS body_start, CASE WHEN is_kept THEN 500 END AS body_end,
        'rule' AS method, CASE WHEN NOT is_kept THEN 'Notify of' END AS text""",
    "mentions": """md5('a' || i // 5) AS article_id, 1 AS version,
        md5((i // 5)::VARCHAR) AS document_id, 'body' AS field, 4 + i % 5 * 20 AS start,
        11 + i % 5 * 20 AS end, 'harbour' AS surface, 'ORG' AS label, 0 AS sentence,
        false AS in_quote, 'org:' || i % 5000 AS entity_id, 'Harbour ' || i % 5000 AS entity_name,
        'alias' AS link_method""",
    "quotes": """md5('a' || i) AS article_id, 1 AS version, md5(i::VARCHAR) AS document_id,
        4 AS start, 11 AS end, 'harbour' AS text, 'partial' AS kind, 'The' AS speaker_text,
        0 AS speaker_start, 3 AS speaker_end, 'Person ' || i % 9000 AS speaker_name""",
    "fingerprints": """md5('a' || i) AS article_id, 1 AS version, md5(i::VARCHAR) AS document_id,
        md5('t' || i) AS text_id, [i, i + 1] AS bands, 90 AS shingle_count, [] AS numbers""",
}


def build_lake(folder: Path, articles: int, mentions: int) -> None:
    """A lake of one run and so many rows, made by SQL."""
    create_lake(folder)
    sizes = {"blocks": 4 * articles, "mentions": mentions}
    with write_lake(folder, 2000) as connection:
        connection.execute("SET enable_progress_bar = false")
        for table, columns in COLUMNS.items():
            count = sizes.get(table, articles)
            selected = columns.replace("$body", "'" + PARAGRAPH * 4 + "'")
            connection.execute(
                f"INSERT INTO {table} BY NAME SELECT {selected}, '{RUN}' AS run_id "
                f"FROM range({count}) AS rows(i)"
            )
        connection.execute(
            "INSERT INTO entities BY NAME SELECT entity_id, any_value(entity_name) AS name, "
            "'ORG' AS label, [] AS aliases, count(DISTINCT article_id) AS article_count, "
            f"count(*) AS mention_count, '{RUN}' AS run_id FROM mentions GROUP BY entity_id"
        )
        connection.execute(
            "INSERT INTO runs BY NAME SELECT ? AS run_id, 'succeeded' AS status, "
            "'direct' AS engine, [] AS paths, TIMESTAMPTZ '2026-01-05 05:00:00+00' AS started_at, "
            "TIMESTAMPTZ '2026-01-05 06:00:00+00' AS ended_at, ? AS records_read, "
            "? AS records_landed, 0 AS records_rejected, 0 AS records_known, '0' AS version",
            [RUN, articles, articles],
        )


def measure_all(folder: Path) -> str:
    """Measure every batch of the lake, as the first run after a change of rules does."""
    from flows.curation import Curation
    from flows.measures import measure_batches
    from flows.settings import load_settings

    with write_lake(folder) as connection:
        measure_batches(
            connection, Curation(RUN, datetime(2026, 1, 5, tzinfo=UTC), load_settings())
        )
        return f"{connection.execute('SELECT count(*) FROM measures').fetchall()[0][0]} measures"


def inspect_all(folder: Path) -> str:
    """Run all suites on the whole lake."""
    from flows.inspection import Inspection, inspect
    from flows.stages import CHECKED_TABLES

    limits = ["SET memory_limit = '400MB'", "SET threads = 2", "SET TimeZone = 'UTC'",
              f"SET temp_directory = '{folder / 'staging' / '.spill'}'"]  # fmt: skip
    preload = (*limits, *load_statements(), *attach_statements(folder))
    order = Inspection(preload, CHECKED_TABLES, "lake", RUN, date(2026, 1, 5), folder / "staging")
    results = inspect(order)
    failed = [f"{row['suite']}.{row['subject']}" for row in results
              if row["outcome"] in ("failed", "broken")]  # fmt: skip
    return f"{len(results)} checks, failed: {', '.join(failed) or 'none'}"


def write_report(folder: Path) -> str:
    """Write the report, its run's page and the index."""
    from flows.report_pages import write_pages

    with open_lake(folder) as connection:
        connection.execute("SET memory_limit = '800MB'")
        page = write_pages(connection, LakeFolder(folder), datetime.now(UTC))
    return f"{page.stat().st_size:,} bytes"


def timed(function: Callable[..., str], *args: Any) -> None:
    """Run a function in a process of its own and print what it cost."""
    with get_context("spawn").Pool(1) as pool:
        said, wall, cpu, memory = pool.apply(_costed, (function, args))
    name = function.__name__.replace("_", " ")
    print(f"{name:14} {wall:7.1f} s wall {cpu:7.1f} s CPU {memory:7,.0f} MB  {said}", flush=True)


def _costed(function: Callable[..., str], args: tuple[Any, ...]) -> tuple[str, float, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    said = function(*args)
    # the kernel's own mark: what getrusage says includes the process that this one came from
    status = Path("/proc/self/status").read_text(encoding="ascii")
    memory = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024 / 1e6  # type: ignore[index]
    return said, time.perf_counter() - wall, time.process_time() - cpu, memory


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=1_000_000)
    parser.add_argument("--mentions", type=int, default=5_000_000)
    parser.add_argument("--lake", type=Path, help="Where to keep the lake; else it goes.")
    given = parser.parse_args()
    folder = given.lake or Path(tempfile.mkdtemp(prefix="broadsheet-")) / "lake"
    if not LakeFolder(folder).is_made:
        build_lake(folder, given.articles, given.mentions)
        timed(measure_all, folder)
    timed(inspect_all, folder)
    timed(write_report, folder)
    if given.lake is None:
        shutil.rmtree(folder.parent)


if __name__ == "__main__":
    main()
