"""The `broadsheet` command. Results on stdout, progress and log on stderr, errors exit 2.

Heavy imports stand inside the commands, so that `--help` answers at once.
"""

import errno
import json
import os
import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows import __version__
from flows.errors import SetupError

app = typer.Typer(
    help="Turns heaps of raw news dumps into a clean, checked, queryable corpus.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

LakeOption = Annotated[
    Path | None, typer.Option("--lake", help="Folder of the lake.", show_default="data/lake")
]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="TOML file over the defaults.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON on stdout.")]


WARNED = 3
"""Exit code of a run that has landed its batch, and of which a check failed."""


class Format(StrEnum):
    """How `broadsheet sql` writes its answer."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


def main() -> None:
    """Run the command line: a wrong set-up is one sentence on stderr and exit code 2."""
    try:
        app()
    except SetupError as error:
        print(f"broadsheet: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("broadsheet: stopped; what is staged is used by the next run", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        print(
            f"broadsheet: {error.filename or 'a file'}: the disk is full; what is committed and "
            "staged is kept; free some space and run the same command again",
            file=sys.stderr,
        )
        sys.exit(2)


@app.callback(invoke_without_command=True)
def broadsheet(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Turns heaps of raw news dumps into a clean, checked, queryable corpus."""
    if version:
        print(__version__)
        raise typer.Exit


@app.command()
def run(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders; else the configured sources.")
    ] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    source: Annotated[str | None, typer.Option(help="Source to read, or name of PATHs.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; one per core.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Read at most N records.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Show what would land; land nothing.")] = False,
    direct: Annotated[bool, typer.Option(help="Run without any Prefect API.")] = False,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Land dumps: read, clean, check and commit them. A second run does only new work.

    Exit code 0: clean. 3: landed, and a check failed that nobody has acknowledged. 4: the audit
    stopped the batch, the lake is untouched. 2: the set-up is wrong.
    """
    from flows.console import RunProgress, print_summary
    from flows.runs import Order

    order = Order(tuple(paths or ()), lake, config, source, workers, limit, dry_run)
    with RunProgress(is_quiet=quiet) as progress:
        summary = (_run_directly if direct or dry_run else _run_with_prefect)(order, progress)
    if as_json:
        print(json.dumps(summary, default=str))
    elif not quiet:
        print_summary(summary)
    if summary["checks_failed"]:
        raise typer.Exit(WARNED)


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="A reading statement; `-` is stdin.")] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    format: Annotated[Format, typer.Option(help="Form of the answer.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="File to write instead of stdout.")] = None,
) -> None:
    """Query the lake, read-only, also while a run writes; without a query, a shell."""
    from flows.lake import open_lake

    connection = open_lake(_lake(lake, config), is_locked=True)
    if query in (None, "-") and not sys.stdin.isatty():
        query = sys.stdin.read()
    if query is None:
        from flows.shell import run_shell

        run_shell(connection, _lake(lake, config))
        return
    from flows.answers import answer

    answer(connection, query, format.value, output)


@app.command()
def report(
    lake: LakeOption = None,
    config: ConfigOption = None,
    output: Annotated[Path | None, typer.Option(help="Where to write the page.")] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    data_docs: Annotated[
        Path | None, typer.Option(help="Also write Great Expectations' own site into this folder.")
    ] = None,
) -> None:
    """Write the data quality report: one page that opens offline."""
    from flows.lake import LakeFolder, open_lake
    from flows.report_pages import write_page, write_pages

    folder = LakeFolder(_lake(lake, config))
    target = (output or folder.report).absolute()
    with open_lake(folder.path) as connection:
        if output is None:
            write_pages(connection, folder, datetime.now(UTC))
        else:
            write_page(connection, target, datetime.now(UTC))
    print(target)
    if data_docs is not None:
        from flows.checks import write_data_docs
        from flows.lake import attach_statements, load_statements
        from flows.stages import CHECKED_TABLES

        preload = [*load_statements(), *attach_statements(folder.path)]
        print(write_data_docs(preload, CHECKED_TABLES, data_docs.absolute()))
    if open_page:
        typer.launch(target.as_uri())


checks_app = typer.Typer(
    help="List checks, and acknowledge what fails and is well.", no_args_is_help=True
)
app.add_typer(checks_app, name="checks")


@checks_app.command("list")
def list_checks(
    lake: LakeOption = None,
    config: ConfigOption = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the checks of the newest run that failed, and what was said of them."""
    from flows.answers import answer
    from flows.lake import open_lake, read_sql

    chosen = "true" if everything else "outcome IN ('failed', 'broken', 'acknowledged')"
    listed = read_sql("checks/list").format(chosen=chosen)
    with open_lake(_lake(lake, config)) as connection:
        found = answer(connection, listed, "json" if as_json else "table", None)
    if not found:
        print("nothing failed in the newest run that checked", file=sys.stderr)


