"""The worker pool: it runs functions, survives the death of workers, and ends."""

import os
import signal
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from flows.engines import WorkerLostError, WorkerPool, land_in_order


def die_once(marker: str) -> int:
    """Kill the own process the first time, answer the second."""
    path = Path(marker)
    if not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def die_always(marker: str) -> int:
    Path(marker).touch()
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def raise_value_error() -> None:
    raise ValueError("a defect, not a death")


def linear_algebra_threads() -> str | None:
    return os.environ.get("OPENBLAS_NUM_THREADS")


LEAVE_A_CHILD = """
import os, subprocess, sys
child = (
    "import sys, time; time.sleep(1); print('begins', flush=True); "
    "from flows.parents import end_with_parent; end_with_parent(int(sys.argv[1])); time.sleep(90)"
)
subprocess.Popen([sys.executable, "-c", child, str(os.getpid())])
"""


@pytest.fixture
def pool():
    pool = WorkerPool(workers=2, attempts=3)
    yield pool
    pool.close()


def test_a_worker_has_one_thread_of_linear_algebra(pool: WorkerPool) -> None:
    assert pool.call(linear_algebra_threads) == "1"


def test_calls_that_a_dead_worker_took_down_are_made_again(pool: WorkerPool, tmp_path) -> None:
    markers = [str(tmp_path / f"{number}") for number in range(4)]
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda marker: pool.call(die_once, marker), markers[:1] * 4))
    assert all(answers)


def test_a_call_that_always_kills_is_given_up_with_a_sentence(pool: WorkerPool, tmp_path) -> None:
    with pytest.raises(WorkerLostError, match="died 3 times in die_always"):
        pool.call(die_always, str(tmp_path / "marker"))


def test_an_error_of_the_function_is_raised_and_not_retried(pool: WorkerPool) -> None:
    with pytest.raises(ValueError, match="a defect"):
        pool.call(raise_value_error)


def test_receipts_come_in_order_and_few_shards_wait() -> None:
    waiting: list[int] = []
    most = 0

    class Late(Future):
        def __init__(self, value: int) -> None:
            super().__init__()
            waiting.append(value)
            self.set_result(value)

        def result(self, timeout=None):
            nonlocal most
            most = max(most, len(waiting))
            waiting.remove(super().result())
            return super().result()

    assert list(land_in_order(range(20), Late, outstanding=3)) == list(range(20))
    assert most == 3


def test_a_worker_whose_parent_died_before_it_began_ends() -> None:
    """The output is whole when the child, too, has ended."""
    done = subprocess.run(
        [sys.executable, "-c", LEAVE_A_CHILD],
        capture_output=True,
        text=True,
        timeout=45,
        check=True,
    )
    assert done.stdout == "begins\n"
