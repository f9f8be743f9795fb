"""The interactive shell over a lake: complete, edit, run and page reading statements."""

import io
import os
import pydoc
import shlex
import shutil
import sys
import time
import webbrowser
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import Output
from pygments.lexers.sql import SqlLexer

from flows.answers import FORMATS, reading_statements, write_answer
from flows.catalog import introduce, list_columns, list_contents, list_queries
from flows.errors import SetupError
from flows.saved import bind_values, find_query, load_queries

SHELL_FORMATS = tuple(name for name in FORMATS if name != "parquet")
HELP = """End a statement with ; to run it. Tab completes. Ctrl-C stops a query or drops a line,
Ctrl-D leaves.
.tables         tables, views and macros, with what they hold
.schema TABLE   columns of a table, view or macro, and what they mean
.queries        saved queries
.run NAME ...   run a saved query; NAME=VALUE for what it asks
.format FORMAT  table, csv, json, jsonl or markdown
.open report    show the report of the last run in the browser
.help           this text
.quit           leave"""
_COMMANDS = (
    ".tables", ".schema", ".queries", ".run", ".format", ".open report", ".help", ".quit",
)  # fmt: skip


def run_shell(
    connection: duckdb.DuckDBPyConnection,
    lake: Path,
    *,
    input: Input | None = None,
    output: Output | None = None,
) -> None:
    """Read and run statements until the end of input or `.quit`.

    Wrong statements are told and the shell goes on. The history is kept in the user's state
    folder where that can be written. `input` and `output` stand in for the terminal.
    """
    shell = Shell(connection, lake)
    session: PromptSession[str] = PromptSession(
        history=open_history(),
        completer=SqlCompleter(connection),
        lexer=PygmentsLexer(SqlLexer),
        auto_suggest=AutoSuggestFromHistory(),
        complete_while_typing=False,
        multiline=True,
        key_bindings=_enter_runs_what_is_whole(),
        prompt_continuation="        ... ",
        input=input,
        output=output,
    )
    print(f"Broadsheet, {lake}. End statements with ; and see .help.")
    while True:
        try:
            text = session.prompt("broadsheet> ")
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if not shell.take(text):
            return


class Shell:
    """What a shell remembers between lines: the connection, the lake and the format."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, lake: Path) -> None:
        self.connection = connection
        self.lake = lake
        self.format = "table"

    def take(self, text: str) -> bool:
        """Run one command or statement, say what went wrong, and whether to go on."""
        line = text.strip()
        if line in (".quit", ".exit"):
            return False
        try:
            if line.startswith("."):
                self._command(line)
            elif line.strip(";"):
                self._run(line)
        except SetupError as error:
            print(error, file=sys.stderr)
        except KeyboardInterrupt:
            self.connection.interrupt()
            print("stopped", file=sys.stderr)
        return True

    def _command(self, line: str) -> None:
        name, _, argument = line.rstrip(";").partition(" ")
        argument = argument.strip()
        match name:
            case ".help":
                print(HELP)
            case ".tables":
                self._run(list_contents(self.connection))
            case ".schema":
                self._describe(argument)
            case ".queries":
                self._run(list_queries(self.connection))
            case ".run":
                self._run_saved(argument)
            case ".format":
                self._choose_format(argument)
            case ".open" if argument == "report":
                self._open_report()
            case _:
                raise SetupError(f"no command {line}; .help lists them")

    def _describe(self, table: str) -> None:
        if not table:
            raise SetupError("which table? write .schema articles; .tables lists them")
        columns = list_columns(self.connection, table)
        meaning, example = introduce(table)
        print(meaning)
        self._run(columns)
        print(example)

    def _run_saved(self, argument: str) -> None:
        try:
            name, *words = shlex.split(argument) or [""]
        except ValueError as error:
            raise SetupError(f"{argument}: {error}; write NAME=VALUE, as in name='A B'") from None
        query = find_query(name)
        print(query.question)
        self._run(query.sql, bind_values(self.connection, query, words))

    def _choose_format(self, name: str) -> None:
        if name not in SHELL_FORMATS:
            raise SetupError(f"no format {name!r} here; choose one of: {', '.join(SHELL_FORMATS)}")
        self.format = name

    def _open_report(self) -> None:
        from flows.lake import LakeFolder

        report = LakeFolder(self.lake).report.absolute()
        if not report.exists():
            raise SetupError(f"{report}: no report yet; write one with: broadsheet report")
        print(report)
        webbrowser.open(report.as_uri())

    def _run(self, sql: str, values: Mapping[str, Any] | None = None) -> None:
        began = time.monotonic()
        width, height = shutil.get_terminal_size()
        page = io.StringIO()
        for statement in reading_statements(sql):
            write_answer(self.connection, statement, self.format, page, width, values)
        _show(page.getvalue(), height)
        print(f"{time.monotonic() - began:.3f} s", file=sys.stderr)


def open_history() -> History:
    """History in the user's state folder; in memory where that cannot be written."""
    root = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    path = Path(root) / "broadsheet" / "history"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)


