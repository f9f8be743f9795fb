"""The data-quality report: one self-contained page about the newest run and the whole lake."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import groupby
from typing import Any

import duckdb

from flows import charts
from flows.lake import read_sql
from flows.printing import format_count, format_period, make_environment, printable
from flows.roles import GROUPS, ROLE_COLOURS, group_of
from flows.wording import counted

Row = dict[str, Any]

_STATEMENTS = (
    "run",
    "totals",
    "sources",
    "checks",
    "changes",
    "flips",
    "rejects",
    "reject_trend",
    "trends",
    "volume",
    "roles",
    "coverage",
    "oddities",
    "worst",
    "entities",
    "speakers",
    "languages",
    "kinds",
    "flags",
    "copies",
    "runs",
    "cost",
    "stages",
    "shards",
)
TRENDS = (
    ("articles", "Articles", ""),
    ("words", "Median words", ""),
    ("rejected", "Rejected records", "%"),
    ("copies", "Copies of other articles", "%"),
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a report page shows, found once; it may be written to several places."""

    now: datetime
    values: Mapping[str, Any]

    def render(self, index: str) -> str:
        """The page, with a link to the index of all runs at this address."""
        return render_page("report.html.j2", now=self.now, index=index, **self.values)


def build_report(
    connection: duckdb.DuckDBPyConnection, now: datetime, index: str = "reports/index.html"
) -> str:
    """Write the report on a lake as one HTML page that asks nothing of the network.

    Tables are read by their bare names; every value is escaped. An empty lake gives a page
    that says so. `now` is the instant printed as the time of writing.
    """
    return read_report(connection, now).render(index)


def read_report(connection: duckdb.DuckDBPyConnection, now: datetime) -> Report:
    """Ask the lake everything that a report shows; makes temporary tables in this connection."""
    connection.execute(read_sql("report/latest"))
    found = {name: _read(connection, name) for name in _STATEMENTS}
    queries = {name: read_sql(f"report/{name}").rstrip() for name in _STATEMENTS}
    run = next(iter(found["run"]), None)
    values = {
        "run": run,
        "verdict": verdict_of(run, found["checks"]) if run else None,
        "totals": found["totals"][0],
        "funnel": funnel_of(run, found["totals"][0]),
        "sources": found["sources"],
        "checks": found["checks"],
        "tally": _tally(found["checks"]),
        "changes": _changes(found["changes"]),
        "flips": found["flips"],
        "rejects": found["rejects"],
        "charts": _charts(found),
        "trends": found["trends"],
        "volume": found["volume"],
        "composition": _composition(found["roles"]),
        "role_groups": GROUPS,
        "role_colours": ROLE_COLOURS,
        "heat": _heat_maps(found),
        "worst": _worst(connection, found["worst"]),
        "entities": _by_label(found["entities"]),
        "speakers": found["speakers"],
        "breakdowns": _breakdowns(found),
        "runs": found["runs"],
        "stages": found["stages"],
        "shards": found["shards"],
        "queries": queries,
    }
    return Report(now, values)


def render_page(template: str, **values: Any) -> str:
    """A page of its template; its one script may run and nothing else, wherever it came from."""
    environment = make_environment()
    loader = environment.loader
    script = loader.get_source(environment, "tables.js")[0] if loader else ""
    digest = b64encode(sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        script=script, script_hash=f"sha256-{digest}", **values
    )


def verdict_of(run: Row, checks: Sequence[Row]) -> dict[str, str]:
    """The first line of the page: how the run ended and what a person must know of it.

    >>> verdict_of({"status": "succeeded", "run_id": "r"}, [])["text"]
    'Landed, and nothing was checked.'
    """
    own = [row for row in checks if row["run_id"] == run["run_id"]]
    failed = [row for row in own if row["outcome"] in ("failed", "broken")]
    broken = [row for row in failed if row["outcome"] == "broken"]
    if run["status"] == "stopped":
        stops = [row for row in failed if row["severity"] == "stop"]
        return _verdict("bad", "Stopped", f"nothing landed; {_named(stops)}")
    if run["status"] not in ("succeeded", "landed"):
        return _verdict(
            "bad" if run["status"] == "failed" else "warn",
            run["status"].capitalize(),
            "what it had landed is in the lake, and nothing else",
        )
    if not own:
        return _verdict("soft", "Landed", "and nothing was checked", comma=True)
    if not failed:
        judged = sum(row["outcome"] == "passed" for row in own)
        return _verdict(
            "good",
            "Clean",
            f"{format_count(judged)} {'check' if judged == 1 else 'checks'} passed, none failed",
        )
    could_not = f"; {len(broken)} could not run" if broken else ""
    if any(row["severity"] == "stop" for row in failed):
        return _verdict("bad", "Landed with errors", _named(failed) + could_not)
    return _verdict("warn", "Landed with warnings", _named(failed) + could_not)


