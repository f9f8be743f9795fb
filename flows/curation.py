"""Curation: what only the whole lake can tell, brought up to date after every commit.

A curator finds its own pending work by what the tables hold, not by the run that asks, so that
the run after a killed one finishes what that left. It does its work in SQL over sets
(`flows/sql/curate/`); the result depends on the lake's rows alone, never on their arrival.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from flows.linking import link_entities
from flows.settings import Settings


@dataclass(frozen=True, slots=True)
class Curation:
    """Who curates: the run that is written into changed rows, its time, and its settings."""

    run_id: str
    started_at: datetime
    settings: Settings


Curator = Callable[[duckdb.DuckDBPyConnection, Curation], None]

CURATORS: Mapping[str, Curator] = {"link_entities": link_entities}
"""By name, in the order in which they run: a later one may read what an earlier one wrote."""


def curate(connection: duckdb.DuckDBPyConnection, curation: Curation) -> None:
    """Run every curator inside the caller's transaction."""
    for curator in CURATORS.values():
        curator(connection, curation)
