"""The curator of revisions: every new version set against the one before it."""

from collections.abc import Iterator, Sequence
from typing import Any

from flows.batches import (
    Connection,
    Rules,
    count_rows,
    find_pending,
    forget_other_rules,
    run_statement,
    take_in,
)
from flows.curation import Curation
from flows.lake import insert_rows
from flows.steps.revisions import Version, changes_between

RULES = Rules("revisions", "1")
"""The rules are to be renamed when changes get another meaning."""
VERSIONS_AT_A_TIME = 500

Row = dict[str, Any]


def curate_revisions(connection: Connection, curation: Curation) -> None:
    """Bring `revisions` up to date with the article versions. Idempotent.

    Reads only batches that it has not taken in, and of these the addresses met before.
    """
    if not find_pending(connection, RULES):
        return
    if forget_other_rules(connection, RULES):
        connection.execute("DELETE FROM revisions")
    for rows in _changes(connection, curation.run_id):
        insert_rows(connection, "revisions", rows)
    take_in(connection, RULES, curation.run_id)


def _changes(connection: Connection, run_id: str) -> Iterator[list[Row]]:
    """Rows of `revisions`, some versions at a time."""
    run_statement(connection, "pending_versions")
    for first in range(1, count_rows(connection, "pending_versions") + 1, VERSIONS_AT_A_TIME):
        versions = connection.execute(
            "SELECT * EXCLUDE (place) FROM pending_versions WHERE place BETWEEN $1 AND $2 "
            "ORDER BY place",
            [first, first + VERSIONS_AT_A_TIME - 1],
        ).fetchall()
        yield [row for version in versions for row in _change_rows(version, run_id)]


def _change_rows(versions: Sequence[Any], run_id: str) -> Iterator[Row]:
    article_id, version, previous_version = versions[:3]
    before, after = Version(*versions[3:7]), Version(*versions[7:])
    for ordinal, one in enumerate(changes_between(before, after)):
        yield {
            "article_id": article_id,
            "version": version,
            "previous_version": previous_version,
            "ordinal": ordinal,
            **one._asdict(),
            "numbers_removed": one.numbers_removed,
            "numbers_added": one.numbers_added,
            "run_id": run_id,
        }
