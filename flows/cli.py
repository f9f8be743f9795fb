"""The `broadsheet` command. Results on stdout, progress and log on stderr, errors exit 2.

Heavy imports stand inside the commands, so that `--help` answers at once.
"""

import errno
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from flows import __version__
from flows.errors import ApiLostError, SetupError, is_interrupt
from flows.wording import counted

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
DAY = ["%Y-%m-%d"]
JsonOption = Annotated[bool, typer.Option("--json", help="Answer as JSON on stdout.")]


WARNED = 3
"""Exit code of a run that has landed its batch, and of which a check failed."""
STOPPED = 130
"""Exit code of what somebody stopped by Ctrl-C, as shells have it."""


class Format(StrEnum):
    """How `broadsheet sql` writes its answer."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    JSONL = "jsonl"
    PARQUET = "parquet"
    MARKDOWN = "markdown"


class ExportFormat(StrEnum):
    """What `broadsheet export` writes."""

    PARQUET = "parquet"
    DUCKDB = "duckdb"
    CSV = "csv"
    JSONLD = "jsonld"


def main() -> None:
    """Run the command line: a wrong set-up is one sentence on stderr and exit code 2."""
    _hear_warnings()
    try:
        app()
    except ApiLostError as error:
        print(f"broadsheet: {error}", file=sys.stderr, flush=True)
        os._exit(error.exit_code)  # Prefect would try for seven seconds to send each of its events
    except SetupError as error:
        print(f"broadsheet: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except RuntimeError as error:
        if not is_interrupt(error):
            raise
        sys.exit(STOPPED)
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


@contextmanager
def _stopping(becomes: str) -> Iterator[None]:
    """Say to whom stops a run by Ctrl-C what becomes of its work."""
    try:
        yield
    except (KeyboardInterrupt, RuntimeError) as error:
        if isinstance(error, RuntimeError) and not is_interrupt(error):
            raise
        print(f"broadsheet: stopped; {becomes}", file=sys.stderr)
        raise typer.Exit(STOPPED) from None


def _hear_warnings() -> None:
    """Warnings of ours go to stderr as sentences; what is only told goes to Prefect, if to any."""
    own = logging.getLogger("flows")
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)
    handler.setFormatter(logging.Formatter("broadsheet: %(message)s"))
    own.addHandler(handler)
    own.propagate = False


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
    since: Annotated[
        datetime | None, typer.Option(formats=DAY, help="First day of files to read.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=DAY, help="Last day of files to read.")
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="Show what would land; land nothing.")] = False,
    direct: Annotated[bool, typer.Option(help="Run without any Prefect API.")] = False,
    reprocess: Annotated[bool, typer.Option(help="Derive landed articles anew.")] = False,
    where: Annotated[str | None, typer.Option(help="Which: SQL over `articles`.")] = None,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Land dumps: read, clean, check and commit them. A second run does only new work.

    The day of a file is the last date in its path, like 2026-03-07 or 2026/03/07, else the day
    on which it was changed.

    Exit code 0: clean. 3: landed, and a check failed that nobody has acknowledged. 4: the audit
    stopped the batch, the lake is untouched. 2: the set-up is wrong. 130: stopped by Ctrl-C.
    """
    from flows.console import RunProgress, print_summary
    from flows.runs import Order

    renewed = _renewed(reprocess, where, paths, limit, dry_run)
    order = Order(
        tuple(paths or ()), lake, config, source, workers, limit, dry_run, renewed,
        since=since.date() if since else None, until=until.date() if until else None,
    )  # fmt: skip
    becomes = "nothing was landed" if dry_run else "what is staged is used by the next run"
    with _stopping(becomes), RunProgress(is_quiet=quiet) as progress:
        summary = (_run_directly if direct or dry_run else _run_with_prefect)(order, progress)
    if as_json:
        print(json.dumps(summary, default=str))
    elif not quiet:
        print_summary(summary)
    if summary["checks_failed"]:
        raise typer.Exit(WARNED)


