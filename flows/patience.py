"""Trying again, and only where trying again can help: storage that did not answer."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from flows.errors import CatalogBusyError, StorageError
from flows.steps.tape import PASSING

Args = ParamSpec("Args")
Value = TypeVar("Value")

LOG = logging.getLogger("flows")


def is_passing(error: BaseException) -> bool:
    """Whether storage may answer the next time.

    >>> is_passing(TimeoutError()), is_passing(FileNotFoundError(2, "no such file"))
    (True, False)
    """
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    return isinstance(error, OSError) and error.errno in PASSING


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is made in all, and how long before the second; then twice as long."""

    attempts: int
    seconds: float

    def call(
        self, function: Callable[Args, Value], *args: Args.args, **kwargs: Args.kwargs
    ) -> Value:
        """Call a function again while its storage does not answer; anything else is raised."""
        wait = self.seconds
        for left in reversed(range(self.attempts)):
            try:
                return function(*args, **kwargs)
            except (StorageError, CatalogBusyError) as error:
                if not left:
                    raise
                LOG.warning("%s; trying again in %.0f s, %d tries left", error, wait, left)
                time.sleep(wait)
                wait *= 2
        raise AssertionError("a call is made at least once")
