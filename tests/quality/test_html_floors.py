"""Floors of structuring HTML pages, measured by the shared scorers on the half we may see.

The shipped net was trained on these pages, so the body's floors guard the code and the weights
together; what it does on sites that it has not seen is in docs/structure_html.md.
"""

import gzip
import hashlib
import importlib.util
import json
import tomllib
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from flows.models import load_story_net
from flows.steps.record import Decoded, Hints, Page
from flows.steps.structure import assemble_body, compile_structure_lexicon, structure

ROOT = Path(__file__).resolve().parents[2]
FLOORS = json.loads((ROOT / "tests/quality/floors_html.json").read_text())
LEXICON = compile_structure_lexicon(
    {
        path.stem: tomllib.loads(path.read_text())
        for path in (ROOT / "config/lexicon").glob("*.toml")
    }
)


@cache
def structured(path: Path) -> Page | None:
    markup = gzip.decompress(path.read_bytes()).decode(errors="replace")
    decoded = Decoded(markup, True, "utf-8", "utf8", Hints())
    page = structure(decoded, LEXICON, story_net=load_story_net())
    return page if isinstance(page, Page) else None


def read_body(path: Path) -> str:
    page = structured(path)
    return assemble_body(page.text, page.blocks)[0] if page else ""


def load_scorer(shared_dir: Path, name: str) -> ModuleType:
    path = shared_dir / f"eval/scripts/{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer


def load_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a set, which must be the one that the floors were measured on."""
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest()[:16] == FLOORS["digests"][path.name]
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.heavy
def test_the_story(shared_dir: Path) -> None:
    dev = shared_dir / "eval/dev"
    pages = load_rows(dev / "clean/pages.jsonl.gz")
    bodies = {page["id"]: read_body(dev / page["html_path"]) for page in pages}
    score = load_scorer(shared_dir, "score_clean").score
    assert score(pages, bodies, boot=0)[0]["f1"] >= FLOORS["body_f1"]
    annotated = [page for page in pages if page["id"].startswith("aeb")]
    assert score(annotated, bodies, boot=0)[0]["f1"] >= FLOORS["body_f1_annotated"]


@pytest.mark.heavy
def test_wanted_and_unwanted_sentences(shared_dir: Path) -> None:
    dev = shared_dir / "eval/dev"
    rows = load_rows(dev / "clean_snippets/trafilatura.jsonl.gz")
    paths = {row["id"]: dev / f"html/{row['id']}.html.gz" for row in rows}
    rows = [row for row in rows if paths[row["id"]].exists()]
    bodies = {row["id"]: read_body(paths[row["id"]]) for row in rows}
    found = load_scorer(shared_dir, "score_snippets").run(rows, bodies)
    assert found["f1"] >= FLOORS["snippets_f1"]
    assert found["comment_leak"] <= FLOORS["comment_leak"]


@pytest.mark.heavy
def test_stated_fields(shared_dir: Path) -> None:
    dev = shared_dir / "eval/dev"
    rows = load_rows(dev / "metadata/fundus.jsonl")
    fields = {}
    for row in rows:
        page = structured(dev / row["html_path"])
        fields[row["id"]] = page and {
            "title": page.title,
            "authors": list(page.authors),
            "date": page.published and page.published.at.date().isoformat(),
        }
    found = load_scorer(shared_dir, "score_metadata").run(rows, fields)
    assert found["title"]["near"] >= FLOORS["title_near"]
    assert found["authors"]["f1"] >= FLOORS["authors_f1"]
    assert found["date"]["day"] >= FLOORS["day"]
