"""What every test may ask for: the repository's root and, where present, the shared material."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")

collect_ignore = ["fuzz/read_records.py"]  # needs atheris, which only `make fuzz` installs

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The evaluation material beside the checkout; a test that needs it skips without it."""
    folder = ROOT.parent / "shared"
    if not (folder / "eval").is_dir():
        pytest.skip(f"needs the evaluation material in {folder.name}/ beside the checkout")
    return folder
