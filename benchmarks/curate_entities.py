"""How long the curator of entities takes over a million mentions, first and when little is new.

    python benchmarks/curate_entities.py [--mentions N]

Makes a lake of invented mentions: 20 an article, names drawn so that few are frequent, one in
ten a lone surname. Prints wall and CPU seconds of a first curation, of one with nothing new, and
of one after an article more, and peak memory.
"""

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from flows.curation import Curation
from flows.lake import create_lake, write_lake
from flows.linking import link_entities
from flows.settings import load_settings

MENTIONS_OF_AN_ARTICLE = 20

ARTICLES = """
INSERT INTO articles BY NAME
SELECT columns.* REPLACE ('a' || number AS article_id, 'd' || number AS document_id,
    TIMESTAMPTZ '2026-01-01 00:00:00Z' + to_hours(CAST(number % 8000 AS INTEGER)) AS published_at)
FROM (SELECT 1 AS version, '' AS article_id, '' AS document_id, CAST(NULL AS TIMESTAMPTZ) AS
    published_at, [] AS authors, '' AS body, '' AS body_method, [] AS captions, 'article' AS kind,
    0 AS word_count, 0 AS char_count, 0 AS sentence_count, 0 AS paragraph_count,
    0 AS reading_seconds, 0 AS quote_count, 0.0 AS quoted_share, 0 AS mention_count,
    0.0 AS boilerplate_share, [] AS quality_flags, '' AS content_hash, 'b' AS run_id) AS columns,
    range($first, $last) AS numbers (number)
"""

MENTIONS = """
INSERT INTO mentions BY NAME
WITH drawn AS (
    SELECT number, slot,
        CAST(floor(pow(hash(number, slot) % 1000003 / 1000003, 3) * 60000) AS BIGINT) AS person,
        hash(number, slot, 'lone') % 10 = 0 AS is_lone
    FROM range($first, $last) AS numbers (number), range($each) AS slots (slot)
)
SELECT 'a' || number AS article_id, 1 AS version, 'd' || number AS document_id, 'body' AS field,
    slot * 20 AS start, slot * 20 + 9 AS "end", name AS surface, 'PERSON' AS label, 0 AS sentence,
    false AS in_quote, 'per:' || lower(replace(name, ' ', '-')) AS entity_id,
    name AS entity_name, 'name' AS link_method, 'b' AS run_id
FROM (SELECT *, CASE WHEN is_lone THEN 'L' || person ELSE 'F' || person || ' L' || person END
    AS name FROM drawn)
"""


def main() -> None:
    """Land, curate, and curate again."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--mentions", type=int, default=1_000_000)
    articles = arguments.parse_args().mentions // MENTIONS_OF_AN_ARTICLE
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        create_lake(lake)
        land(lake, 0, articles)
        curate(lake, f"first, {articles * MENTIONS_OF_AN_ARTICLE} mentions")
        curate(lake, "nothing new")
        land(lake, articles, articles + 1)
        curate(lake, "one article more")
        with write_lake(lake) as connection:
            rows = connection.execute(
                "SELECT (SELECT count(*) FROM entities), (SELECT count(*) FROM entity_merges)"
            ).fetchone()
    print(f"{rows[0]} entities, {rows[1]} merges")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


def land(lake: Path, first: int, last: int) -> None:
    """Land invented articles."""
    bounds = {"first": first, "last": last}
    with write_lake(lake) as connection:
        connection.execute(ARTICLES, bounds)
        connection.execute(MENTIONS, {**bounds, "each": MENTIONS_OF_AN_ARTICLE})


def curate(lake: Path, name: str) -> None:
    """Curate in a transaction of its own, as a run does, and print how long it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    with write_lake(lake) as connection:
        link_entities(connection, Curation("b", datetime.now(UTC), load_settings()))
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:30} {wall:6.1f} s, {cpu:6.1f} CPU s")


if __name__ == "__main__":
    main()
