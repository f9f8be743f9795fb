"""Duplicates across runs: whatever the order and size of the batches, the same tables."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.flows.newsdesk import article, land_in_batches, rows_of

WORDS = [
    f"{first}{second}" for first in "bdfgklmnprst" for second in ("a", "el", "or", "ine", "ut")
]


def story(seed: int, length: int = 120) -> list[str]:
    """So many words that no other seed has in this order."""
    return random.Random(seed).choices(WORDS, k=length)


def retouched(words: list[str], seed: int, count: int = 2) -> list[str]:
    """The story with a few words replaced."""
    changed, dice = list(words), random.Random(seed)
    for place in dice.sample(range(len(words)), count):
        changed[place] = dice.choice(WORDS).upper() + "x"
    return changed


def corpus() -> list[dict[str, Any]]:
    """Ninety articles: crowds of near copies, exact ones, excerpts, forms, versions, furniture."""
    rows = []

    def add(words: list[str], name: str, version: int = 1, **values: Any) -> None:
        site = f"site{len(rows) % 7}.example"
        rows.append(article(" ".join(words), f"https://{site}/{name}", version, **values))

    for crowd in range(2):
        for number in range(20):
            add(retouched(story(crowd), 100 * crowd + number), f"crowd-{crowd}-{number}")
    for number in range(6):
        add(story(10), f"exact-{number}", dateline_agency="Meridian Press" if number else None)
    for number in range(5):
        add(story(20, 200)[: 200 - 30 * number], f"cut-{number}")
    for number in range(5):
        form = [*story(30, 60), "rose", str(number), "to", str(7 * number + 3), *story(31, 60)]
        add(form, f"form-{number}")
    notice = story(40, 60)
    add(notice, "notice")
    for number in range(14):
        add([*notice, *story(50 + number, 70)], f"with-notice-{number}")
    for number in range(3):
        words = [*retouched(story(70), number, 4), "count", str(number), *story(71, 30)]
        rows.append(article(" ".join(words), "https://site0.example/live", number + 1))
    for number in range(8):
        add(story(80 + number), f"alone-{number}")
    add([], "empty")
    add(["more", "soon"], "one-line", title="Fire in the old port")
    add(["more", "soon"], "one-line-again", title="Fire in the old port")
    return rows


def in_batches(rows: list[dict[str, Any]], size: int, seed: int) -> list[list[dict[str, Any]]]:
    shuffled = random.Random(seed).sample(rows, len(rows))
    return [shuffled[start : start + size] for start in range(0, len(rows), size)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that had all of the corpus in one batch."""
    return land_in_batches(tmp_path_factory.mktemp("whole") / "lake", [corpus()])


@pytest.mark.parametrize(("size", "seed"), [(13, 1), (13, 2), (40, 3)])
def test_order_and_size_of_batches_do_not_matter(
    whole: Path, tmp_path: Path, size: int, seed: int
) -> None:
    lake = land_in_batches(tmp_path / "lake", in_batches(corpus(), size, seed))
    assert rows_of(lake, "text_pairs") == rows_of(whole, "text_pairs")
    assert rows_of(lake, "duplicates") == rows_of(whole, "duplicates")
