"""A disk that fills up: one sentence, nothing half-written, and the same command goes on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.lake import write_lake
from tests.flows.landing import broadsheet, broken_laws, facts, land

DUMPS = Path(__file__).resolve().parents[2] / "data" / "raw" / "sample" / "json"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, in memory."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=False).returncode != 0:
        pytest.skip("this machine lets nobody mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def resize(disk: Path, kilobytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", disk], check=True)


@pytest.mark.heavy
@pytest.mark.parametrize("kilobytes", [60, 300, 450, 600])
def test_a_full_disk_loses_nothing(disk: Path, tmp_path: Path, kilobytes: int) -> None:
    """These sizes are full while the lake is made, while shards are staged, in the commit."""
    config = tmp_path / "config.toml"
    config.write_text("[run]\nmin_free_bytes = 0\nshard_records = 5\n")
    command = ["run", DUMPS, "--lake", disk / "lake", "--direct", "--quiet", "--config", config]
    resize(disk, kilobytes)
    full = broadsheet(*command)
    assert full.returncode == 2, full.stderr
    assert "the disk is full" in full.stderr
    assert full.stderr.count("\n") == 1
    told = broadsheet("runs", "--lake", disk / "lake")
    assert told.returncode in (0, 2), told.stderr
    assert "Traceback" not in told.stderr

    resize(disk, 500_000)
    again = broadsheet(*command)
    assert again.returncode == 0, again.stderr
    land(DUMPS, tmp_path / "undisturbed")
    assert facts(disk / "lake") == facts(tmp_path / "undisturbed")
    assert broken_laws(disk / "lake") == []
    assert list_orphans(disk / "lake") == []


def list_orphans(lake: Path) -> list[tuple[str]]:
    """Data files that no snapshot of the lake knows."""
    with write_lake(lake) as connection:
        return connection.execute(
            "CALL ducklake_delete_orphaned_files('lake', cleanup_all => true, dry_run => true)"
        ).fetchall()