@checks_app.command("ack")
def ack(
    name: Annotated[str, typer.Argument(help="suite.subject as `checks list` names it.")],
    note: Annotated[str, typer.Option(help="Why it is well; shown wherever it is listed.")],
    source: Annotated[
        str | None, typer.Option(help="Only this source; else all that fail.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day on which it counts.")
    ] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
) -> None:
    """Acknowledge a check that failed in the newest run: known, and well for this reason.

    A source's history begins anew on that day, so what is new becomes what is usual.
    """
    from flows.acknowledge import acknowledge
    from flows.settings import load_settings

    expiry = load_settings(config).run.lock_expiry_seconds
    day = until.date() if until else None
    for row in acknowledge(_lake(lake, config), name, source, note, day, expiry):
        where = f" of {row['source']}" if row["source"] else ""
        print(f"{row['suite']}.{row['subject']}{where}: acknowledged")


@app.command()
def runs(lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the runs of the lake, newest first."""
    from flows.answers import answer
    from flows.lake import open_lake, read_sql

    with open_lake(_lake(lake, config)) as connection:
        answer(connection, read_sql("runs"), "json" if as_json else "table", None)


@app.command()
def explain(
    id: Annotated[
        str,
        typer.Argument(help="Article or document id, or its beginning; or PATH[#N] of a dump."),
    ],
    lake: LakeOption = None,
    config: ConfigOption = None,
    html: Annotated[Path | None, typer.Option(help="Write it as an HTML page to FILE.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a record block by block: what was kept, what was cut, and by which rule.

    Of a dump that was never landed, record N (counted from 0) is structured and shown; nothing
    is landed.
    """
    from flows.explain import find_record, rehearse_record, show, split_place, write_page
    from flows.lake import open_lake
    from flows.storage import write_whole

    place = split_place(id)
    if place is not None:
        record = rehearse_record(*place, config)
    else:
        with open_lake(_lake(lake, config)) as connection:
            record = find_record(connection, id)
    if html is not None:
        write_whole(html.absolute(), write_page(record))
        print(html)
        return
    show(record, as_json)


@app.command()
def verify(
    lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Recompute keys, tiling, offsets, counts and books; exit 1 when a row breaks its law."""
    from flows.lake import open_lake
    from flows.verify import hash_tables, print_verdicts
    from flows.verify import verify as verify_lake

    with open_lake(_lake(lake, config)) as connection:
        verdicts = verify_lake(connection)
        print_verdicts(verdicts, hash_tables(connection), as_json)
    if any(verdict.broken_count for verdict in verdicts):
        raise typer.Exit(1)


@app.command()
def diff(
    id: Annotated[str, typer.Argument(help="Article or document id, or its beginning.")],
    other: Annotated[str | None, typer.Argument(help="What to set it against.")] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what changed since the version before, or since the article that this one copies."""
    from flows.diff import diff as diff_articles
    from flows.lake import open_lake

    with open_lake(_lake(lake, config)) as connection:
        diff_articles(connection, id, other, as_json)


@app.command()
def doctor(
    lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Look at versions, extensions, models, disk and API: each line ok, or what to do."""
    from flows.doctor import diagnose, print_findings

    findings = diagnose(_lake(lake, config))
    print_findings(findings, as_json)
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)


def _lake(lake: Path | None, config: Path | None) -> Path:
    if lake is not None:
        return lake
    from flows.settings import load_settings

    return load_settings(config).lake.path


def _run_directly(order: Any, watcher: Any) -> dict[str, Any]:
    from flows.pipeline import follow_directly
    from flows.runs import open_run

    order.dumps()  # what is not there is said before a lake is made
    with open_run(order, "direct", watcher) as opened:
        return follow_directly(opened)


def _run_with_prefect(order: Any, watcher: Any) -> dict[str, Any]:
    """Run the flow on the configured API, else on an embedded one in the lake's folder."""
    from flows.prefect_home import settle_prefect

    order.dumps()
    settle_prefect(_lake(order.lake, order.config))
    from flows.ingest import WATCHER, ingest

    WATCHER.set(watcher)
    summary: dict[str, Any] = ingest(
        paths=list(order.paths) or None,
        lake=order.lake,
        config=order.config,
        source=order.source,
        workers=order.workers,
        limit=order.limit,
        dry_run=order.dry_run,
    )
    return summary


if __name__ == "__main__":
    main()
