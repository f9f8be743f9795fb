"""Drift: measure what the texts of a source are like, and judge them by its own history.

All of it is SQL over sets (`flows/sql/measure/`, `flows/sql/judge/`); here is the order in which
the statements come, and their parameters from `config/checks.toml`.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.errors import SetupError
from flows.lake import read_sql
from flows.settings import config_folder
from flows.suites import Watch, load_watches

Connection = duckdb.DuckDBPyConnection

_SHOWN = ("article", "document", "block")
_MANY_LINES = ("widget_text",)
"""Patterns whose ^ and $ mean a line, not the text."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class History(_Strict):
    """How far back a source is compared with itself; see `config/checks.toml` for the units."""

    days: int = Field(ge=1)
    least_days: int = Field(ge=2)
    least_weekdays: int = Field(ge=2)
    least_sample: int = Field(ge=1)
    deviations: float = Field(gt=0)
    least_language: float = Field(gt=0, le=1)
    late_gaps: float = Field(gt=0)
    least_late_days: int = Field(ge=1)


class TextPatterns(_Strict):
    """What is looked for in texts, as RE2 patterns."""

    widget_text: tuple[str, ...]
    mojibake: tuple[str, ...]
    cut_short: tuple[str, ...]
    paywall_stub: tuple[str, ...]
    odd_byline: tuple[str, ...]
    stub_words: int = Field(ge=1)

    def parameters(self) -> dict[str, Any]:
        """The parameters of `measure/marked.sql`: one pattern each, any of whose parts counts."""
        patterns = {
            name: f"(?{'im' if name in _MANY_LINES else 'i'})(?:{'|'.join(parts)})"
            for name, parts in self.model_dump(exclude={"stub_words"}).items()
        }
        # a letter that stands for a byte is not a letter in another case
        patterns["mojibake"] = patterns["mojibake"].replace("(?i)", "", 1)
        return {**patterns, "stub_words": self.stub_words}


class CheckSettings(_Strict):
    """All of `config/checks.toml`, checked."""

    history: History
    text: TextPatterns


@dataclass(frozen=True, slots=True)
class Batch:
    """The staged batch that is measured before it has a run's rows: its run and its day."""

    run_id: str
    measured_on: date


@cache
def load_check_settings() -> CheckSettings:
    """Read `config/checks.toml`. Raises SetupError for an unknown key or a wrong value."""
    path = config_folder() / "checks.toml"
    try:
        return CheckSettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise SetupError(f"{path}: {error}") from None


def show_staged(connection: Connection, batch: Batch) -> None:
    """Make a staged batch what is measured: all rows of the tables under their bare names."""
    for name in _SHOWN:
        statement = read_sql(f"measure/{name}s").format(
            run_id=f"'{batch.run_id}'", measured_on=f"DATE '{batch.measured_on}'", chosen=""
        )
        connection.execute(statement)


def show_landed(connection: Connection) -> None:
    """Make what is measured the landed batches of `pending_batches` (run_id, measured_on)."""
    for name in _SHOWN:
        statement = read_sql(f"measure/{name}s").format(
            run_id="pending.run_id",
            measured_on="pending.measured_on",
            chosen=f"JOIN pending_batches AS pending ON pending.run_id = {name}.run_id",
        )
        connection.execute(statement)


def measure(connection: Connection) -> None:
    """Measure what is shown: fills `marked`, one row an article, and `measured`, by source.

    Reads `past_measures`, which tells a source's usual language and dates.
    """
    settings = load_check_settings()
    connection.execute(read_sql("measure/profiled"))
    least = settings.history.least_language
    connection.execute(read_sql("measure/usual"), {"least_language": least})
    connection.execute(read_sql("measure/marked"), settings.text.parameters())
    connection.execute(read_sql("measure/measured"))


def judge(connection: Connection, watches: Sequence[Watch] | None = None) -> None:
    """Judge every source of `current_measures` by `past_measures`; fills `judged`.

    `known_breaks` (source, metric, since_on) says from which day on a source's history counts.
    """
    bounds = load_check_settings().history.model_dump()
    connection.register("asked", _asked(load_watches() if watches is None else watches))
    for name in ("compared", "baselines", "judged", "late"):
        statement = read_sql(f"judge/{name}")
        wanted = {key: value for key, value in bounds.items() if f"${key}" in statement}
        connection.execute(statement, wanted or None)
    connection.unregister("asked")


def text_findings(connection: Connection) -> pa.Table:
    """Every oddity of the texts that are `marked`, as rows of `findings`."""
    asked = [
        {"metric": watch.metric, "expectation": watch.expectation}
        for watch in load_watches()
        if watch.kind == "fault"
    ]
    parameters = load_check_settings().text.parameters()
    statement = read_sql("measure/text_findings")
    wanted = {key: value for key, value in parameters.items() if f"${key}" in statement}
    connection.register("texts_asked", pa.Table.from_pylist(asked))
    try:
        return connection.execute(statement, wanted).to_arrow_table()
    finally:
        connection.unregister("texts_asked")


def _asked(watches: Sequence[Watch]) -> pa.Table:
    columns = ("metric", "kind", "least", "first_look", "stop", "what")
    rows = [{name: getattr(watch, name) for name in columns} for watch in watches]
    words = pa.schema([(name, pa.string()) for name in ("metric", "kind", "what")])
    for name in ("least", "first_look", "stop"):
        words = words.append(pa.field(name, pa.float64()))
    return pa.Table.from_pylist(rows, schema=words)
