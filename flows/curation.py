"""Curation: what only the whole lake can tell, brought up to date after every commit.

A curator finds its own pending work by what the tables hold, not by the run that asks, so that
the run after a killed one finishes what that left. It does its work in SQL over sets
(`flows/sql/curate/`); the result depends on the lake's rows alone, never on their arrival.
`stages.py` says which curators there are, and in which order they come.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import duckdb

from flows.settings import Settings


@dataclass(frozen=True, slots=True)
class Curation:
    """Who curates: the run that is written into changed rows, its time, and its settings."""

    run_id: str
    started_at: datetime
    settings: Settings


Curator = Callable[[duckdb.DuckDBPyConnection, Curation], None]
"""Works inside the caller's transaction."""
