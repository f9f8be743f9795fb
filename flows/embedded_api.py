"""Prefect's API for the length of one run, in a process of its own that ends with the run's.

Prefect starts such a server by itself where none is configured, but for that it loads the whole
server into the process that asks: 80 MB and seconds of CPU, before the server loads it once more.
"""

import atexit
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException

from flows.errors import ApiLostError, SetupError
from flows.parents import end_with_parent

HOST = "127.0.0.1"
UNREACHABLE = "Failed to reach API"
"""How the error begins that Prefect raises where nobody answers; it has no type of its own."""
STOP_SECONDS = 5.0
"""A server that does not end in this time after it was asked to is killed."""


@dataclass(frozen=True, slots=True)
class EmbeddedApi:
    """A server that was started and may not be ready yet."""

    process: subprocess.Popen[bytes]
    port: int
    patience: float

    def wait_until_ready(self) -> None:
        """Wait until it answers. Raises SetupError when it ends before that or takes too long."""
        connection = HTTPConnection(HOST, self.port, timeout=self.patience)
        try:
            connection.request("GET", "/api/health")
            connection.getresponse()
        except (OSError, HTTPException):
            raise SetupError(
                f"Prefect's embedded server did not start within {self.patience:.0f} s; its last "
                "lines say why; --direct runs without it"
            ) from None
        finally:
            connection.close()

    def stop(self) -> None:
        """Ask it to end, and end it if it does not."""
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_api() -> EmbeddedApi | None:
    """Start a server and make it this process's API; None where Prefect's settings name one.

    It runs until this process ends, since Prefect sends its last events when the process does.
    """
    from prefect.context import refresh_global_settings_context
    from prefect.settings import get_current_settings

    settings = get_current_settings()
    if settings.api.url or not settings.server.ephemeral.enabled:
        return None
    # It inherits a socket that listens already: no port is chosen twice, and who connects waits.
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "flows.embedded_api"),
                *(str(listening.fileno()), str(os.getpid())),
            ],
            env=os.environ | {"PREFECT_SERVER_UI_ENABLED": "false"},
            pass_fds=[listening.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the run, which then tells it of its end
        )
    api = EmbeddedApi(process, port, settings.server.ephemeral.startup_timeout_seconds)
    atexit.register(api.stop)
    os.environ["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
    refresh_global_settings_context()
    return api


@contextmanager
def told_of_api() -> Iterator[None]:
    """Say in one sentence that the API is not there: SetupError, or amid a run ApiLostError."""
    from httpx import TransportError

    try:
        yield
    except TransportError as error:
        raise ApiLostError(
            f"Prefect's API no longer answers ({error}); what is staged or committed is kept: run "
            "the same command again, with --direct to do without it"
        ) from None
    except RuntimeError as error:
        if not str(error).startswith(UNREACHABLE):
            raise
        raise SetupError(
            f"{error}; start it, put PREFECT_API_URL right, or run with --direct"
        ) from None


def main() -> None:
    """Serve on the inherited socket of the first argument until the process of the second ends."""
    end_with_parent(int(sys.argv[2]))
    from prefect.server.api.server import create_app
    from uvicorn import Config, Server

    server = Server(Config(create_app(ephemeral=True, final=True), log_level="error"))
    server.run([socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
