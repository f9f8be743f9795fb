"""Prefect's surroundings: a home of our own, no phoning home, time to start on a slow machine."""

import os
from pathlib import Path

from flows.errors import SetupError

SURROUNDINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "flows",
}
"""An embedded API takes some 15 s of CPU to start, more than Prefect's own patience."""


def settle_prefect(lake: Path) -> None:
    """Set Prefect's environment before its first import; what the user has set stays.

    A home that another Prefect version has used stops the embedded server, so ours is in the
    lake's folder unless PREFECT_HOME says otherwise. Raises SetupError where it cannot be made.
    """
    home = lake.absolute() / ".prefect"
    for name, value in (SURROUNDINGS | {"PREFECT_HOME": str(home)}).items():
        os.environ.setdefault(name, value)
    if os.environ["PREFECT_HOME"] == str(home):
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"{lake}: the lake cannot be written: {error.strerror}") from None
