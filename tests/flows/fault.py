"""Run the command and have one of its processes killed at a chosen point of its way.

    python -m tests.flows.fault POINT COUNT WHOM -- run ...

The point is a function of ours, `module:name`, which is wrapped before the command starts, in
the process that runs it and in the workers that it spawns; at its COUNT-th call the kill comes.
`module:name+` is the moment after the call, `COMMIT` and a number of milliseconds are that long
into the commit of the catalog. WHOM is `own` for the process at the point, `parent` for
the one that started it, or `all` for the whole group; `ctrl-c` is what a terminal sends to all.
The product knows nothing of this.
"""

import importlib
import os
import signal
import sys
import threading
import time
from functools import wraps
from pathlib import Path


def kill() -> None:
    whom, spent = os.environ["FAULT_WHOM"], Path(os.environ["FAULT_SPENT"])
    try:
        spent.touch(exist_ok=False)  # once, also when a worker is spawned again
    except FileExistsError:
        return
    if whom == "all":
        os.killpg(0, signal.SIGKILL)
    if whom == "ctrl-c":
        os.killpg(0, signal.SIGINT)
        return
    if whom == "parent":
        os.kill(os.getppid(), signal.SIGKILL)
        return
    os.kill(os.getpid(), signal.SIGKILL)


def plant() -> None:
    """Wrap the point in this process."""
    point, count = os.environ["FAULT_POINT"], int(os.environ["FAULT_COUNT"])
    if point == "COMMIT":
        plant_in_commit(count)
        return
    is_after = point.endswith("+")
    module_name, _, name = point.rstrip("+").partition(":")
    module = importlib.import_module(module_name)
    function, calls = getattr(module, name), iter(range(1, 1 << 30))

    @wraps(function)
    def wrapped(*args, **kwargs):
        is_now = next(calls) == count
        if is_now and not is_after:
            kill()
        value = function(*args, **kwargs)
        if is_now and is_after:
            kill()
        return value

    setattr(module, name, wrapped)


def plant_in_commit(milliseconds: int) -> None:
    """Kill so long after the catalog's commit of the batch has begun."""
    import duckdb

    connect = duckdb.connect

    class Connection:
        def __init__(self, *args, **kwargs) -> None:
            self._own = connect(*args, **kwargs)
            self._is_batch = False

        def __getattr__(self, name: str):
            return getattr(self._own, name)

        def __enter__(self):
            return self

        def __exit__(self, *error) -> None:
            self._own.close()

        def execute(self, statement, *args):
            self._is_batch |= "INSERT INTO articles" in str(statement)
            if statement == "COMMIT" and self._is_batch:
                threading.Thread(target=self._wait_and_kill, daemon=True).start()
            self._own.execute(statement, *args)
            return self._own

        @staticmethod
        def _wait_and_kill() -> None:
            time.sleep(milliseconds / 1000)
            kill()

    duckdb.connect = Connection


def main() -> None:
    at = sys.argv.index("--")
    point, count, whom, spent = sys.argv[1:at]
    os.environ |= {
        "FAULT_POINT": point,
        "FAULT_COUNT": count,
        "FAULT_WHOM": whom,
        "FAULT_SPENT": spent,
    }
    sys.argv = ["broadsheet", *sys.argv[at + 1 :]]
    plant()
    from flows.cli import main as command

    command()


if __name__ == "__main__":
    main()
elif __name__ == "__mp_main__":  # a spawned worker has imported us again
    plant()
