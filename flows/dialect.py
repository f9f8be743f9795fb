"""DuckDB as Great Expectations can use it.

The dialect that `duckdb_sqlalchemy` ships fails there in two ways. Great Expectations reads
a result after the implicit rollback that ends its statement, and DuckDB drops an open result
on rollback: transactions are therefore left out, and the checks only read. And it writes a
regular expression only for dialects it knows; one that carries the attribute `DremioDialect`
gets `REGEXP_MATCHES(column, pattern)`, which DuckDB understands.
"""

from collections.abc import Sequence
from typing import Any

from duckdb_sqlalchemy import Dialect
from sqlalchemy.dialects import registry

SCHEME = "broadsheet"
URL = f"{SCHEME}:///:memory:"


class PreloadedDuckDB(Dialect):  # type: ignore[misc, unused-ignore]
    """DuckDB in memory whose connections begin with statements of the caller, and only read.

    `connect_args={"preload": [...]}` of an engine are the statements.
    """

    name = "duckdb"
    supports_statement_cache = True
    DremioDialect = True

    def connect(self, *args: Any, preload: Sequence[str] = (), **options: Any) -> Any:
        """Open a database in memory and run the statements in order."""
        connection = super().connect(*args, **options)
        for statement in preload:
            connection.execute(statement)
        return connection

    def get_pk_constraint(self, *_: Any, **__: Any) -> Any:
        """No key: the tables have none, and to look for one costs a catalog query a table."""
        return {"constrained_columns": [], "name": None}

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin nothing: see the module's words on transactions."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Commit nothing: no statement writes."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Roll nothing back: it would take the open result away."""


def register_dialect() -> str:
    """Tell SQLAlchemy about the dialect and return the URL that selects it."""
    registry.register(SCHEME, "flows.dialect", "PreloadedDuckDB")
    return URL
