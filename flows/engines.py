"""Engines: where shards are landed. `local` is one pool of processes that can be rebuilt."""

import atexit
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

from flows.errors import SetupError
from flows.parents import end_with_parent

Shard = TypeVar("Shard")
Receipt = TypeVar("Receipt", covariant=True)

ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
"""A worker has one core; more threads of linear algebra only wait for each other."""


WATCH_SECONDS = 1.0

_on_interrupt: list[Any] = [signal.default_int_handler]
"""What Ctrl-C does to a worker at work; nothing where the run was started in the background."""


class Pending(Protocol[Receipt]):
    """A result to come: `concurrent.futures` and Prefect both have it in this form."""

    def result(self) -> Receipt:
        """Wait for the value, or raise what ended its work."""


class WorkerDiedError(RuntimeError):
    """The worker of a call died, or another one that took the whole pool with it."""


class WorkerLostError(SetupError):
    """A worker died on the same call as often as it was tried; as a rule memory is short."""


class WorkerPool:
    """Processes that run plain functions; one that dies costs a retry and not the run.

    A pool with a dead worker is useless to everybody, so it is replaced, and every call that
    it took down is made again, up to `attempts` times in all. Safe to call from many threads.
    """

    def __init__(self, workers: int, attempts: int) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.attempts = attempts
        self._lock = threading.Lock()
        self._alone = threading.Lock()
        self._executor: ProcessPoolExecutor | None = None

    def call(self, function: Callable[..., Any], *args: Any) -> Any:
        """Run a module-level function in a worker and wait for its value."""
        for _ in range(self.attempts):
            with suppress(WorkerDiedError):
                return self.try_once(function, *args)
        raise WorkerLostError(
            f"a worker died {self.attempts} times in {function.__name__}; the shards that are "
            "staged stay and are used by the next run ([run] attempts)"
        )

    def try_once(
        self,
        function: Callable[..., Any],
        *args: Any,
        is_alone: bool = False,
        watch: Callable[[], None] | None = None,
    ) -> Any:
        """Run a function in a worker, once; raises WorkerDiedError when the worker dies.

        Alone, it has a worker of its own, one call at a time, so that no other call's death is
        taken for its own. `watch` is called every second until the value is there.
        """
        if not is_alone:
            executor = self._running()
            try:
                return _wait(_submit(executor, function, *args), watch)
            except BrokenProcessPool:
                self._discard(executor)
                raise WorkerDiedError(function.__name__) from None
        with self._alone, _new_executor(1) as executor:
            try:
                return _wait(_submit(executor, function, *args), watch)
            except BrokenProcessPool:
                raise WorkerDiedError(function.__name__) from None

    def close(self) -> None:
        """End the workers."""
        if self._executor is not None:
            self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._executor is None:
                self._executor = _new_executor(self.workers)
            return self._executor

    def _discard(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._executor is broken:
                broken.shutdown(wait=False, cancel_futures=True)
                self._executor = None


def _new_executor(workers: int) -> ProcessPoolExecutor:
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    return ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=begin_worker, initargs=(os.getpid(),)
    )


def _wait(future: Future[Any], watch: Callable[[], None] | None) -> Any:
    while watch is not None:
        try:
            return future.result(timeout=WATCH_SECONDS)
        except TimeoutError:
            if future.done():  # the function itself has raised it
                break
            watch()
    return future.result()


def land_in_order(
    shards: Iterable[Shard], submit: Callable[[Shard], Pending[Receipt]], outstanding: int
) -> Iterator[Receipt]:
    """Submit shards as they are planned, never more than `outstanding` unfinished ones.

    Receipts come in the order of the shards; a failed shard raises when its turn comes.
    """
    waiting: deque[Pending[Receipt]] = deque()
    for shard in shards:
        waiting.append(submit(shard))
        if len(waiting) >= outstanding:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _submit(executor: ProcessPoolExecutor, function: Callable[..., Any], *args: Any) -> Future[Any]:
    """Submit a call; a process that this starts does not hear of Ctrl-C before it is at work."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        return executor.submit(_do, function, *args)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _do(function: Callable[..., Any], *args: Any) -> Any:
    """Run a call, which Ctrl-C ends; between two of them only the parent heeds it."""
    signal.signal(signal.SIGINT, _on_interrupt[0])
    try:
        return function(*args)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def begin_worker(parent: int) -> None:
    """Let a worker end with its parent, and at once when it is done.

    To take its models apart object by object would cost it half a second.
    """
    _on_interrupt[0] = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    end_with_parent(parent)
    atexit.register(os._exit, 0)
