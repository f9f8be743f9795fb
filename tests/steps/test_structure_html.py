"""HTML to pages: cases, hostile markup, and the alignment of an extract with its page."""

import json
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.steps.alignment import align_lines
from flows.steps.record import Decoded, Hints, Moment, Page, Reject
from flows.steps.structure import assemble_body, compile_structure_lexicon, structure

ROOT = Path(__file__).resolve().parents[2]
LEXICON = compile_structure_lexicon(
    {
        path.stem: tomllib.loads(path.read_text())
        for path in (ROOT / "config/lexicon").glob("*.toml")
    }
)
CASES = json.loads((ROOT / "tests/cases/structure_html.json").read_text())
SENTENCE = "<p>The council voted on Tuesday for a new bridge, which ends ten years of argument.</p>"
SPOKEN = ("one two three four", "five six seven", "eight nine ten eleven", "menu", "see also")


def read(markup: str, **hints: str) -> Page | Reject:
    return structure(Decoded(markup, True, "utf-8", "utf8", Hints(**hints)), LEXICON)


def printed(moment: Moment | None) -> str | None:
    return moment and f"{moment.at.isoformat()} {moment.precision} {moment.method}"


def assert_tiles(page: Page) -> None:
    edges = [0, *(block.raw_end for block in page.blocks)]
    assert [block.raw_start for block in page.blocks] == edges[:-1]
    assert edges[-1] == len(page.text)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict) -> None:
    expected = dict(case["expected"])
    page = read(case["input"], **case["hints"])
    if "reject" in expected:
        assert isinstance(page, Reject)
        assert page.reason == expected["reject"]
        return
    assert isinstance(page, Page)
    assert_tiles(page)
    for phrase in expected.pop("absent", ()):
        assert phrase not in page.text
    shown = {name: getattr(page, name) for name in Page.__slots__}
    shown |= {name: list(shown[name]) for name in ("authors", "captions", "flags")}
    shown |= {name: printed(shown[name]) for name in ("published", "modified")}
    shown["body"] = assemble_body(page.text, page.blocks)[0]
    assert {name: shown[name] for name in expected} == expected


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body>" + "<div>" * 60_000 + SENTENCE + "</div>" * 60_000,
        "<html><body>" + "<b><i><font>" * 20_000 + SENTENCE,
        "<p " + " ".join(f"a{n}='{n}'" for n in range(100_000)) + ">" + SENTENCE,
        "<html><body><script>" + "<p>x</p>" * 50_000 + "</script>" + SENTENCE,
        "<article>" + SENTENCE * 30_000 + "</article>",
    ],
    ids=["deep", "unclosed", "attributes", "script", "long"],
)
def test_hostile_markup_ends(markup: str) -> None:
    page = read(markup)
    if isinstance(page, Page):
        assert_tiles(page)
        assert "ten years" in assemble_body(page.text, page.blocks)[0]
    else:
        assert page.reason == "malformed_html"


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<br>", "<li>", "Word and word.", "<b>", "&lt;", "<td>"])
    )
)
def test_blocks_tile_any_markup(parts: list[str]) -> None:
    page = read("<html><body>" + "".join(parts))
    assert isinstance(page, Reject) or assert_tiles(page) is None


@given(st.lists(st.sampled_from(SPOKEN), max_size=4), st.randoms(use_true_random=False))
def test_an_extract_of_whole_lines_is_found(lines: list[str], choice) -> None:
    chosen = [line for line in lines if choice.random() < 0.5]
    kept = align_lines(lines, "\n".join(chosen))
    assert [lines[index] for index in sorted(kept)] == chosen


def test_an_extract_may_join_lines_and_lose_inline_parts() -> None:
    lines = [
        "Home",
        "The board of the Quay Trust met on Monday in the hall",
        "It voted for the pier",
        "Sport",
    ]
    assert align_lines(
        lines, "The board of the met on Monday in the hall It voted for the pier"
    ) == {1, 2}
