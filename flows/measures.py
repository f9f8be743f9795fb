"""The curator of measures: what the texts of every source were like, batch by batch."""

import duckdb

from flows import drift
from flows.batches import Rules, count_rows, forget_other_rules, run_statement, take_in
from flows.curation import Curation
from flows.lake import read_sql
from flows.steps.record import identity

CURATOR = "measures"
_STATEMENTS = ("profiled", "usual", "marked", "measured", "copies", "text_findings")


def measure_batches(connection: duckdb.DuckDBPyConnection, curation: Curation) -> None:
    """Measure the landed batches that are not measured yet, in the caller's transaction.

    Writes `measures`, and each oddity of a text into `findings`. When the rules change, every
    batch is measured anew: its old rows go.
    """
    rules = Rules(CURATOR, _fingerprint())
    forget_other_rules(connection, rules)
    run_statement(connection, "measure_pending", **rules.parameters())
    if not count_rows(connection, "pending_batches"):
        return
    for table, condition in (("measures", ""), ("findings", "AND stage = 'text'")):
        connection.execute(
            f"DELETE FROM {table} WHERE run_id IN (SELECT run_id FROM pending_batches) {condition}"
        )
    connection.execute("CREATE OR REPLACE TEMP VIEW past_measures AS FROM measures")
    drift.show_landed(connection)
    drift.measure(connection)
    connection.execute(read_sql("measure/copies"))
    connection.execute("INSERT INTO measures BY NAME FROM measured ORDER BY source, metric, run_id")
    connection.register("text_findings", drift.text_findings(connection))
    connection.execute("INSERT INTO findings BY NAME FROM text_findings")
    connection.unregister("text_findings")
    take_in(connection, rules, curation.run_id)


def _fingerprint() -> str:
    """Hash of what is measured and how; a change of it makes every measure old."""
    statements = [read_sql(f"measure/{name}") for name in _STATEMENTS]
    settings = drift.load_check_settings()
    rules = (settings.text.parameters(), settings.history.least_language, statements)
    return identity(repr(rules).encode())