def _verdict(tone: str, word: str, rest: str, comma: bool = False) -> dict[str, str]:
    sign = "," if comma else ":"
    return {"tone": tone, "word": word, "rest": rest, "text": f"{word}{sign} {rest}."}


def _named(failed: Sequence[Row]) -> str:
    """How many checks failed, and what the first of them found."""
    first = failed[0]
    what = f"{first['suite']}.{first['subject']}: {first['observed']}"
    more = f", and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"{counted(len(failed), 'check')} failed, {what}{more}"


def funnel_of(run: Row | None, totals: Row) -> dict[str, list[Row]]:
    """From records to canonical articles: the newest run's records, then the whole lake's."""
    ran = run or {}
    return {
        "run": [
            _step("Read", ran.get("records_read"), "body"),
            _step("Known", ran.get("records_known"), "fields"),
            _step("Rejected", ran.get("records_rejected"), "cut"),
            _step("Landed", ran.get("records_landed"), "body"),
        ],
        "lake": [
            _step("Records", totals["documents"], "body"),
            _step("Rejected", totals["rejected"], "cut"),
            _step("Versions", totals["versions"], "body"),
            _step("Articles", totals["articles"], "body"),
            _step("Canonical", totals["canonical"], "body"),
        ],
    }


def _step(label: str, value: int | None, style: str) -> Row:
    return {"label": label, "value": value, "style": style}


