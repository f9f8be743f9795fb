"""The curator of duplicates: new texts against all before, and the clusters that they change.

What it writes is a function of the lake's articles alone. `text_pairs` holds every pair that the
buckets bring together and that is worth keeping; clusters are the connected parts of those
pairs, and only parts that a new text, a new pair or a lost pair touches are arranged anew.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

import pyarrow as pa

from flows.batches import (
    Connection,
    Rules,
    count_rows,
    fetch_rows,
    find_pending,
    forget_other_rules,
    run_statement,
    take_in,
)
from flows.curation import Curation
from flows.lake import read_sql
from flows.steps.clusters import HUBS, Copy, Tie, arrange
from flows.steps.copies import Comparison, Text, compare
from flows.steps.fingerprints import BANDS, find_fingerprints
from schemas.contract import table_from_rows
from schemas.duplicates import DUPLICATES
from schemas.text_pairs import TEXT_PAIRS

CURATOR = "duplicates"
RULES = "1"
"""To be raised when fingerprints, comparisons or clusters change their meaning: every lake is
then arranged anew, from its fingerprints on."""

BUCKETS = BANDS + 1
"""The bands of a text, and its address."""

MOST_MEMBERS = 1_000_000
"""Pending texts in buckets that are joined at a time; sets the memory of the join."""
ARTICLES_AT_A_TIME = 5_000
PAIRS_AT_A_TIME = 2_000
"""Pairs compared at a time; at most twice as many bodies are then in Python's memory."""


def curate_duplicates(connection: Connection, curation: Curation) -> None:
    """Bring `text_pairs` and `duplicates` up to date with the articles. Idempotent.

    Does nothing where no batch is pending. Changed rules make every batch pending again.
    """
    _print_older_articles(connection)
    preferred = curation.settings.duplicates.preferred_sites
    rules = Rules(CURATOR, " ".join((RULES, *preferred)))
    if not find_pending(connection, rules):
        return
    if forget_other_rules(connection, rules):  # rows of `duplicates` stand until they differ
        connection.execute("DELETE FROM text_pairs")
    _find_candidates(connection)
    _compare_candidates(connection, curation.run_id)
    _touch(connection)
    _arrange(connection, preferred, curation.run_id)
    take_in(connection, rules, curation.run_id)


def _print_older_articles(connection: Connection) -> None:
    """Give a fingerprint to articles that were landed before there were any."""
    if count_rows(connection, "articles") == count_rows(connection, "fingerprints"):
        return
    while (articles := _unprinted(connection)).num_rows:
        prints = find_fingerprints(articles)
        for name in ("version", "run_id"):
            place = prints.schema.get_field_index(name)
            prints = prints.set_column(place, name, articles[name])
        _insert(connection, "fingerprints", prints)


def _unprinted(connection: Connection) -> pa.Table:
    most = {"most": ARTICLES_AT_A_TIME}
    return connection.execute(read_sql("curate/unprinted_articles"), most).to_arrow_table()


def _find_candidates(connection: Connection) -> None:
    """Fill `candidate_pairs` and `displaced_hubs`, some buckets at a time."""
    run_statement(connection, "text_buckets")
    pairs = "(text_a VARCHAR, text_b VARCHAR)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE candidate_pairs {pairs}")
    connection.execute("CREATE OR REPLACE TEMP TABLE displaced_hubs (text_id VARCHAR)")
    pending = count_rows(connection, "text_buckets WHERE is_pending")
    width = max(1, MOST_MEMBERS // max(1, pending))
    for first in range(1, BUCKETS + 1, width):
        run_statement(connection, "bucket_members", first=first, last=first + width - 1)
        run_statement(connection, "candidate_pairs", hubs=HUBS)
        run_statement(connection, "displaced_hubs", hubs=HUBS)


def _compare_candidates(connection: Connection, run_id: str) -> None:
    """Compare the candidates and keep the pairs that share much; drop those lost to new hubs."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE candidate_pairs AS SELECT *, row_number() OVER () AS place "
        "FROM (SELECT DISTINCT * FROM candidate_pairs ANTI JOIN text_pairs USING (text_a, text_b) "
        "ORDER BY ALL)"
    )
    run_statement(connection, "compared_texts")
    connection.execute("CREATE OR REPLACE TEMP TABLE new_pairs AS FROM text_pairs LIMIT 0")
    for rows in _compared(connection):
        _insert(connection, "new_pairs", rows)
    run_statement(connection, "lost_pairs", hubs=HUBS)
    connection.execute(
        "DELETE FROM text_pairs WHERE (text_a, text_b) IN (SELECT (text_a, text_b) FROM lost_pairs)"
    )
    connection.execute(
        "INSERT INTO text_pairs SELECT * REPLACE ($run_id AS run_id) FROM new_pairs "
        "ORDER BY text_a, text_b",
        {"run_id": run_id},
    )


def _compared(connection: Connection) -> Iterator[pa.Table]:
    """The pairs to be kept, some candidates at a time."""
    for first in range(1, count_rows(connection, "candidate_pairs") + 1, PAIRS_AT_A_TIME):
        pairs = connection.execute(
            "SELECT text_a, text_b FROM candidate_pairs WHERE place BETWEEN $1 AND $2",
            [first, first + PAIRS_AT_A_TIME - 1],
        ).fetchall()
        texts = _texts(connection, chain.from_iterable(pairs))
        found = ((one, other, compare(texts[one], texts[other])) for one, other in pairs)
        yield table_from_rows(
            TEXT_PAIRS,
            [
                {"text_a": one, "text_b": other, **comparison._asdict()}
                for one, other, comparison in found
                if comparison.is_kept
            ],
        )


def _texts(connection: Connection, text_ids: Iterable[str]) -> dict[str, Text]:
    rows = connection.execute(
        "SELECT text_id, title, body FROM compared_texts SEMI JOIN (SELECT unnest($1) AS text_id) "
        "USING (text_id)",
        [list(set(text_ids))],
    ).fetchall()
    return {text_id: Text.of(body, title) for text_id, title, body in rows}


def _touch(connection: Connection) -> None:
    """Fill `touched_texts` with all texts that are connected with one that changed."""
    run_statement(connection, "touched_texts")
    while run_statement(connection, "touch_neighbours"):
        pass


def _arrange(connection: Connection, preferred: tuple[str, ...], run_id: str) -> None:
    """Arrange the touched texts in clusters, and write the rows that differ from before."""
    rank: dict[str | None, int] = {site: place for place, site in enumerate(preferred)}
    copies = [Copy(*values) for values in fetch_rows(connection, "touched_copies")]
    copies = [copy._replace(preference=rank.get(copy.site, len(rank))) for copy in copies]
    ties = [
        Tie(one, other, Comparison(*found))
        for one, other, *found in fetch_rows(connection, "touched_pairs")
    ]
    rows = table_from_rows(DUPLICATES, arrange(copies, ties)).drop_columns(["run_id"])
    run_statement(connection, "standing_rows")
    connection.execute("CREATE OR REPLACE TEMP TABLE arranged_rows AS FROM standing_rows LIMIT 0")
    _insert(connection, "arranged_rows", rows)
    run_statement(connection, "drop_changed_rows")
    run_statement(connection, "add_changed_rows", run_id=run_id)


def _insert(connection: Connection, table: str, rows: pa.Table) -> None:
    connection.register("incoming_rows", rows)
    connection.execute(f"INSERT INTO {table} BY NAME FROM incoming_rows")
    connection.unregister("incoming_rows")
