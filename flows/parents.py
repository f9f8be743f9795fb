"""A process that works for another one, its parent, and is nothing without it."""

import os
import threading
import time

LOOK_SECONDS = 1.0
"""How long a process may outlive its parent while it does not ask."""

_parents: list[int] = []


def end_with_parent(parent: int) -> None:
    """End this process soon after its parent, for which it would wait for work for ever.

    The parent says who it is: it may be dead before this process can ask.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_SECONDS)
        os._exit(1)

    _parents.append(parent)
    threading.Thread(target=watch, daemon=True).start()


def leave_if_orphaned() -> None:
    """End this process at once if its parent is dead; one that has none goes on."""
    if any(os.getppid() != parent for parent in _parents):
        os._exit(1)
