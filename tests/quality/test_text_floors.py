"""Floors of structuring plain text: every page is judged by a net that never saw its site.

`nets/` holds one for each fold of the sites, trained as the shipped one is, without that fold:
neither the net nor its teachers saw a page of it.
"""

import gzip
import hashlib
import importlib.util
import itertools
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from flows.settings import load_lexicon
from flows.steps.language import detect_language
from flows.steps.line_net import LineNet, compile_line_net
from flows.steps.record import Decoded, Hints, Page
from flows.steps.structure import assemble_body, compile_structure_lexicon, structure
from training.pages import fold_of

ROOT = Path(__file__).resolve().parents[2]
FLOORS = json.loads((ROOT / "tests/quality/floors_text.json").read_text())
LEXICON = compile_structure_lexicon(load_lexicon())
PAGES, SNIPPETS = "clean/pages.jsonl.gz", "clean_snippets/trafilatura.jsonl.gz"


@cache
def unseen_nets() -> list[LineNet]:
    nets = []
    for path in sorted((ROOT / "tests/quality/nets").glob("lines_without_*.npz")):
        with np.load(path) as arrays:
            nets.append(compile_line_net(dict(arrays)))
    return nets


def load(path: Path) -> list[dict[str, Any]]:
    packed = path.read_bytes()
    text = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [json.loads(line) for line in text.decode().splitlines()]


def load_scorer(shared_dir: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, shared_dir / f"eval/scripts/{name}.py")
    assert spec is not None and spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def read_unseen(row: dict[str, Any], form: str) -> Page | None:
    nets = unseen_nets()
    net = nets[fold_of(row["site"], len(nets))]
    page = structure(Decoded(row[form], False, "utf-8", "utf8", Hints()), LEXICON, net)
    return page if isinstance(page, Page) else None


def body_of(page: Page | None) -> str:
    return assemble_body(page.text, page.blocks)[0] if page else ""


def fields_of(page: Page | None) -> dict[str, Any]:
    if page is None:
        return {}
    day = page.published.at.date().isoformat() if page.published else None
    return {"title": page.title, "authors": list(page.authors), "date": day}


def over_pages(
    shared_dir: Path, path: str, form: str, read: Callable[[Page | None], Any]
) -> dict[str, Any]:
    return {row["id"]: read(read_unseen(row, form)) for row in load(shared_dir / "eval/dev" / path)}


@pytest.mark.heavy
@pytest.mark.parametrize("name", FLOORS["data"])
def test_the_floors_were_measured_on_this_data(name: str, shared_dir: Path) -> None:
    found = hashlib.blake2b((shared_dir / "eval/dev" / name).read_bytes(), digest_size=16)
    assert found.hexdigest() == FLOORS["data"][name]


@pytest.mark.heavy
@pytest.mark.parametrize("form", FLOORS["body_f1"])
def test_bodies_of_unseen_sites(form: str, shared_dir: Path) -> None:
    bodies = over_pages(shared_dir, PAGES, form, body_of)
    scorer = load_scorer(shared_dir, "score_clean")
    score, _ = scorer.score(load(shared_dir / "eval/dev" / PAGES), bodies, boot=0)
    assert score["f1"] >= FLOORS["body_f1"][form]


@pytest.mark.heavy
@pytest.mark.parametrize(("name", "path"), [("fundus", PAGES), ("trafilatura", SNIPPETS)])
def test_fields_of_unseen_sites(name: str, path: str, shared_dir: Path) -> None:
    gold = load(shared_dir / f"eval/dev/metadata/{name}.jsonl")
    fields = over_pages(shared_dir, path, "raw_text", fields_of)
    score = load_scorer(shared_dir, "score_metadata").run(gold, fields, vis=True)
    found = {
        "title_near": score["title"]["near"],
        "authors_f1": score["authors"]["f1"],
        "authors_precision": score["authors"]["precision"],
        "day": score["date"]["day"],
    }
    floors = FLOORS["fields"][name]
    assert {key: found[key] >= floors[key] for key in floors} == dict.fromkeys(floors, True), found


@pytest.mark.heavy
@pytest.mark.parametrize("form", FLOORS["several_articles"])
def test_pairs_of_pages_are_told_from_single_ones(form: str, shared_dir: Path) -> None:
    """Each page is put below the one before it in the file."""
    rows = load(shared_dir / "eval/dev" / PAGES)
    pairs = [
        row | {form: f"{above[form]}\n\n{row[form]}"} for above, row in itertools.pairwise(rows)
    ]
    single, double = (
        [page is not None and "several_articles" in page.flags for page in pages]
        for pages in ([read_unseen(row, form) for row in part] for part in (rows, pairs))
    )
    found = {
        "single_right": 1 - sum(single) / len(single),
        "pairs_found": sum(double) / len(double),
    }
    floors = FLOORS["several_articles"][form]
    assert {key: found[key] >= floors[key] for key in floors} == dict.fromkeys(floors, True), found


@pytest.mark.heavy
def test_languages(shared_dir: Path) -> None:
    rows = load(shared_dir / "eval/dev/langid/langid.jsonl")
    right = sum(detect_language(row["text"])[0] == row["lang"] for row in rows)
    assert right / len(rows) >= FLOORS["language_right"]
