"""The sample dumps are what their stories say: rebuilt, compared, named and bounded."""

import json
import re
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import zstandard

from schemas.rejects import REASONS

PACKED_WITH = {
    ".gz": ("zlib", "1.2.13", zlib.ZLIB_RUNTIME_VERSION),
    ".zip": ("zlib", "1.2.13", zlib.ZLIB_RUNTIME_VERSION),
    ".zst": ("zstd", "1.5.7", ".".join(map(str, zstandard.ZSTD_VERSION))),
    ".parquet": ("pyarrow", "26.0.1", pa.__version__),
}
"""Per suffix: the library that decides the bytes, its version for the tracked files, and here."""

STORY_MARK = re.compile(rb"\{[^{}:\n]*\}")
MAX_FILE_BYTES = 100_000
MAX_SAMPLE_BYTES = 400_000

Files = dict[str, bytes]
Expected = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def rebuilt(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rebuilt")
    script = root / "data" / "make_sample.py"
    targets = [str(folder / "sample"), str(folder / "expected.json")]
    subprocess.run([sys.executable, str(script), *targets], check=True)
    return folder


@pytest.fixture(scope="module")
def tracked(root: Path) -> Files:
    return read_files(root / "data" / "raw" / "sample")


@pytest.fixture(scope="module")
def expected(root: Path) -> Expected:
    return json.loads((root / "tests" / "golden" / "sample_expected.json").read_text("utf-8"))


def read_files(folder: Path) -> Files:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def find_packing(name: str) -> str | None:
    suffix = Path(name).suffix
    return suffix if suffix in PACKED_WITH else None


def list_changed(made: Files, tracked: Files, suffix: str | None) -> list[str]:
    """Files of one packed suffix, or with None of no packed suffix, whose bytes differ."""
    chosen = [name for name in tracked if find_packing(name) == suffix]
    assert chosen
    return [name for name in chosen if made[name] != tracked[name]]


def test_make_sample_writes_the_tracked_files(rebuilt: Path, tracked: Files) -> None:
    assert read_files(rebuilt / "sample").keys() == tracked.keys()


def test_unpacked_files_are_rebuilt_byte_for_byte(rebuilt: Path, tracked: Files) -> None:
    assert list_changed(read_files(rebuilt / "sample"), tracked, None) == []


@pytest.mark.parametrize("suffix", PACKED_WITH)
def test_packed_files_are_rebuilt_byte_for_byte(suffix: str, rebuilt: Path, tracked: Files) -> None:
    library, packed, here = PACKED_WITH[suffix]
    if here != packed:
        pytest.skip(f"the tracked files were packed with {library} {packed}, here is {here}")
    assert list_changed(read_files(rebuilt / "sample"), tracked, suffix) == []


def test_expectations_are_rebuilt(rebuilt: Path, expected: Expected) -> None:
    assert json.loads((rebuilt / "expected.json").read_text("utf-8")) == expected


def test_sample_is_small(tracked: Files) -> None:
    sizes = [len(data) for data in tracked.values()]
    assert max(sizes) <= MAX_FILE_BYTES
    assert sum(sizes) <= MAX_SAMPLE_BYTES


def test_every_file_is_expected_and_described(
    root: Path, tracked: Files, expected: Expected
) -> None:
    assert {key.rpartition("#")[0].partition("!/")[0] for key in expected} == tracked.keys()
    readme = (root / "data" / "README.md").read_text("utf-8")
    assert [name for name in tracked if f"`{name}`" not in readme] == []


def test_reasons_are_known(expected: Expected) -> None:
    reasons = {entry["reason"] for entry in expected.values() if entry["status"] == "rejected"}
    assert reasons <= REASONS.keys()


def test_no_marks_of_the_stories_are_left(tracked: Files) -> None:
    unpacked = [name for name in tracked if find_packing(name) is None]
    assert [name for name in unpacked if STORY_MARK.search(tracked[name])] == []
