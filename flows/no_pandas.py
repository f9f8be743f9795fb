"""Pandas stays out of a process that has no use for it.

Arrow and DuckDB load it for the first value that they are given, only to ask whether that is one
of pandas' own: 35 MB, and a third of a second. Where it cannot be imported, they know without.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


class _Refusal(MetaPathFinder):
    """Says that there is no pandas, before anybody looks for it."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("a run does without pandas", name=name)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Refuse to import pandas for the length of the block; once imported, it stays."""
    refusal = _Refusal()
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)