def _show(text: str, height: int) -> None:
    """Print a text, or page it where it is longer than the screen and somebody looks."""
    if not sys.stdout.isatty() or text.count("\n") < height - 1:
        sys.stdout.write(text)
        return
    pager = os.environ.get("PAGER") or ("less -RFX" if shutil.which("less") else None)
    if pager is None:
        sys.stdout.write(text)
        return
    if Path(pager.split()[0]).name == "less" and "LESS" not in os.environ:
        pager = f"{pager} -R"
    pydoc.pipepager(text, pager)


def is_whole(text: str) -> bool:
    """Whether Enter runs the text: a dot command, nothing, or a statement that ends with `;`.

    A `;` inside a string or a comment ends nothing.

    >>> is_whole(".tables"), is_whole("SELECT 1"), is_whole("SELECT 1;"), is_whole("SELECT ';")
    (True, False, True, False)
    """
    line = text.strip()
    if not line or line.startswith("."):
        return True
    if not line.endswith(";"):
        return False
    try:
        tokens = duckdb.tokenize(line)
    except duckdb.Error:
        return False
    last, kind = tokens[-1] if tokens else (0, None)
    return kind == duckdb.token_type.operator and line.encode()[last:].strip() == b";"


def _enter_runs_what_is_whole() -> KeyBindings:
    bindings = KeyBindings()

    def buffer_is_whole() -> bool:
        from prompt_toolkit.application import get_app

        return is_whole(get_app().current_buffer.text)

    @bindings.add("enter", filter=Condition(buffer_is_whole))
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return bindings


class SqlCompleter(Completer):
    """Completes dot commands, tables, views, columns, keywords and functions, in that order.

    The names are read from the catalog once: a lake's tables do not change under a session.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._columns = _pairs(
            connection,
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_catalog = current_database() AND table_schema = current_schema() "
            "ORDER BY ALL",
        )
        keywords = _names(connection, "SELECT upper(keyword_name) FROM duckdb_keywords()")
        functions = _names(connection, "SELECT DISTINCT function_name FROM duckdb_functions()")
        tables = sorted({table for table, _ in self._columns})
        columns = sorted({column for _, column in self._columns})
        self._words = [
            *((name, "table") for name in tables),
            *((name, "column") for name in columns),
            *((name, "keyword") for name in sorted(keywords)),
            *((f"{name}(", "function") for name in sorted(functions) if name.isidentifier()),
        ]
        self._tables = tables

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Completions of the word before the cursor; nothing where no word has begun."""
        line = document.text_before_cursor.lstrip()
        if line.startswith("."):
            yield from self._commands(line)
            return
        word = document.get_word_before_cursor(WORD=False)
        word = "" if word.endswith(".") else word  # after a dot no name has begun
        table = _table_before(document.text_before_cursor, word)
        if table in self._tables:
            columns = [column for owner, column in self._columns if owner == table]
            yield from _matching(((name, "column") for name in columns), word)
        elif word.strip():
            yield from _matching(self._words, word)

    def _commands(self, line: str) -> Iterator[Completion]:
        name, gap, argument = line.partition(" ")
        if not gap:
            yield from _matching(((command, "command") for command in _COMMANDS), name)
        elif name == ".schema":
            yield from _matching(((table, "table") for table in self._tables), argument)
        elif name == ".run":
            yield from _matching(((query, "query") for query in load_queries()), argument)
        elif name == ".format":
            yield from _matching(((format, "format") for format in SHELL_FORMATS), argument)


def _matching(words: Iterable[tuple[str, str]], begun: str) -> Iterator[Completion]:
    wanted, seen = begun.lower(), set()
    for word, kind in words:
        if word.lower().startswith(wanted) and word.lower() not in seen:
            seen.add(word.lower())
            yield Completion(word, -len(begun), display_meta=kind)


def _table_before(text: str, word: str) -> str | None:
    """The table in `table.` or `table.col`, before the word that is being written."""
    owner = text.removesuffix(word)
    if not owner.endswith("."):
        return None
    return owner[:-1].split()[-1].strip('(,"') if owner[:-1].split() else None


def _names(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [str(name) for (name,) in connection.execute(sql).fetchall()]


def _pairs(connection: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[str, str]]:
    return [(str(one), str(other)) for one, other in connection.execute(sql).fetchall()]
