"""The curator of entities: who is who across articles, and how often each is named."""

from collections.abc import Mapping

import duckdb

from flows.batches import Rules, forget_other_rules, is_up_to_date, take_in
from flows.curation import Curation
from flows.lake import read_sql

RULES = Rules("entities", "1")
"""The rules are to be renamed when merges, counts or speakers get another meaning."""

LEAST_SIGHTINGS = 5
LEAST_SHARE = 0.9
"""A lone surname is linked where one full name has this share of at least so many articles."""


def link_entities(connection: duckdb.DuckDBPyConnection, curation: Curation) -> None:
    """Merge lone surnames with their persons, count entities, and name the speakers of quotes.

    Writes only rows that change; what it writes follows from all mentions in the lake, in
    whatever order they came. A merge that later articles speak against is taken back. Reads all
    mentions where a batch is pending, and nothing where none is.
    """
    if is_up_to_date(connection, RULES):
        return
    forget_other_rules(connection, RULES)
    limits: Mapping[str, object] = {"least_sightings": LEAST_SIGHTINGS, "least_share": LEAST_SHARE}
    by_whom: Mapping[str, object] = {"run_id": curation.run_id}
    for name, parameters in (
        ("mention_surnames", limits),
        ("entity_merges_wanted", {}),
        ("mention_unmerge", {}),
        ("mention_merge", {}),
        ("entity_merges_gone", {}),
        ("entity_merges_new", by_whom),
        ("entities_counted", {}),
        ("entities_changed", {}),
        ("entities_gone", {}),
        ("entities_new", by_whom),
        ("entity_speakers", {}),
    ):
        connection.execute(read_sql(f"curate/{name}"), parameters)
    take_in(connection, RULES, curation.run_id)
