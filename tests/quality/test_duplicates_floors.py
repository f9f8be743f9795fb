"""Floors of duplicate detection on two real archives, through the command."""

import json
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from flows.lake import open_lake
from tests.flows.landing import land

FLOORS = json.loads((Path(__file__).parent / "floors_duplicates.json").read_text())
Found = dict[str, tuple[str, str]]
"""Cluster and kind by the record's own id."""


@pytest.fixture(scope="module")
def found(shared_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Found:
    folder = tmp_path_factory.mktemp("archives")
    (folder / "config.toml").write_text("[languages]\nrecognisers = {}\n")  # names play no part
    bulk = shared_dir / "eval/bulk"
    land(bulk, folder / "lake", "--config", folder / "config.toml")
    with open_lake(folder / "lake") as connection:
        rows = connection.execute(
            "SELECT external_id, cluster_id, duplicates.kind FROM duplicates "
            "JOIN articles USING (article_id, version) JOIN documents USING (document_id)"
        ).fetchall()
    return {external_id: (cluster_id, kind) for external_id, cluster_id, kind in rows}


@pytest.fixture(scope="module")
def oracle(shared_dir: Path) -> Path:
    return shared_dir / "eval/dev/neardup"


def read_rows(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def is_together(found: Found, one: str, other: str) -> bool:
    return one in found and other in found and found[one][0] == found[other][0]


@pytest.mark.heavy
def test_pairs_at_a_similarity_of_four_fifths_are_found(found: Found, oracle: Path) -> None:
    pairs = [row for row in read_rows(oracle / "pairs.jsonl") if row["jaccard5"] >= 0.8]
    hits = sum(is_together(found, row["a"], row["b"]) for row in pairs)
    assert hits / len(pairs) >= FLOORS["pairs_080_recall"]


@pytest.mark.heavy
def test_what_is_called_exact_or_near_is(found: Found, oracle: Path) -> None:
    known = {row["id"] for row in read_rows(oracle / "clusters.jsonl")}
    similar = {
        frozenset((row["a"], row["b"]))
        for row in read_rows(oracle / "pairs.jsonl")
        if row["jaccard5"] >= 0.8
    }
    clusters = defaultdict(list)
    for name, (cluster_id, kind) in found.items():
        if name in known and kind in ("exact", "near"):
            clusters[cluster_id].append(name)
    told = [frozenset(pair) for names in clusters.values() for pair in combinations(names, 2)]
    assert len(told) >= 250
    assert sum(pair in similar for pair in told) / len(told) >= FLOORS["pairs_080_precision"]


@pytest.mark.heavy
def test_judged_pairs_are_told_apart(found: Found, oracle: Path) -> None:
    pairs = read_rows(oracle / "judged_pairs.jsonl")
    right = 0
    for row in pairs:
        kinds = {found[name][1] for name in (row["a"], row["b"]) if name in found}
        is_copy = is_together(found, row["a"], row["b"]) and "template" not in kinds
        right += is_copy == (row["verdict"] == "duplicate")
    assert right / len(pairs) >= FLOORS["judged_right"]
