"""A served lake whose clock the test sets: days pass in a moment, everything else is real.

The clock of every process is that of the machine plus an offset in a file (`clock.c`). Files get
the times that the test gives them.
"""

import json
import os
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from flows.lake import LakeFolder, open_lake
from flows.locks import Holder, live_holder
from flows.plan import plan_shards
from flows.settings import Settings, Source
from flows.shards import land_shard
from flows.sources import Days, list_source
from flows.workshop import Workshop

PATIENCE_SECONDS = 240.0


def build_clock(folder: Path) -> Path:
    """Compile the library that moves the clock of a process."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("needs a C compiler on Linux, to move the clock of other processes")
    library = folder / "clock.so"
    source = Path(__file__).with_name("clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(is_so: Callable[[], object], what: str, seconds: float = PATIENCE_SECONDS) -> object:
    given_up_at = time.monotonic() + seconds
    while time.monotonic() < given_up_at:
        if found := is_so():
            return found
        time.sleep(0.5)  # a look at the lake is work, too
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


@contextmanager
def hear_notices() -> Iterator[tuple[str, list[dict]]]:
    """A web server that keeps every notice posted to it; gives its address and the notices."""
    heard: list[dict] = []

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/desk", heard
    finally:
        server.shutdown()


def stage_wrong_counts(source: Source, settings: Settings, lake: LakeFolder) -> None:
    """Stage a source's newest file as a defect of ours would: counts that are not of the text.

    A run finds its shards staged, and its audit finds what is wrong with them.
    """
    lake.staging.mkdir(parents=True, exist_ok=True)
    listing = list_source(source, settings, lake.staging, Days())
    newest = [max(listing.files, key=lambda file: file.modified_ns)]
    workshop = Workshop(settings.for_source(source), lake.staging, None)
    for shard in plan_shards(newest, source.name, workshop.settings):
        land_shard(shard, workshop)
        part = lake.staging / shard.shard_id / "articles.parquet"
        table = pq.read_table(part)
        wrong = pa.array([count.as_py() + 7 for count in table["char_count"]], pa.int32())
        place = table.column_names.index("char_count")
        pq.write_table(table.set_column(place, table.schema.field(place), wrong), part)


class Desk:
    """A lake, its sources and configuration, the clock, and `broadsheet serve` on it."""

    def __init__(self, folder: Path, clock: Path | None, webhook: str = "") -> None:
        self.folder = folder
        self.lake = LakeFolder(folder / "lake")
        self.dumps = folder / "dumps"
        self.port = free_port()
        self.config = folder / "broadsheet.toml"
        self.log = folder / "serve.log"
        self._offset_file = folder / "clock"
        self._clock = clock
        self._server: subprocess.Popen[bytes] | None = None
        self.offset = timedelta(0)
        self._write_config(webhook)
        self._offset_file.write_bytes(bytes(8))
        self.set_offset(timedelta(0))

    def _write_config(self, webhook: str) -> None:
        self.config.write_text(
            "[run]\nworkers = 1\nshard_records = 3\n"
            f'[schedule]\ncron = "30 2 * * *"\nport = {self.port}\nlook_seconds = 3\n'
            f'[notice]\nwebhook = "{webhook}"\n'
        )

    def declare(self, name: str) -> Path:
        """Declare a source; returns its folder."""
        (self.dumps / name).mkdir(parents=True)
        (self.folder / "sources").mkdir(exist_ok=True)
        text = f'name = "{name}"\npath = "{self.dumps / name}"\n'
        (self.folder / "sources" / f"{name}.toml").write_text(text)
        return self.dumps / name

    # The clock

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def set_offset(self, offset: timedelta) -> None:
        self.offset = offset
        with self._offset_file.open("r+b") as file:  # in place: others have it mapped
            file.write(struct.pack("q", round(offset.total_seconds())))

    def set_clock(self, moment: datetime) -> None:
        self.set_offset(timedelta(seconds=round((moment - datetime.now(UTC)).total_seconds())))

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if "PREFECT" not in name}
        own |= {
            "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
            "PREFECT_SERVER_SERVICES_SCHEDULER_DEPLOYMENT_BATCH_SIZE": "10",
        }
        if self._clock is None:
            return own
        return own | {
            "LD_PRELOAD": str(self._clock),
            "BROADSHEET_TEST_CLOCK": str(self._offset_file),
        }

    # What a person does

    def command(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                sys.executable, "-m", "flows.cli", *map(str, arguments),
                "--lake", str(self.lake.path), "--config", str(self.config),
            ],
            env=self.environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip

    def start(self) -> None:
        """Start serving, and wait until the runner has registered its deployment."""
        with self.log.open("ab") as log:
            began = log.tell()
            self._server = subprocess.Popen(
                [
                    sys.executable, "-m", "flows.cli", "serve",
                    "--lake", str(self.lake.path), "--config", str(self.config),
                ],
                env=self.environment(), stdout=log, stderr=log,
            )  # fmt: skip
        wait_until(lambda: b"Prefect's page" in self.log.read_bytes()[began:], "the page")
        wait_until(self.scheduled_count, "a run to be scheduled")

    def stop(self) -> int:
        """Stop serving as systemd does; returns the exit code."""
        assert self._server is not None
        self._server.send_signal(signal.SIGTERM)
        code = self._server.wait(120)
        self._server = None
        return code

    @property
    def is_serving(self) -> bool:
        return self._server is not None

    def parts(self) -> dict[str, psutil.Process]:
        """The processes that serve, by name."""
        assert self._server is not None
        parts = {}
        for child in psutil.Process(self._server.pid).children():
            with suppress(psutil.NoSuchProcess, IndexError):  # one that has just been killed
                parts[child.cmdline()[3]] = child
        return parts

    def family(self) -> list[psutil.Process]:
        """Everything that serving has started."""
        assert self._server is not None
        return psutil.Process(self._server.pid).children(recursive=True)

    def scheduled_count(self) -> int:
        """Runs that Prefect has scheduled."""
        query = "SELECT count(*) FROM flow_run WHERE state_type = 'SCHEDULED'"
        return int(self.ask_prefect(query)[0][0])

    def ask_prefect(self, query: str) -> list[tuple]:
        """Ask Prefect's own database."""
        with closing(sqlite3.connect(self.lake.path / ".prefect" / "prefect.db")) as connection:
            return connection.execute(query).fetchall()

    # What became of it

    def holder(self) -> Holder | None:
        return live_holder(self.lake.lock, 60)

    def ask(self, query: str) -> list[tuple]:
        if not self.lake.is_made:
            return []
        with open_lake(self.lake.path) as connection:
            return connection.execute(query).fetchall()

    def runs(self) -> list[tuple[str, str, str]]:
        """Source, status and id of every run, in order."""
        return self.ask("SELECT source, status, run_id FROM runs ORDER BY run_id")
