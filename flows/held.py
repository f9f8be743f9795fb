"""Batches that their audit stopped: put aside, seen, and released or dropped by a person.

A held batch is a folder in the lake's `held/`, named by its run: the staged shards as they were,
and `held.json`. Later runs leave its files out, so that it blocks none of them.
"""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flows.errors import SetupError
from flows.lake import LakeFolder
from flows.plan import FileState
from flows.settings import code_fingerprint

MANIFEST = "held.json"


@dataclass(frozen=True, slots=True)
class Held:
    """A stopped run: its source, why it was stopped, and the receipts of what it staged."""

    run_id: str
    source: str | None
    reason: str
    receipts: tuple[dict[str, Any], ...]

    def folder(self, lake: LakeFolder) -> Path:
        """Where its staged shards are."""
        return lake.held / self.run_id

    @property
    def record_count(self) -> int:
        """Records that it holds, landed or rejected."""
        return sum(row["records_read"] - row["records_known"] for row in self.receipts)


def hold_batch(lake: LakeFolder, held: Held) -> None:
    """Move the staged shards of a stopped run aside; its folder appears whole or not at all."""
    scratch = lake.held / f".{held.run_id}"
    scratch.mkdir(parents=True)
    for receipt in held.receipts:
        staged = lake.staging / receipt["shard_id"]
        staged.rename(scratch / staged.name)
    (scratch / MANIFEST).write_text(json.dumps(asdict(held)), encoding="utf-8")
    scratch.rename(held.folder(lake))


def list_held(lake: LakeFolder) -> list[Held]:
    """The held batches, oldest first."""
    return [_read(path) for path in sorted(lake.held.glob(f"[!.]*/{MANIFEST}"))]


def held_files(lake: LakeFolder) -> set[FileState]:
    """The files, as they were listed, of which held batches have records."""
    return {state for held in list_held(lake) for state in _states(held)}


def find_held(lake: LakeFolder, run_id: str) -> Held:
    """The batch of a run. Raises SetupError where that run holds none."""
    held = {held.run_id: held for held in list_held(lake)}
    if run_id not in held:
        known = ", ".join(held) or "none"
        raise SetupError(f"run {run_id} holds no batch; these do: {known}")
    return held[run_id]


def require_same_code(held: Held) -> None:
    """Raise SetupError where other code than this has staged the batch."""
    if any(row["code_fingerprint"] != code_fingerprint() for row in held.receipts):
        raise SetupError(
            f"run {held.run_id} was staged by another version of Broadsheet; drop it with "
            f"broadsheet drop {held.run_id}, and the next run reads its files anew"
        )


def let_go(lake: LakeFolder, held: Held) -> None:
    """Remove a held batch; the files of one that was not landed are new to the next run."""
    shutil.rmtree(held.folder(lake), ignore_errors=True)


def _states(held: Held) -> Iterator[FileState]:
    for receipt in held.receipts:
        for file in receipt["files"]:
            yield file["uri"], file["size_bytes"], file["modified_ns"]


def _read(path: Path) -> Held:
    found = json.loads(path.read_text(encoding="utf-8"))
    return Held(**{**found, "receipts": tuple(found["receipts"])})