def _read(connection: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    statement = read_sql(f"report/{name}")
    rows: list[Row] = connection.execute(statement).to_arrow_table().to_pylist()
    return rows


def _tally(checks: Sequence[Row]) -> dict[str, list[Row]]:
    """Checks by outcome; what failed by source and severity comes first in each."""
    outcomes = ("failed", "broken", "acknowledged", "unjudged", "passed")
    return {name: [row for row in checks if row["outcome"] == name] for name in outcomes}


_CHANGED = (
    ("records_read", "Records read", "count"),
    ("records_landed", "Records landed", "count"),
    ("rejected_share", "Rejected of what was new", "share"),
    ("sources", "Sources in the batch", "count"),
    ("median_words", "Median words", "count"),
    ("copied_share", "Copies of other articles", "share"),
    ("text_oddities", "Oddities of texts", "count"),
    ("checks_failed", "Checks failed", "count"),
    ("seconds", "Time", "duration"),
)


def _changes(rows: Sequence[Row]) -> list[Row]:
    if not rows:
        return []
    row = rows[0]
    return [
        {"label": label, "form": form, "now": row[name], "before": row[f"before_{name}"]}
        for name, label, form in _CHANGED
    ]


def _charts(found: Mapping[str, Sequence[Row]]) -> dict[str, str]:
    """The charts of the page; those without a row are left out."""
    drawn: dict[str, str] = {}
    for metric, title, unit in TRENDS:
        rows = [_clean(row) for row in found["trends"] if row["metric"] == metric]
        if rows:
            drawn[metric] = charts.lines(rows, f"{title} by source and day", metric, unit)
    rejects = [_clean(row) for row in found["reject_trend"]]
    if rejects:
        drawn["rejects"] = charts.stacked(rejects, "Rejected records by day", "rejects", "reason")
    volume = [
        {"period": format_period(row["period"], row["unit"]), "count": row["articles"]}
        for row in found["volume"]
    ]
    if volume:
        title = (
            f"Articles by {found['volume'][0]['unit']} "
            f"from {volume[0]['period']} to {volume[-1]['period']}"
        )
        drawn["volume"] = charts.bars(volume, title, "volume", "period", "count")
    cost = [
        {
            "run": f"{row['started_at']:%-d %b %H:%M:%S}",
            "seconds": row["seconds"] or 0.0,
            "megabytes": row["peak_memory_bytes"] / 1e6,
        }
        for row in reversed(found["cost"])
    ]
    if cost:
        drawn["seconds"] = charts.bars(cost, "Seconds of each run", "seconds", "run", "seconds")
        drawn["memory"] = charts.bars(
            cost, "Highest memory of a worker in each run, in MB", "memory", "run", "megabytes"
        )
    return drawn


def _clean(row: Row) -> Row:
    return {
        key: printable(value)[:60] if isinstance(value, str) else value
        for key, value in row.items()
    }


def _heat_maps(found: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Source by field: what there should be much of, and what there should be little of."""
    maps = (
        ("coverage", "Field coverage", "The share of a source's articles that have the field.",
         "good"),
        ("oddities", "Oddities of texts", "The share of a source's articles that are odd so.",
         "bad"),
    )  # fmt: skip
    return [
        {
            "name": name,
            "title": title,
            "note": note,
            "tone": tone,
            "gain": 1 if tone == "good" else 4,  # a quarter of odd texts is as red as it gets
            "fields": [field for field in found[name][0] if field not in ("source", "articles")],
            "rows": found[name],
        }
        for name, title, note, tone in maps
        if found[name]
    ]


def _worst(connection: duckdb.DuckDBPyConnection, worst: Sequence[Row]) -> list[Row]:
    """The worst articles, each with its blocks: what was kept, and what was cut."""
    if not worst:
        return []
    ids = "', '".join(row["article_id"].replace("'", "''") for row in worst)
    statement = read_sql("report/worst_blocks").format(ids=f"'{ids}'")
    rows: list[Row] = connection.execute(statement).to_arrow_table().to_pylist()
    by_record = {key: list(part) for key, part in groupby(rows, key=lambda r: r["document_id"])}
    return [
        {
            **row,
            "blocks": [
                {**block, "group": group_of(block["role"])}
                for block in by_record.get(row["document_id"], ())
            ],
        }
        for row in worst
    ]


def _composition(rows: Sequence[Row]) -> dict[str, Any] | None:
    """Shares of characters by role: over the whole lake, then per source."""
    if not rows:
        return None
    whole: dict[str, int] = {}
    for row in rows:
        whole[row["role"]] = whole.get(row["role"], 0) + int(row["chars"])
    named = [
        (source, {row["role"]: int(row["chars"]) for row in part})
        for source, part in groupby(rows, key=lambda row: str(row["source"]))
    ]
    return {
        "roles": [_group(whole, name) for name in GROUPS],
        "bars": [_bar("All sources", whole), *(_bar(*part) for part in named[:12])],
    }


def _group(chars: Mapping[str, int], name: str) -> dict[str, Any]:
    total = sum(chars.values()) or 1
    inside = [(role, size / total) for role, size in chars.items() if group_of(role) == name]
    inside.sort(key=lambda part: (-part[1], part[0]))
    return {"name": name, "share": sum(share for _, share in inside), "roles": inside}


def _bar(label: str, chars: Mapping[str, int]) -> dict[str, Any]:
    """Stretches of one stacked bar, in group order: start and width in per cent."""
    total = sum(chars.values())
    parts, start = [], 0.0
    for group in GROUPS:
        for shade, (role, share) in enumerate(_group(chars, group)["roles"] if total else ()):
            parts.append(
                {
                    "role": role,
                    "group": group,
                    "shade": min(shade, 4),
                    "start": round(start * 100, 3),
                    "width": round(share * 100, 3),
                    "share": share,
                }
            )
            start += share
    kept = sum(size for role, size in chars.items() if group_of(role) == "body")
    return {"label": label, "chars": total, "parts": parts, "kept": kept / total if total else None}


def _by_label(rows: Iterable[Row]) -> list[tuple[str, list[Row]]]:
    by_label = {label: list(part) for label, part in groupby(rows, key=lambda row: row["label"])}
    return [
        (title, by_label[label])
        for label, title in (("PERSON", "People"), ("ORG", "Organisations"), ("GPE", "Places"))
        if label in by_label
    ]


def _breakdowns(found: Mapping[str, Sequence[Row]]) -> list[tuple[str, Sequence[Row]]]:
    return [
        (title, found[name])
        for title, name in (
            ("Languages", "languages"),
            ("Kinds", "kinds"),
            ("Flags", "flags"),
            ("Copies", "copies"),
        )
        if found[name]
    ]
