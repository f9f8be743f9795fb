"""The curator of quotations: which articles quote the same statement, and who speaks."""

from collections.abc import Iterable

import duckdb
import pyarrow as pa

from flows.batches import Rules, forget_other_rules, is_up_to_date, take_in
from flows.curation import Curation
from flows.lake import read_sql

RULES = Rules("statements", "1")
"""The rules are to be renamed when quotations are grouped otherwise."""

FEWEST_WORDS = 6
"""Shorter quotations are phrases that many people say of their own."""

LEAST_SHARED = 0.6
"""Of the runs of four words of the shorter quotation; one word changed in twenty leaves 0.76."""

_TOUCHED = """
    CREATE OR REPLACE TEMP TABLE quote_touched AS
    SELECT DISTINCT article_id, version, start FROM quote_pending WHERE is_new
    UNION
    SELECT DISTINCT other.article_id, other.version, other.start
    FROM quote_pending AS stale
    JOIN statements AS own USING (article_id, version, start)
    JOIN statements AS other USING (statement_id)
    WHERE NOT stale.is_new"""
_FORGET = """
    DELETE FROM statements USING quote_touched AS touched
    WHERE statements.article_id = touched.article_id
        AND statements.version = touched.version AND statements.start = touched.start"""


def curate_statements(connection: duckdb.DuckDBPyConnection, curation: Curation) -> None:
    """Group the quotations of the latest versions by what is said, in the caller's transaction.

    Only statements that a new or replaced quotation can belong to are worked on; which
    quotations are one statement depends on the lake's rows alone. Also gives speakers the
    entities that their mentions have by now. Reads all quotations where a batch is pending, and
    nothing where none is.
    """
    if is_up_to_date(connection, RULES):
        return
    forget_other_rules(connection, RULES)
    connection.execute(read_sql("curate/quote_entities"))
    connection.execute(read_sql("curate/quote_pending"), {"fewest_words": FEWEST_WORDS})
    connection.execute(_TOUCHED)
    connection.execute(read_sql("curate/quote_stale"))
    connection.execute(read_sql("curate/quote_shingles"))
    _touch_neighbours(connection)
    connection.execute(_FORGET)
    links = connection.execute(
        read_sql("curate/quote_links"), {"least_shared": LEAST_SHARED}
    ).fetchall()
    if links:
        connection.register("quote_grouped", _grouped(links))
        connection.execute(read_sql("curate/quote_statements"), {"run_id": curation.run_id})
        connection.unregister("quote_grouped")
    take_in(connection, RULES, curation.run_id)


def _touch_neighbours(connection: duckdb.DuckDBPyConnection) -> None:
    """Add to the touched quotations all that share words with them, until none is added."""
    while connection.execute(read_sql("curate/quote_touched")).fetchall()[0][0]:
        pass


def _grouped(links: Iterable[tuple[str, str]]) -> pa.Table:
    """Quotations with the id of their group, which is the smallest of its quotations."""
    above: dict[str, str] = {}

    def top(one: str) -> str:
        while above.setdefault(one, one) != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for one, other in links:
        first, second = sorted((top(one), top(other)))
        above[second] = first
    quotations = sorted(above)
    return pa.table(
        {"quotation": quotations, "statement_id": [top(quotation) for quotation in quotations]}
    )
