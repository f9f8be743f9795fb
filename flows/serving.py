r"""`broadsheet serve`: a Prefect server, the deployment and its runner, kept alive together.

    serve (this process) --starts, watches--> server: Prefect's API, scheduler and page
                         \-------------------> runner: registers the deployment, starts runs

Each part is a process that is started again when it ends, and that ends when `serve` is gone.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil

from flows.errors import LakeBusyError, SetupError
from flows.lake import LakeFolder
from flows.locks import hold_lock, live_holder
from flows.notices import tell_news
from flows.prefect_home import settle_prefect
from flows.runs import close_dead_runs
from flows.settings import ScheduleSettings, Settings, load_settings, load_sources
from flows.status import look

LOG = logging.getLogger(__name__)

START_SECONDS = 120.0
"""An API takes some 15 s of CPU to start, and longer on a machine that does other work."""

STOP_SECONDS = 30.0
"""A part that does not end in this time after it was asked to is killed."""

QUIET_SECONDS = 60.0
"""A part that lived so long is started again at once; sooner ends make the wait twice as long."""

TICK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Place:
    """The lake that is served and the configuration it is served by."""

    lake: LakeFolder
    config: Path | None
    settings: Settings


class Part:
    """One process that `serve` keeps alive."""

    def __init__(self, name: str, arguments: Sequence[str], environment: dict[str, str]) -> None:
        self.name = name
        self._command = [
            *(sys.executable, "-m", "flows.serve_parts"),
            *(name, str(os.getpid()), *arguments),
        ]
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._began = self._next_at = 0.0
        self._wait = 1.0

    def keep_alive(self) -> None:
        """Start it where it is not running, unless it has to wait."""
        now = time.monotonic()
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._process = None
            self._wait = 1.0 if now - self._began > QUIET_SECONDS else min(2 * self._wait, 60.0)
            self._next_at = now + self._wait
            LOG.warning("%s ended (%d), starting again in %.0f s", self.name, code, self._wait)
        elif now >= self._next_at:
            self.start()

    def start(self) -> None:
        """Start it, in a session of its own: a signal of the terminal is ours to pass on."""
        self._began = time.monotonic()
        self._process = subprocess.Popen(
            self._command,
            env={**os.environ, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def has_ended(self) -> bool:
        """Whether it was started and is not running."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """Ask it to end, then end it and whatever it started."""
        if self._process is None:
            return
        with suppress(psutil.NoSuchProcess):
            started = psutil.Process(self._process.pid).children(recursive=True)
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)
            for process in [*started, psutil.Process(self._process.pid)]:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        self._process.wait()
        self._process = None


def serve(lake: Path, config: Path | None) -> None:
    """Serve scheduled runs on a lake until SIGTERM or Ctrl-C; leaves nothing running.

    With PREFECT_API_URL set, that server is used and none is started. Raises SetupError for a
    wrong schedule, a port in use, an API that does not answer, and a lake that is served
    already or cannot be written.
    """
    place = Place(LakeFolder(lake.absolute()), config, load_settings(config))
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "WARNING")
    settle_prefect(place.lake.path)
    require_schedule(place.settings.schedule)
    load_sources(config)
    with _serve_alone(place), _until_stopped() as stopped:
        parts = _make_parts(place)
        try:
            _start(parts, place, stopped)
            _keep_going(parts, place, stopped)
        finally:
            for part in reversed(parts):
                part.stop()


def require_schedule(schedule: ScheduleSettings) -> None:
    """Raise SetupError for a cron line that Prefect does not understand."""
    from prefect.schedules import Cron

    try:
        Cron(schedule.cron, timezone=schedule.time_zone)
    except ValueError:
        raise SetupError(
            f"[schedule] cron: {schedule.cron!r} is not a cron line; write minute, hour, day, "
            'month and weekday, like "30 2 * * *"'
        ) from None


@contextmanager
def _serve_alone(place: Place) -> Iterator[None]:
    path, expiry = place.lake.path / "serve.lock", place.settings.run.lock_expiry_seconds
    try:
        with hold_lock(path, "serve", expiry):
            yield
    except LakeBusyError:
        holder = live_holder(path, expiry)
        who = f" (process {holder.pid} on {holder.host})" if holder else ""
        raise LakeBusyError(f"{place.lake.path}: is served already{who}") from None


@contextmanager
def _until_stopped() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set, for the length of the block."""
    stopped = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopped.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _make_parts(place: Place) -> list[Part]:
    schedule = place.settings.schedule
    arguments = [str(place.lake.path), *([str(place.config.absolute())] if place.config else [])]
    given = os.environ.get("PREFECT_API_URL")
    if given:
        if not _answers(given):
            raise SetupError(
                f"PREFECT_API_URL: {_public(given)} does not answer; start that server, or "
                "unset it and serve starts one of its own"
            )
        return [Part("runner", arguments, {})]
    _require_free(schedule.host, schedule.port)
    address = {
        "PREFECT_SERVER_API_HOST": schedule.host,
        "PREFECT_SERVER_API_PORT": str(schedule.port),
        "PREFECT_API_URL": f"http://{_reachable(schedule.host)}:{schedule.port}/api",
    }
    return [Part("server", [], address), Part("runner", arguments, address)]


