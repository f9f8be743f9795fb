"""Running the command as a user does, and reading what it left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.cli import WARNED
from flows.lake import open_lake
from flows.verify import verify

COMMAND = [sys.executable, "-m", "flows.cli"]
CIRCUMSTANCES = {
    "run_id",
    "shard_id",
    "first_seen_at",
    "last_seen_at",
    "rejected_at",
    "uri",
}  # what may differ between two runs over the same records
FACTS = (
    "documents",
    "articles",
    "blocks",
    "mentions",
    "quotes",
    "rejects",
    "fingerprints",
    "text_pairs",
    "duplicates",
    "revisions",
    "source_lines",
    "source_rules",
)


@contextmanager
def ctrl_c(is_heard: bool) -> Iterator[None]:
    """Have processes that are started in the block hear Ctrl-C, or not, as in the background.

    What the tests themselves were started with does not matter then.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_DFL if is_heard else signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def broadsheet(*arguments: object, cwd: Path | None = None, **variables: str):
    """Run the command to its end; stdout and stderr are captured apart."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def land(dumps: Path, lake: Path, *arguments: object) -> dict:
    """Land a folder directly; returns the summary."""
    done = broadsheet("run", dumps, "--lake", lake, "--direct", "--json", *arguments)
    assert done.returncode in (0, WARNED), done.stderr
    return json.loads(done.stdout)


def broken_laws(lake: Path) -> list[str]:
    """The laws of `verify` that some row of the lake breaks."""
    with open_lake(lake) as connection:
        return [verdict.law for verdict in verify(connection) if verdict.broken_count]


def facts(lake: Path) -> dict[str, list[tuple]]:
    """All rows of the lake that depend on the records alone, in a fixed order."""
    with open_lake(lake) as connection:
        return {table: _rows(connection, table) for table in FACTS}


def _rows(connection, table: str) -> list[tuple]:
    names = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
    kept = ", ".join(f'"{name}"' for name in names if name not in CIRCUMSTANCES)
    return connection.execute(f"SELECT {kept} FROM {table} ORDER BY ALL").fetchall()
