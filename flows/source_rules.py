"""What the corpus teaches: lines that the pages of a site repeat and that are unlikely body.

The curator counts, after every commit, how often each line stands on the pages of a source's
site and what became of it there. Lines that recur and that the model rejects become rules:
proposed on little evidence, accepted on much. The rules that are in force when a run begins cut
its pages; what was landed before stays as it is.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flows.batches import (
    Connection,
    Rules,
    find_pending,
    forget_other_rules,
    run_statement,
    take_in,
)
from flows.curation import Curation
from flows.errors import SetupError
from flows.lake import created_columns, read_sql, require_lake, write_lake
from flows.locks import hold_lock
from flows.settings import Settings
from flows.steps.source_rules import SourceRules
from flows.storage import write_whole

CURATOR = "source_rules"
RULES = "1"
"""To be raised when lines are counted or judged otherwise: every lake is then counted anew."""

LONGEST_LINE = 1_000
"""Characters; what is longer on many pages is a story that was published twice."""
SHORTEST_ID = 4
"""Characters of an id by which a person may name a rule."""


def curate_source_rules(connection: Connection, curation: Curation) -> None:
    """Bring `source_lines` and `source_rules` up to date with the articles. Idempotent.

    What it writes follows from the lake's pages and from what people decided. It does nothing
    where no batch is pending; another evidence in the settings makes every batch pending again.
    """
    rules = _rules_of_evidence(curation.settings)
    if not find_pending(connection, rules):
        return
    evidence = curation.settings.source_rules.model_dump()
    if forget_other_rules(connection, rules):
        connection.execute("DELETE FROM source_lines")
    run_statement(connection, "source_line_sightings", longest=LONGEST_LINE)
    run_statement(connection, "source_lines_merged")
    run_statement(connection, "source_lines_gone")
    run_statement(connection, "source_lines_new")
    run_statement(connection, "source_rules_wanted", **evidence)
    run_statement(connection, "source_rules_gone")
    run_statement(connection, "source_rules_new", run_id=curation.run_id)
    take_in(connection, rules, curation.run_id)


def is_behind(connection: Connection, settings: Settings) -> bool:
    """Whether batches are landed that the rules do not know: a run was killed before curating."""
    return find_pending(connection, _rules_of_evidence(settings))


def load_rules(connection: Connection) -> dict[str, SourceRules]:
    """The rules in force, by source; none in a lake that was last written before there were any."""
    if not created_columns(connection, "source_rules"):
        return {}
    roles: dict[str, dict[str, dict[str, str]]] = {}
    in_force = connection.execute(read_sql("source_rules_in_force")).fetchall()
    for source, site, line, role in in_force:
        roles.setdefault(source, {}).setdefault(site, {})[line] = role
    return {source: SourceRules(of_source) for source, of_source in roles.items()}


def freeze_rules(rules: Mapping[str, SourceRules], target: Path) -> Path | None:
    """Write the rules where the workers of a run read them; None where there are none."""
    if not rules:
        return None
    write_whole(target, json.dumps({source: dict(rules[source].roles) for source in rules}))
    return target


def list_rules(connection: Connection, source: str | None, state: str | None) -> str:
    """The query of the rules with that source and state, ready to be answered.

    Raises SetupError for a lake that was last written before there were any.
    """
    _require_rules(connection)
    connection.execute(read_sql("source_rules"), {"source": source, "state": state})
    return "FROM listed_rules"


def decide(folder: Path, ids: Sequence[str], state: str, settings: Settings) -> list[str]:
    """Accept or revoke rules, named by their ids or beginnings; gives the lines concerned.

    A person's word stands whatever evidence comes later. Raises SetupError, and changes nothing,
    for an id that no rule or more than one has; LakeBusyError while a run writes.
    """
    require_lake(folder)
    expiry = settings.run.lock_expiry_seconds
    with hold_lock(folder / "run.lock", f"rules-{state}", expiry), write_lake(folder) as lake:
        _require_rules(lake)
        chosen = [_find(lake, prefix) for prefix in ids]
        lake.execute(
            "UPDATE source_rules SET state = $state, decided_by = 'person', decided_at = $now "
            "WHERE rule_id IN (SELECT unnest($ids))",
            {"state": state, "now": datetime.now(UTC), "ids": [rule_id for rule_id, _ in chosen]},
        )
    return [line for _, line in chosen]


def _rules_of_evidence(settings: Settings) -> Rules:
    evidence = settings.source_rules.model_dump().values()
    return Rules(CURATOR, " ".join((RULES, *map(str, evidence))))


def _require_rules(connection: Connection) -> None:
    if not created_columns(connection, "source_rules"):
        raise SetupError("the lake has no rules yet; the next `broadsheet run` makes their table")


def _find(connection: Connection, prefix: str) -> tuple[str, str]:
    wanted = prefix.strip().lower()
    found: list[tuple[Any, ...]] = connection.execute(
        "SELECT rule_id, line FROM source_rules WHERE starts_with(rule_id, $1) LIMIT 2", [wanted]
    ).fetchall()
    if len(wanted) < SHORTEST_ID or len(found) != 1:
        problem = "names several rules; give more of it" if len(found) > 1 else "names no rule"
        raise SetupError(f"{prefix!r} {problem}; `broadsheet sources rules` lists their ids")
    return found[0][0], found[0][1]
