"""Text dumps to pages: cases, and laws that hold for any text."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.errors import SetupError
from flows.models import load_line_net
from flows.settings import load_lexicon
from flows.steps.record import Decoded, Hints, Moment, Page, Reject
from flows.steps.structure import assemble_body, compile_structure_lexicon, structure
from schemas.blocks import BODY_ROLES, ROLES

ROOT = Path(__file__).resolve().parents[2]
LEXICON = compile_structure_lexicon(load_lexicon())
NET = load_line_net()
CASES = json.loads((ROOT / "tests/cases/structure_text.json").read_text())

PARAGRAPHS = (
    "The council met on Monday and voted for the bridge after a long night of talks.",
    "“We waited for this for ten years,” said Ana Ruiz, who runs the bakery by the river.",
    "Nobody could say when the work would begin, or who would pay for the second lane.",
    "The vote was close.",
)
CLUTTER = ("Share", "3 Comments", "View all comments", "Advertisement", "Related articles", "42")
HEADS = ("What comes next", "The cost")


def read(text: str, **hints: Any) -> Page:
    if "fetched_at" in hints:
        hints["fetched_at"] = datetime.fromisoformat(hints["fetched_at"])
    page = structure(Decoded(text, False, "utf-8", "utf8", Hints(**hints)), LEXICON, NET)
    assert isinstance(page, Page)
    return page


def body_of(page: Page) -> str:
    return assemble_body(page.text, page.blocks)[0]


def printed(moment: Moment | None) -> str | None:
    return moment and f"{moment.at.isoformat()} {moment.precision} {moment.method}"


def fields(page: Page) -> dict[str, object]:
    shown = {name: getattr(page, name) for name in Page.__slots__}
    shown |= {name: list(shown[name]) for name in ("authors", "captions", "flags")}
    shown |= {name: printed(shown[name]) for name in ("published", "modified")}
    return shown | {"body": body_of(page)}


def assert_tiles(page: Page) -> None:
    edges = [0, *(block.raw_end for block in page.blocks)]
    assert [block.raw_start for block in page.blocks] == edges[:-1]
    assert edges[-1] == len(page.text)
    assert all(block.raw_start < block.raw_end for block in page.blocks)
    assert all(block.role in ROLES and block.method for block in page.blocks)
    assert all(block.is_kept == (block.role in BODY_ROLES) for block in page.blocks)


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict) -> None:
    page = read(case["input"], **case["hints"])
    shown = fields(page)
    assert {name: shown[name] for name in case["expected"]} == case["expected"]
    assert_tiles(page)


@pytest.mark.parametrize("text", ["", " \n\t", "\u2028\u3000"])
def test_white_space_shows_no_text(text: str) -> None:
    reject = structure(Decoded(text, False, "utf-8", "utf8", Hints()), LEXICON, NET)
    assert isinstance(reject, Reject)
    assert reject.reason == "no_visible_text"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])).filter(str.strip))
def test_blocks_tile_any_text(text: str) -> None:
    assert_tiles(read(text))


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(PARAGRAPHS + CLUTTER + HEADS), min_size=1),
    st.sampled_from(["\n", "\n\n"]),
)
def test_blocks_tile_and_the_body_is_their_text(lines: list[str], gap: str) -> None:
    page = read(gap.join(lines))
    assert_tiles(page)
    body, places = assemble_body(page.text, page.blocks)
    for block, place in zip(page.blocks, places, strict=True):
        raw = page.text[block.raw_start : block.raw_end]
        assert (place is None) == (not block.is_kept)
        assert place is None or body[slice(*place)].split() == raw.split()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PARAGRAPHS + HEADS), max_size=6))
def test_structuring_title_and_body_again_keeps_the_body(middle: list[str]) -> None:
    dump = ["Menu", "Bridge wins the vote", PARAGRAPHS[0], *middle, PARAGRAPHS[2], *CLUTTER[:3]]
    body = body_of(read("\n\n".join(dump)))
    assert body
    assert body_of(read("Bridge wins the vote\n\n" + body)) == body


@pytest.mark.parametrize(
    "text",
    [
        "Share\n" * 300_000,
        "Bridge approved\n\n"
        + '"'
        + "a " * 50_000
        + "\n\n"
        + "(“" * 20_000
        + "\n\n"
        + "by " * 30_000,
        "-" * 200_000 + "\n\n" + "1" * 100_000 + "\n\n" + "Mr. " * 30_000 + "\n\n" + "A" * 100_000,
        "A" * 100_000 + "\n" + " " * 200_000 + "x\n",
        "B" + "\u0301\u0316\u0334" * 30_000 + "ridge approved",
        "word and more. " * 700_000,
        "\n".join(f"{number} share of the harbour {number % 97}" for number in range(100_000)),
        "".join(map(chr, range(32))) * 1_000 + "x",
        ("\u202eabc \u0645\u0631\u062d\u0628\u0627 \u202c" + "\u200b" * 5 + "Text.\n\n") * 500,
    ],
    ids=[
        "many lines",
        "openers",
        "long runs",
        "white space",
        "marks",
        "ten megabytes in a line",
        "100,000 lines",
        "control characters",
        "mixed directions",
    ],
)
def test_hostile_text_is_tiled(text: str) -> None:
    assert_tiles(read(text))


@pytest.mark.parametrize(
    "text",
    [
        "Subscribe\nNotify of\nguest\n0 Comments\nOldest\nView all comments\n" * 50,
        "\n".join(map(str, range(5_000))),
        "\u200b\u200c\n" * 1_000 + "x",
    ],
    ids=["only widgets", "only digits", "zero width"],
)
def test_a_text_without_a_story_says_so(text: str) -> None:
    page = read(text)
    assert_tiles(page)
    assert (page.kind, body_of(page)) == ("stub", "")
    assert "empty_body" in page.flags


def test_every_unit_that_the_net_judged_has_its_probability() -> None:
    page = read("\n\n".join(["Bridge wins the vote", *PARAGRAPHS, *CLUTTER]))
    assert page.body_method == "line_net"
    assert page.body_confidence is not None and 0 < page.body_confidence <= 1
    assert all(block.score is not None and 0 <= block.score <= 1 for block in page.blocks)


LONG = "\n\n".join(
    f"On day {day} the council met again and voted {day} to seven for the bridge over the river."
    for day in (2, 3, 4, 5, 6)
)
SECOND = "Harbour strike enters its third week"
TAIL = ("Share this story", "Print", "Culture", "Sport", "Weather", "Contact us", "Imprint")


@pytest.mark.parametrize(
    ("between", "is_told"),
    [
        pytest.param([SECOND, "By Jon Doe"], True, id="headline-and-byline"),
        pytest.param([SECOND, "By Jon Doe", "3 March 2020"], True, id="with-date"),
        pytest.param([*TAIL, SECOND, "3 March 2020"], True, id="below-the-tail-of-the-first"),
        pytest.param([], False, id="one-story"),
        pytest.param([SECOND], False, id="subhead"),
        pytest.param(["Read also", SECOND, "3 March 2020"], False, id="box-of-a-teaser"),
    ],
)
def test_a_text_of_two_articles_keeps_both_and_says_so(between: list[str], is_told: bool) -> None:
    text = "\n\n".join(["Bridge wins the vote", "By Ana Ruiz", LONG, *between, LONG])
    page = read(text)
    assert body_of(page).count("day 6") == 2
    assert ("several_articles" in page.flags) == is_told


def test_missing_word_list_is_named() -> None:
    with pytest.raises(SetupError, match="bylines"):
        compile_structure_lexicon(
            {
                name: {}
                for name in ("widgets", "widget_runs", "sections", "dates", "datelines", "counters")
            }
        )
