"""The curator of entities: what it writes follows from all mentions, however they came."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest

from flows.linking import link_entities
from schemas import TABLES
from schemas.contract import duckdb_type

TABLE_NAMES = (
    "articles", "mentions", "quotes", "fingerprints", "entities", "entity_merges", "curations",
)  # fmt: skip
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)

Named = tuple[str, str, str]
"""Entity id, name and rule of a mention."""

FULL: Named = ("per:ida-kessel", "Ida Kessel", "name")
OTHER: Named = ("per:jan-kessel", "Jan Kessel", "name")
LONE: Named = ("per:kessel", "Kessel", "name")
PLACE: Named = ("gpe:qatar", "Qatar", "country")


def lake() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    for name in TABLE_NAMES:
        columns = (f'"{part.name}" {duckdb_type(part.type)}' for part in TABLES[name].fields)
        connection.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
    return connection


def land(
    connection: duckdb.DuckDBPyConnection, number: int, named: Sequence[Named], version: int = 1
) -> None:
    """Land one article with its mentions, and a quotation of each person it names."""
    article, document = f"a{number:04}", f"d{number:04}-{version}"
    published = FIRST_DAY + timedelta(days=number)
    connection.execute(
        "INSERT INTO articles (article_id, version, document_id, published_at) VALUES (?, ?, ?, ?)",
        [article, version, document, published],
    )
    connection.execute(
        "INSERT INTO fingerprints (article_id, version, run_id) VALUES (?, ?, ?)",
        [article, version, f"batch {document}"],
    )
    for at, (entity_id, name, method) in enumerate(named):
        label = "PERSON" if entity_id.startswith("per:") else "GPE"
        connection.execute(
            """INSERT INTO mentions (article_id, version, document_id, field, "start", "end",
                surface, label, entity_id, entity_name, link_method, candidates)
            VALUES (?, ?, ?, 'body', ?, ?, ?, ?, ?, ?, ?, [])""",
            [article, version, document, at * 20, at * 20 + len(name), name, label,
             entity_id, name, method],
        )  # fmt: skip
        if label == "PERSON":
            connection.execute(
                'INSERT INTO quotes (article_id, document_id, "start", speaker_name) '
                "VALUES (?, ?, ?, ?)",
                [article, document, at, name],
            )


def curate(connection: duckdb.DuckDBPyConnection, run_id: str = "r") -> None:
    link_entities(connection, SimpleNamespace(run_id=run_id))


def state(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple]]:
    return {
        "mentions": connection.execute("SELECT * FROM mentions ORDER BY ALL").fetchall(),
        "quotes": connection.execute("SELECT * FROM quotes ORDER BY ALL").fetchall(),
        "entities": connection.execute(
            "SELECT * EXCLUDE (run_id) FROM entities ORDER BY ALL"
        ).fetchall(),
        "merges": connection.execute(
            "SELECT * EXCLUDE (run_id) FROM entity_merges ORDER BY ALL"
        ).fetchall(),
    }


def counts(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, int]]:
    rows = connection.execute("SELECT entity_id, article_count, mention_count FROM entities")
    return {entity: (articles, mentions) for entity, articles, mentions in rows.fetchall()}


def test_a_lone_surname_is_linked_on_evidence_and_set_free_again() -> None:
    connection = lake()
    land(connection, 0, [LONE])
    for number in range(1, 5):
        land(connection, number, [FULL])
    curate(connection)
    assert counts(connection) == {"per:ida-kessel": (4, 4), "per:kessel": (1, 1)}
    land(connection, 5, [FULL, PLACE])
    curate(connection)
    assert counts(connection) == {"per:ida-kessel": (6, 6), "gpe:qatar": (1, 1)}
    assert connection.execute("SELECT * EXCLUDE (run_id) FROM entity_merges").fetchall() == [
        ("per:kessel", "per:ida-kessel", "kessel", 5, 1.0)
    ]
    aliases = connection.execute(
        "SELECT aliases FROM entities WHERE entity_id = 'per:ida-kessel'"
    ).fetchone()
    assert aliases == (["Kessel"],)
    assert connection.execute(
        "SELECT DISTINCT speaker_entity_id FROM quotes WHERE speaker_name = 'Kessel'"
    ).fetchall() == [("per:ida-kessel",)]
    land(connection, 6, [OTHER])
    curate(connection)
    assert counts(connection)["per:kessel"] == (1, 1)
    assert connection.execute("SELECT count(*) FROM entity_merges").fetchone() == (0,)


def test_only_the_latest_version_counts() -> None:
    connection = lake()
    land(connection, 0, [FULL, PLACE])
    curate(connection)
    land(connection, 0, [FULL, FULL], version=2)
    curate(connection)
    assert counts(connection) == {"per:ida-kessel": (1, 2)}


def test_a_second_curation_writes_only_what_is_new() -> None:
    connection = lake()
    for number in range(6):
        land(connection, number, [FULL, LONE])
    curate(connection, "first")
    before = connection.execute("SELECT * FROM entities ORDER BY ALL").fetchall()
    curate(connection, "second")
    assert connection.execute("SELECT * FROM entities ORDER BY ALL").fetchall() == before
    land(connection, 6, [PLACE])
    curate(connection, "third")
    found = connection.execute("SELECT * FROM entities WHERE run_id <> 'third' ORDER BY ALL")
    assert found.fetchall() == before
    assert counts(connection)["gpe:qatar"] == (1, 1)


@pytest.mark.parametrize("seed", range(8))
def test_incremental_is_rebuilt_in_any_order(seed: int) -> None:
    chance = random.Random(seed)
    kinds = [FULL, FULL, FULL, FULL, FULL, LONE, LONE, PLACE, *([OTHER] if seed % 2 else [])]
    articles = [
        (number, [chance.choice(kinds) for _ in range(chance.randint(1, 3))])
        for number in range(chance.randint(3, 25))
    ]
    whole, grown = lake(), lake()
    for number, named in articles:
        land(whole, number, named)
    curate(whole)
    chance.shuffle(articles)
    for number, named in articles:
        land(grown, number, named)
        if chance.random() < 0.5:
            curate(grown)
    curate(grown)
    assert state(grown) == state(whole)
