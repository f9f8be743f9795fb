"""Floors of structuring on real pages: token 4-shingle F1, measured by the shared scorer."""

import gzip
import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from flows.steps.record import Decoded, Hints, Page
from flows.steps.structure import assemble_body, compile_structure_lexicon, structure

ROOT = Path(__file__).resolve().parents[2]
FLOORS = json.loads((ROOT / "tests/quality/floors.json").read_text())
LEXICON = compile_structure_lexicon(
    {
        path.stem: tomllib.loads(path.read_text())
        for path in (ROOT / "config/lexicon").glob("*.toml")
    }
)
TEXTS = {
    "structure_text_page_f1": "raw_text",
    "structure_text_region_f1": "raw_text_region",
    "structure_text_soup_f1": "raw_text_soup",
}


def load_pages(shared_dir: Path) -> list[dict]:
    packed = (shared_dir / "eval/dev/clean/pages.jsonl.gz").read_bytes()
    return [json.loads(line) for line in gzip.decompress(packed).decode().splitlines()]


def load_scorer(shared_dir: Path) -> ModuleType:
    path = shared_dir / "eval/scripts/score_clean.py"
    spec = importlib.util.spec_from_file_location("score_clean", path)
    assert spec is not None and spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def read_body(text: str, is_html: bool) -> str:
    page = structure(Decoded(text, is_html, "utf-8", "utf8", Hints()), LEXICON)
    return assemble_body(page.text, page.blocks)[0] if isinstance(page, Page) else ""


@pytest.mark.heavy
@pytest.mark.parametrize("name", TEXTS)
def test_story_in_plain_text(name: str, shared_dir: Path) -> None:
    pages = load_pages(shared_dir)
    bodies = {page["id"]: read_body(page[TEXTS[name]], False) for page in pages}
    score, _ = load_scorer(shared_dir).score(pages, bodies, boot=0)
    assert score["f1"] >= FLOORS[name]
