"""All curators, and the order in which they come."""

from pathlib import Path

import duckdb

from flows.curation import Curation, Curator
from flows.duplicates import curate_duplicates
from flows.indexing import curate_search
from flows.lake import write_lake
from flows.linking import link_entities
from flows.measures import measure_batches
from flows.memory import without_pandas
from flows.revisions import curate_revisions
from flows.source_rules import curate_source_rules
from flows.statements import curate_statements

CURATORS: tuple[Curator, ...] = (
    link_entities,
    curate_duplicates,
    curate_revisions,
    curate_statements,
    curate_source_rules,
    curate_search,
    measure_batches,
)
"""In the order in which they run: a later one may read what an earlier one wrote."""


def curate(path: Path, curation: Curation) -> None:
    """Bring a lake up to date, in a transaction of its own; only who holds the run lock may."""
    limit = curation.settings.run.memory_limit_mb
    with without_pandas(), write_lake(path, limit) as connection:
        curate_within(connection, curation)


def curate_within(connection: duckdb.DuckDBPyConnection, curation: Curation) -> None:
    """Bring a lake up to date in the caller's transaction."""
    for curator in CURATORS:
        curator(connection, curation)
