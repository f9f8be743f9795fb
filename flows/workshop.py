"""What a shard is landed with and what it leaves, apart from how: who hands shards out has no more.

`shards.py` does the landing and loads every step for it, 25 MB that only workers need.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from flows.settings import Settings

Receipt = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Workshop:
    """What every shard of a run shares: settings, where to stage, and which ids are known.

    Where `wanted_ids` are given, every other record counts as known. `source_rules` is the file
    with the rules of sources that are in force, if there are any.
    """

    settings: Settings
    staging: Path
    known_ids: Path | None
    source_rules: Path | None = None
    wanted_ids: Path | None = None

    def passes(self, document_id: str) -> bool:
        """Whether a record is passed by: met before, forgotten, or not what is wanted."""
        if self.wanted_ids is not None:
            return not _ids_in(self.wanted_ids)(document_id)
        return self.is_forgotten(document_id)

    def is_forgotten(self, id: str) -> bool:
        """Whether an id is among the known ones, where those of forgotten articles are too."""
        return _ids_in(self.known_ids)(id)


@dataclass(frozen=True, slots=True)
class Care:
    """What earlier tries of a shard have taught.

    `given_up` has the reason by the place of a record in the shard; with `is_one_by_one` its
    articles are derived one at a time, so that the one that kills the worker can be told.
    """

    given_up: Mapping[int, str] = field(default_factory=dict)
    is_one_by_one: bool = False


@cache
def _ids_in(path: Path | None) -> Callable[[str], bool]:
    """A test for ids in a file, by binary search in a file mapped into memory."""
    if path is None:
        return lambda _: False
    ids = np.load(path, mmap_mode="r")

    def is_known(document_id: str) -> bool:
        wanted = np.frombuffer(bytes.fromhex(document_id), dtype=ids.dtype)[0]
        place = int(np.searchsorted(ids, wanted))
        return place < len(ids) and ids[place] == wanted

    return is_known