def _start(parts: Sequence[Part], place: Place, stopped: threading.Event) -> None:
    """Start the server, wait until it answers, say where it is, then start the runner."""
    given = os.environ.get("PREFECT_API_URL")
    schedule = place.settings.schedule
    api = given or f"http://{_reachable(schedule.host)}:{schedule.port}/api"
    if not given:
        parts[0].start()
        _wait_for(api, parts[0], stopped)
    if stopped.is_set():
        return
    print(f"Prefect's page: {_public(api).removesuffix('/api')}", flush=True)
    print(f"runs: {schedule.cron!r}, time zone {schedule.time_zone}, into {place.lake.path}")
    print("Ctrl-C or SIGTERM stops everything", flush=True)
    parts[-1].start()


def _wait_for(api: str, server: Part, stopped: threading.Event) -> None:
    given_up_at = time.monotonic() + START_SECONDS
    while not _answers(api):
        if stopped.wait(TICK_SECONDS):
            return
        if server.has_ended:
            raise SetupError("Prefect's server did not start; its last lines say why")
        if time.monotonic() > given_up_at:
            raise SetupError(f"Prefect's server did not answer within {START_SECONDS:.0f} s")


def _keep_going(parts: Sequence[Part], place: Place, stopped: threading.Event) -> None:
    """Keep every part alive, and look from time to time whether somebody must be told."""
    pause = place.settings.schedule.look_seconds
    look_at = time.monotonic() + pause
    while not stopped.wait(TICK_SECONDS):
        for part in parts:
            part.keep_alive()
        if time.monotonic() >= look_at:
            _look_around(place)
            look_at = time.monotonic() + pause


def _look_around(place: Place) -> None:
    try:
        close_dead_runs(place.lake, place.settings)
        sources = load_sources(place.config)
        for problem in tell_news(
            place.lake,
            lambda: look(place.lake, place.settings, sources, datetime.now(UTC)),
            place.settings.notice,
        ):
            LOG.warning("%s: %s", problem.kind, problem.sentence)
    except Exception as error:  # a lake that cannot be looked at now can be the next time
        LOG.warning("%s: cannot be looked at: %s", place.lake.path, error)


def _answers(api: str) -> bool:
    try:
        with urlopen(f"{api.rstrip('/')}/health", timeout=3) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError, ValueError):
        return False


def _require_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise SetupError(
                f"[schedule] {host}:{port}: {(error.strerror or str(error)).lower()}; "
                "give another port, or stop what uses it"
            ) from None


def _reachable(host: str) -> str:
    """An address that answers where a server listens on all.

    >>> _reachable("0.0.0.0"), _reachable("::1")
    ('127.0.0.1', '[::1]')
    """
    if host in ("0.0.0.0", "::", ""):
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _public(api: str) -> str:
    """An address without the password that it may carry.

    >>> _public("http://desk:secret@prefect.example/api")
    'http://prefect.example/api'
    """
    scheme, mark, rest = api.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
