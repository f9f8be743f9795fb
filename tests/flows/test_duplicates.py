"""Duplicates across runs: whatever the order and size of the batches, the same tables."""

import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.duplicates import BUCKETS
from flows.lake import open_lake, write_lake
from flows.settings import DuplicateSettings, load_settings
from flows.steps.clusters import HUBS
from tests.flows.newsdesk import article, land_batch, land_in_batches, rows_of

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


def test_a_second_look_changes_nothing(whole: Path, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(whole, tmp_path / "lake"))
    before = {table: rows_of(lake, table) for table in ("duplicates", "text_pairs", "curations")}
    land_batch(lake, [], "run-later")
    assert {table: rows_of(lake, table) for table in before} == before


def test_articles_of_an_older_lake_get_fingerprints_and_clusters(
    whole: Path, tmp_path: Path
) -> None:
    lake = Path(shutil.copytree(whole, tmp_path / "lake"))
    with write_lake(lake) as connection:
        for table in ("fingerprints", "text_pairs", "duplicates", "curations"):
            connection.execute(f"DELETE FROM {table}")
    land_batch(lake, [], "run-later")
    for table in ("fingerprints", "text_pairs", "duplicates"):
        assert rows_of(lake, table) == rows_of(whole, table)


def test_another_preference_arranges_the_whole_lake_anew(whole: Path, tmp_path: Path) -> None:
    lake = Path(shutil.copytree(whole, tmp_path / "lake"))
    preferring = load_settings().model_copy(
        update={"duplicates": DuplicateSettings(preferred_sites=("site3.example",))}
    )
    land_batch(lake, [], "run-later", preferring)
    with open_lake(lake) as connection:
        sites = connection.execute(
            "SELECT list(DISTINCT article.site), list(DISTINCT canonical.site) FROM duplicates "
            "JOIN articles AS article USING (article_id, version) JOIN articles AS canonical "
            "ON canonical.article_id = canonical_article_id GROUP BY cluster_id"
        ).fetchall()
    with_preferred = [canonical for members, canonical in sites if "site3.example" in members]
    assert with_preferred
    assert all(canonical == ["site3.example"] for canonical in with_preferred)
    assert rows_of(lake, "text_pairs") == rows_of(whole, "text_pairs")


def cluster_sizes(lake: Path) -> list[tuple[int, str, bool]]:
    with open_lake(lake) as connection:
        return connection.execute(
            "SELECT count(*) AS size, min(kind), bool_or(is_capped) FROM duplicates "
            "GROUP BY cluster_id ORDER BY size DESC"
        ).fetchall()


def pair_count(lake: Path) -> int:
    return len(rows_of(lake, "text_pairs"))


def test_ten_thousand_identical_articles_are_one_cluster_and_no_pair(tmp_path: Path) -> None:
    body = " ".join(story(1))
    rows = [article(body, f"https://site.example/{number}") for number in range(10_000)]
    lake = land_in_batches(tmp_path / "lake", [rows[:9_000], rows[9_000:]])
    assert cluster_sizes(lake) == [(10_000, "exact", False)]
    assert pair_count(lake) == 0


def test_a_corpus_of_one_notice_is_no_cluster(tmp_path: Path) -> None:
    """Pages that carry the same notice and as much of their own are no copies of each other."""
    notice = story(40, 60)
    rows = [article(" ".join(notice), "https://site.example/notice")]
    for number in range(400):
        body = " ".join([*notice, *story(1_000 + number, 60)])
        rows.append(article(body, f"https://site.example/{number}"))
    lake = land_in_batches(tmp_path / "lake", [rows])
    assert cluster_sizes(lake) == []
    assert pair_count(lake) <= HUBS * BUCKETS * len(rows) / 10


def test_a_crowd_of_near_copies_costs_in_proportion_and_says_that_it_is_capped(
    tmp_path: Path,
) -> None:
    rows = [
        article(" ".join(retouched(story(1), number)), f"https://site.example/{number}")
        for number in range(600)
    ]
    lake = land_in_batches(tmp_path / "lake", [rows[:300], rows[300:]])
    [(size, _, is_capped)] = cluster_sizes(lake)
    assert (size, is_capped) == (600, True)
    assert pair_count(lake) < 600 * 599 / 2 / 2


def test_repeats_of_one_shingle_and_empty_bodies_make_no_pair(tmp_path: Path) -> None:
    repeats = [
        article("buy " * (100 + number), f"https://site.example/{number}") for number in range(50)
    ]
    empty = [article("", f"https://site.example/empty-{number}") for number in range(50)]
    lake = land_in_batches(tmp_path / "lake", [repeats + empty])
    assert all(size <= 50 for size, _, _ in cluster_sizes(lake))
    with open_lake(lake) as connection:
        told = connection.execute(
            "SELECT count(*) FROM duplicates JOIN articles USING (article_id, version) "
            "WHERE body = ''"
        ).fetchone()
    assert told == (0,)
