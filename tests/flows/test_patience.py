"""Trying again: storage that does not answer, and nothing else."""

import errno
import os
from pathlib import Path

import pytest

from flows.errors import CatalogBusyError, LakeBusyError, SetupError, StorageError
from flows.patience import Patience, is_passing


class Flaky:
    """A call that fails so many times before it succeeds."""

    def __init__(self, error: Exception, failures: int) -> None:
        self.error, self.left, self.calls = error, failures, 0

    def __call__(self, value: str) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.error
        return value


@pytest.mark.parametrize("error", [StorageError("away"), CatalogBusyError("locked")])
def test_storage_is_asked_again(error: Exception) -> None:
    call = Flaky(error, 2)
    assert Patience(3, 0.001).call(call, "here") == "here"
    assert call.calls == 3


def test_patience_ends() -> None:
    call = Flaky(StorageError("away"), 9)
    with pytest.raises(StorageError, match="away"):
        Patience(3, 0.001).call(call, "here")
    assert call.calls == 3


@pytest.mark.parametrize("error", [SetupError("x"), ValueError("x"), LakeBusyError("x")])
def test_nothing_else_is_tried_again(error: Exception) -> None:
    call = Flaky(error, 1)
    with pytest.raises(type(error)):
        Patience(3, 0.001).call(call, "here")
    assert call.calls == 1


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.ESTALE, True),
        (errno.ETIMEDOUT, True),
        (errno.ECONNRESET, True),
        (errno.ENOENT, False),
        (errno.EACCES, False),
        (errno.EIO, False),  # a bad sector is a fact about the file
        (errno.ENOSPC, False),
    ],
)
def test_what_passes(number: int, expected: bool) -> None:
    assert is_passing(OSError(number, os.strerror(number))) is expected


def test_a_file_whose_storage_is_away_is_no_reject(tmp_path: Path, monkeypatch) -> None:
    """The fault is put where the operating system would: under the opened file."""
    from flows.plan import plan_shards
    from flows.settings import load_settings
    from flows.storage import list_files

    (tmp_path / "a.txt").write_text("Council of Bergen votes.\n")
    files = list_files([tmp_path])
    settings = load_settings()
    quick = settings.model_copy(
        update={"run": settings.run.model_copy(update={"retry_seconds": 0.0})}
    )
    real, failures = Path.open, iter([errno.ESTALE, errno.ETIMEDOUT])

    def open_shakily(path: Path, *args, **kwargs):
        if path.name == "a.txt" and (number := next(failures, None)):
            raise OSError(number, os.strerror(number))
        return real(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_shakily)
    [shard] = plan_shards(files, "s", quick)
    assert shard.record_count == 1
    failures = iter([errno.ESTALE] * 9)
    with pytest.raises(StorageError, match="does not answer"):
        list(plan_shards(files, "s", quick))