@app.command()
def sql(
    query: Annotated[
        str | None,
        typer.Argument(help="A reading statement, or the name of a saved query; `-` is stdin."),
    ] = None,
    values: Annotated[
        list[str] | None, typer.Argument(help="NAME=VALUE for each $NAME in the query.")
    ] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    format: Annotated[Format, typer.Option(help="Form of the answer.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="File to write instead of stdout.")] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Say what is in the lake, or in QUERY, a table.")
    ] = False,
    list_saved: Annotated[bool, typer.Option("--list", help="List the saved queries.")] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="RUN", help="Ask the lake as it was after that run.")
    ] = None,
    attach: Annotated[
        bool, typer.Option("--attach", help="Print the lines that attach the lake elsewhere.")
    ] = False,
) -> None:
    """Query the lake, read-only, also while a run writes; without a query, a shell."""
    from flows.asking import Wish, fulfil
    from flows.lake import is_current, open_lake, reader_statements

    path = _lake(lake, config)
    if attach:
        print("\n".join(f"{line};" for line in reader_statements(path)))
        return
    connection = open_lake(path, is_locked=True, as_of=as_of)
    if not is_current(path):
        print(
            f"broadsheet: {path}: made by another version; broadsheet maintain, or the next run, "
            "brings its tables, views and macros up to date",
            file=sys.stderr,
        )
    if not (schema or list_saved) and query in (None, "-") and not sys.stdin.isatty():
        query = sys.stdin.read()
    if query is None and not (schema or list_saved):
        from flows.shell import run_shell

        run_shell(connection, path)
        return
    wish = Wish(query, tuple(values or ()), schema, list_saved)
    fulfil(connection, wish, format.value, output)


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


rejects_app = typer.Typer(
    help="List, show, replay and waive what could not be landed.", no_args_is_help=True
)
app.add_typer(rejects_app, name="rejects")

CodeOption = Annotated[str | None, typer.Option("--code", help="Reason code.")]
RunOption = Annotated[str | None, typer.Option("--run", help="Run id, or its beginning.")]


