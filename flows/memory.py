"""What a process keeps in memory: what it loads for good, and what it does not load at all."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder


@contextmanager
def load_for_good() -> Iterator[None]:
    """Load what stays as long as the process, within the block or the function so marked.

    The collector sleeps meanwhile, and never again looks at what is there at the end: once a
    process for each thing, since garbage of then is kept, too. Libraries and gazetteers are two
    hundred thousand objects; to look for garbage among them while they grow took a worker half a
    second of CPU.
    """
    thresholds = gc.get_threshold()
    gc.set_threshold(0)  # stronger than disabling it: spaCy's reader of weights enables it again
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*thresholds)


class _Refusal(MetaPathFinder):
    """Says that there is no pandas, before anybody looks for it."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("a run does without pandas", name=name)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Refuse to import pandas for the length of the block; once imported, it stays.

    Arrow and DuckDB load it for the first value that they are given, only to ask whether that
    is one of pandas' own: 35 MB, and a third of a second. Where it cannot be imported, they know
    without.
    """
    refusal = _Refusal()
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)