@rejects_app.command("list")
def list_rejects(
    code: CodeOption = None,
    run: RunOption = None,
    state: Annotated[str | None, typer.Option(help="open, replayed or waived.")] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List rejects with reason, place and message, open ones first."""
    from flows.lake import open_lake
    from flows.rejects import list_rejects, print_rejects

    with open_lake(_lake(lake, config)) as connection:
        print_rejects(list_rejects(connection, code, run, state), as_json)


@rejects_app.command("show")
def show_reject(
    id: Annotated[str, typer.Argument(help="Document id, or its beginning.")],
    lake: LakeOption = None,
    config: ConfigOption = None,
) -> None:
    """Show all that is known of one reject, with what its code means, as JSON."""
    from flows.lake import open_lake
    from flows.rejects import print_rejects, show_reject

    with open_lake(_lake(lake, config)) as connection:
        print_rejects(show_reject(connection, id), as_json=True)


@rejects_app.command("replay")
def replay_rejects(
    code: CodeOption = None,
    run: RunOption = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    quiet: Annotated[bool, typer.Option(help="Print nothing but errors.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Try open rejects again, after a fix: what lands now closes its reject."""
    from flows.console import RunProgress, print_summary
    from flows.lake import require_lake
    from flows.rejects import require_code
    from flows.renewal import where_rejects
    from flows.runs import Order

    require_code(code)
    require_lake(_lake(lake, config))
    order = Order(lake=lake, config=config, renewed=where_rejects(code, run))
    with RunProgress(is_quiet=quiet) as progress:
        summary = _run_directly(order, progress)
    if as_json:
        print(json.dumps(summary, default=str))
    elif not quiet:
        print_summary(summary)


@rejects_app.command("waive")
def waive_rejects(
    code: CodeOption = None,
    run: RunOption = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
) -> None:
    """Let open rejects be: they stay on record and wait for nobody."""
    from flows.lake import LakeFolder
    from flows.rejects import waive_rejects
    from flows.settings import load_settings

    folder = LakeFolder(_lake(lake, config))
    print(f"{waive_rejects(folder, load_settings(config), code, run):,} rejects waived")


@app.command()
def forget(
    id: Annotated[str, typer.Argument(help="Article or document id, or its beginning.")],
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove an article from every table, the archive and old snapshots; it does not come back."""
    from flows.forget import forget
    from flows.lake import LakeFolder
    from flows.settings import load_settings

    gone = forget(LakeFolder(_lake(lake, config)), load_settings(config), id)
    if as_json:
        print(json.dumps(gone))
        return
    print(f"{gone['article_id']}: {gone['records']} records forgotten, and all older snapshots")


sources = typer.Typer(help="Look at where dumps come from.", no_args_is_help=True)
app.add_typer(sources, name="sources")


@sources.command("list")
def list_sources(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the sources that are declared beside the configuration in use."""
    from flows.settings import load_sources
    from flows.trial import print_sources

    print_sources(load_sources(config), as_json)


@sources.command("check")
def check_sources(
    name: Annotated[str | None, typer.Argument(help="Source; else all.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look whether sources are there, hold files and are fresh; exit 1 where one is not."""
    from datetime import UTC

    from flows.settings import choose_sources, load_settings
    from flows.trial import check_source, print_verdicts

    settings, now = load_settings(config), datetime.now(UTC)
    verdicts = [check_source(source, settings, now) for source in choose_sources(name, config)]
    print_verdicts(verdicts, as_json)
    if not all(verdict.is_ok for verdict in verdicts):
        raise typer.Exit(1)


@sources.command("try")
def try_source(
    name: Annotated[str, typer.Argument(help="Source.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what ten records of a source would become; nothing is landed."""
    from flows.settings import choose_sources, load_settings
    from flows.trial import print_trial
    from flows.trial import try_source as rehearse_source

    [source] = choose_sources(name, config)
    print_trial(rehearse_source(source, load_settings(config)), as_json)


@app.command()
def serve(lake: LakeOption = None, config: ConfigOption = None) -> None:
    """Land what is new by the schedule of the configuration, with Prefect's page; until Ctrl-C."""
    from flows.serving import serve as serve_lake

    serve_lake(_lake(lake, config), config)


@app.command()
def status(
    lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Say how the lake stands; exit 1 when something is late, stuck, stopped, failed or short.

    A run whose process died is marked interrupted.
    """
    from datetime import UTC

    from flows.lake import LakeFolder
    from flows.runs import close_dead_runs
    from flows.settings import load_settings, load_sources
    from flows.status import look, print_status

    settings = load_settings(config)
    folder = LakeFolder((lake or settings.lake.path).absolute())
    close_dead_runs(folder, settings)
    found = look(folder, settings, load_sources(config), datetime.now(UTC))
    print_status(found, as_json)
    if not found.is_well:
        raise typer.Exit(1)


@app.command()
def release(
    run: Annotated[str, typer.Argument(help="Id of a run that was stopped by its audit.")],
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Land the batch of a stopped run as it was staged, whatever its audit said."""
    from flows.console import print_summary
    from flows.held import find_held, require_same_code
    from flows.lake import LakeFolder, require_lake
    from flows.pipeline import follow_release
    from flows.runs import Order, open_run

    folder = _lake(lake, config)
    require_lake(folder)
    held = find_held(LakeFolder(folder.absolute()), run)
    require_same_code(held)
    with open_run(Order(lake=folder, config=config, source=held.source), "direct") as opened:
        summary = follow_release(opened, held)
    print(json.dumps(summary, default=str)) if as_json else print_summary(summary)


@app.command()
def drop(
    run: Annotated[str, typer.Argument(help="Id of a run that was stopped by its audit.")],
    lake: LakeOption = None,
    config: ConfigOption = None,
) -> None:
    """Throw the batch of a stopped run away; its files are new again to the next run."""
    from flows.held import find_held
    from flows.lake import LakeFolder, require_lake
    from flows.locks import hold_lock
    from flows.settings import load_settings
    from flows.stages import close_held

    folder = LakeFolder(_lake(lake, config).absolute())
    require_lake(folder.path)
    held = find_held(folder, run)
    bounds = load_settings(config).run
    with hold_lock(
        folder.lock, f"drop-{run}", bounds.lock_expiry_seconds, bounds.busy_wait_seconds
    ):
        close_held(folder, held, "dropped")
    records = counted(held.record_count, "record")
    print(f"{records} of run {run} dropped; the next run reads anew what it held")


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
    id: Annotated[str, typer.Argument(help="Article, document or run, or the id's beginning.")],
    other: Annotated[str | None, typer.Argument(help="What to set it against.")] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what changed since the version before, or since the article that this one copies.

    Of a run: what came, changed and went in each table since, or until another run.
    """
    from flows.changes import changes_between_runs, is_run, show_changes
    from flows.diff import diff as diff_articles
    from flows.lake import open_lake

    with open_lake(_lake(lake, config)) as connection:
        if is_run(id):
            show_changes(changes_between_runs(connection, id, other), as_json)
            return
        diff_articles(connection, id, other, as_json)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="New folder to write.")],
    lake: LakeOption = None,
    config: ConfigOption = None,
    format: Annotated[ExportFormat, typer.Option(help="What to write.")] = ExportFormat.PARQUET,
    as_of: Annotated[
        str | None, typer.Option(metavar="RUN", help="Write the lake as it was after that run.")
    ] = None,
) -> None:
    """Write the corpus as plain files: Parquet, one DuckDB file, CSV, or schema.org articles."""
    from flows.exporting import export_lake
    from flows.lake import open_lake

    with open_lake(_lake(lake, config), as_of=as_of) as connection:
        for path in export_lake(connection, folder, format.value):
            print(path)


@app.command()
def maintain(
    lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Make small files large, let go of old snapshots, remove orphans, renew the index.

    Readers go on reading meanwhile. A run does this by itself at its end, once a day.
    """
    from flows.settings import load_settings
    from flows.upkeep import print_upkeep, tidy

    print_upkeep(tidy(_lake(lake, config), load_settings(config)), as_json)


@app.command()
def doctor(
    lake: LakeOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Look at versions, extensions, models, disk and API: each line ok, or what to do."""
    from flows.doctor import diagnose, print_findings
    from flows.settings import load_settings

    models = set(load_settings(config).languages.recognisers.values())
    findings = diagnose(_lake(lake, config), models)
    print_findings(findings, as_json)
    if not all(finding.is_ok for finding in findings):
        raise typer.Exit(1)


rules = typer.Typer(help="List the lines that recur on a source's pages and are cut, or decide.")
sources.add_typer(rules, name="rules")

RuleIds = Annotated[list[str], typer.Argument(help="Ids of rules, or their beginnings.")]


class RuleState(StrEnum):
    """What has been decided on a rule."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REVOKED = "revoked"


@rules.callback(invoke_without_command=True)
def list_source_rules(
    context: typer.Context,
    source: Annotated[str | None, typer.Option(help="Rules of this source only.")] = None,
    state: Annotated[RuleState | None, typer.Option(help="Rules in this state only.")] = None,
    lake: LakeOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the lines that recur on a source's pages and are cut from bodies, with the evidence."""
    if context.invoked_subcommand is not None:
        context.obj = (lake, config)
        return
    from flows.answers import answer
    from flows.lake import open_lake
    from flows.source_rules import list_rules

    with open_lake(_lake(lake, config)) as connection:
        listed = list_rules(connection, source, state.value if state else None)
        answer(connection, listed, "json" if as_json else "table", None)


@rules.command("accept")
def accept_rules(
    context: typer.Context, ids: RuleIds, lake: LakeOption = None, config: ConfigOption = None
) -> None:
    """Cut these lines from the next run on."""
    _decide(context, ids, "accepted", lake, config)


@rules.command("revoke")
def revoke_rules(
    context: typer.Context, ids: RuleIds, lake: LakeOption = None, config: ConfigOption = None
) -> None:
    """Cut these lines no more; whatever evidence comes, they stay revoked."""
    _decide(context, ids, "revoked", lake, config)


def _decide(
    context: typer.Context, ids: list[str], state: str, lake: Path | None, config: Path | None
) -> None:
    """Options may also stand before the word `accept` or `revoke`."""
    from flows.settings import load_settings
    from flows.source_rules import decide

    lake, config = lake or context.obj[0], config or context.obj[1]
    for line in decide(_lake(lake, config), ids, state, load_settings(config)):
        print(f"{state}: {line}")


def _lake(lake: Path | None, config: Path | None) -> Path:
    if lake is not None:
        return lake
    from flows.settings import load_settings

    return load_settings(config).lake.path


def _renewed(
    reprocess: bool, where: str | None, paths: Any, limit: int | None, dry_run: bool
) -> str | None:
    """The statement that selects what is derived anew; None for a run over dumps."""
    if not reprocess:
        if where is not None:
            raise SetupError("--where says which articles to derive anew: give --reprocess with it")
        return None
    if paths or limit or dry_run:
        raise SetupError("--reprocess takes no PATHS, --limit or --dry-run; give --where SQL")
    from flows.renewal import where_articles

    return where_articles(where)


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
    from flows.embedded_api import start_api, told_of_api

    api = start_api()
    from flows.ingest import WATCHER, ingest  # while the server starts

    WATCHER.set(watcher)
    if api is not None:
        api.wait_until_ready()
    with told_of_api():
        summary: dict[str, Any] = ingest(
            paths=list(order.paths) or None,
            lake=order.lake,
            config=order.config,
            source=order.source,
            workers=order.workers,
            limit=order.limit,
            dry_run=order.dry_run,
            renewed=order.renewed,
            since=order.since,
            until=order.until,
        )
    return summary


if __name__ == "__main__":
    main()
