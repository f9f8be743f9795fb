"""HTML to pages: cases, hostile markup, the net's laws, and the alignment of an extract."""

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.errors import SetupError
from flows.models import load_story_net
from flows.steps import render
from flows.steps.alignment import align_lines
from flows.steps.features import FEATURES, Stature, measure_lines
from flows.steps.record import Decoded, Hints, Moment, Page, Reject
from flows.steps.render import clean_line, read_sheet
from flows.steps.story_net import LEAST_RATE, choose_story, compile_story_net, rate_lines
from flows.steps.structure import assemble_body, compile_structure_lexicon, structure

ROOT = Path(__file__).resolve().parents[2]
LEXICON = compile_structure_lexicon(
    {
        path.stem: tomllib.loads(path.read_text())
        for path in (ROOT / "config/lexicon").glob("*.toml")
    }
)
CASES = json.loads((ROOT / "tests/cases/structure_html.json").read_text())
NET = load_story_net()
SURE, UNSURE = replace(NET, unsure_below=0.0), replace(NET, unsure_below=2.0)
SENTENCE = "<p>The council voted on Tuesday for a new bridge, which ends ten years of argument.</p>"
SECOND = "<p>Work on the piers is to begin in spring, the mayor said after the vote on Tuesday.</p>"
SPOKEN = ("one two three four", "five six seven", "eight nine ten eleven", "menu", "see also")
PIECES = (
    "<p>", "</p>", "<br>", "<li>", "</li>", "<ul>", "</ul>", "Word and word.", "<b>", "</b>",
    "&lt;", "&shy;", "<td>", "<tr>", "<table>", "</table>", "</div>", "<div class='a b'>",
    '<a href="x>y">', "</a>", "<!-- c -->", "<!--", "<script>", "</script>", "<svg>", "<",
    "< b", "<p title='", '<p title="', "<noscript>", "</noscript>", "<nav>", "</nav>",
    "<span hidden>", "</span>", "<div style='display:none'>", "<h1>", "<article>", "</article>",
    "<figcaption>", "<blockquote>", "\u202eright", "\u200b", "\x07", "市长辞职。", "</", "<?", "<!",
)  # fmt: skip


def read(markup: str, net=NET, **hints: str) -> Page | Reject:
    return structure(Decoded(markup, True, "utf-8", "utf8", Hints(**hints)), LEXICON, story_net=net)


def body_of(page: Page | Reject) -> str:
    assert isinstance(page, Page)
    return assemble_body(page.text, page.blocks)[0]


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
    shown["roles"] = [block.role for block in page.blocks if block.is_kept]
    assert {name: shown[name] for name in expected} == expected


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body>" + "<div>" * 60_000 + SENTENCE + "</div>" * 60_000,
        "<html><body>" + "<b><i><font>" * 20_000 + SENTENCE,
        "<p " + " ".join(f"a{n}='{n}'" for n in range(100_000)) + ">" + SENTENCE,
        "<html><body><script>" + "<p>x</p>" * 50_000 + "</script>" + SENTENCE,
        "<article>" + SENTENCE * 15_000 + "</article>",
        "<article>" + SENTENCE + "<p>" + "word " * 2_000_000 + "</p></article>",
        "<article>" + "<span>a<br>" * 100_000 + SENTENCE,
        "<svg>" * 50_000 + SENTENCE,
        "<a '" * 50_000 + SENTENCE,
        "<!--" * 50_000 + SENTENCE,
        "<p hidden>" * 20_000 + SENTENCE,
        "<span hidden>" * 100_000 + SENTENCE,
        "<a b='c=\"d>" * 100_000 + SENTENCE,
        "<ul>" + "<li>" * 50_000 + SENTENCE,
        "<" * 1_000_000 + SENTENCE,
        "< 1 " * 300_000 + SENTENCE,
        ("<meta " + "a" * 20_000 + ">") * 100 + SENTENCE,
        ("<meta " + "a=\"'" * 5_000 + ">") * 100 + SENTENCE,
    ],
    ids=["deep", "unclosed", "attributes", "script", "long", "ten_megabytes", "lines", "svg",
         "quotes", "comments", "hidden", "hidden_inline", "odd_quotes", "items",
         "open_brackets", "less_than", "long_name", "mixed_quotes"],
)  # fmt: skip
def test_hostile_markup_ends(markup: str) -> None:
    page = read(markup)
    if isinstance(page, Page):
        assert_tiles(page)
        assert "ten years" in page.text
    else:
        assert page.reason == "no_visible_text"


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body>" + "<div>" * 60_000 + SENTENCE + "</div>" * 60_000,
        "<p " + " ".join(f"a{n}='{n}'" for n in range(100_000)) + ">" + SENTENCE,
    ],
    ids=["deep", "attributes"],
)
def test_neither_depth_nor_attributes_cost_the_story(markup: str) -> None:
    assert "ten years" in body_of(read(markup))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES)), st.sampled_from([NET, SURE, None]))
def test_blocks_tile_any_markup(parts: list[str], net) -> None:
    page = read("<html><body>" + "".join(parts), net)
    assert isinstance(page, Reject) or assert_tiles(page) is None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=2))
@example(['<p title="a>one</p>', '<p title="a>b">two</p>'])
@example(["<p title='a>one</p>", "<p title='a>b'>two</p>"])
def test_a_page_is_read_the_same_whatever_was_read_before(markups: list[str]) -> None:
    alone = []
    for markup in markups:
        render._SEEN.clear()
        alone.append(read_sheet(markup))
    render._SEEN.clear()
    assert [read_sheet(markup) for markup in markups] == alone


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_a_line_is_where_its_markup_is(parts: list[str]) -> None:
    markup = "".join(parts)
    sheet = read_sheet(markup)
    assert sheet is not None
    places = [(line.start, line.end) for line in sheet.lines]
    assert places == sorted(places)
    for line in sheet.lines:
        assert 0 <= line.start < line.end <= len(markup)
        assert set(line.text) <= {" ", *clean_line(markup[line.start : line.end])}


def test_a_block_knows_its_stretch_of_the_markup() -> None:
    markup = f"<body><h1>Bridge &amp; pier</h1>{SENTENCE}<ul><li>One item</li><li>Two</li></ul>"
    page = read(markup, SURE)
    assert isinstance(page, Page)
    for block in page.blocks:
        source = re.sub("<[^>]*>", " ", markup[block.source_start : block.source_end])
        assert clean_line(source) == " ".join(page.text[block.raw_start : block.raw_end].split())


def test_the_body_is_a_function_of_the_kept_blocks() -> None:
    page = read(f"<nav>Home</nav><h1>Bridge</h1>{SENTENCE}<div>Share</div>{SECOND}", SURE)
    assert isinstance(page, Page)
    kept = [block for block in page.blocks if block.is_kept]
    assert assemble_body(page.text, kept)[0] == body_of(page)
    assert all(block.score is not None and 0 <= block.score <= 1 for block in kept)


@pytest.mark.parametrize("net", [SURE, UNSURE, None], ids=["net", "trafilatura", "no_net"])
def test_every_way_finds_the_story_and_says_its_name(net) -> None:
    page = read(
        f"<nav><a href='/'>Home</a></nav><article><h1>Bridge</h1>{SENTENCE}{SECOND}{SENTENCE}"
        f"{SECOND}</article><footer>All rights reserved</footer>",
        net,
    )
    assert isinstance(page, Page)
    assert "Work on the piers" in body_of(page)
    assert "rights" not in body_of(page)
    assert page.body_method == ("html_net" if net is SURE else "trafilatura")
    assert (page.body_confidence is None) == (net is None)


def test_the_container_wins_and_says_so() -> None:
    page = read(
        f"<title>Other</title><meta name=author content='Eva Stern'>{SENTENCE}{SECOND}",
        title="Bridge voted for",
        byline="Dana Whitlock",
        published="2024-03-12",
    )
    assert isinstance(page, Page)
    assert (page.title, page.authors) == ("Bridge voted for", ("Dana Whitlock",))
    assert {page.methods[name] for name in ("title", "authors", "published")} == {"container"}


def test_two_articles_are_kept_and_flagged() -> None:
    story = (SENTENCE + SECOND) * 5
    page = read(
        f"<main><article><h1>Bridge</h1>{story}</article>"
        f"<article><h1>Pier</h1>{story.replace('bridge', 'pier')}</article></main>",
        SURE,
    )
    assert isinstance(page, Page)
    assert "several_articles" in page.flags
    assert "new bridge" in body_of(page)
    assert "new pier" in body_of(page)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 400)), min_size=1, max_size=40))
def test_the_story_is_the_likeliest_lines(lines: list[tuple[float, int]]) -> None:
    rated, words = (np.array(column, float) for column in zip(*lines, strict=True))
    kept, confidence = choose_story(rated, words)
    assert 0 <= confidence <= 1
    assert kept.any() == (rated.max() >= LEAST_RATE)
    if kept.any() and not kept.all():
        assert LEAST_RATE <= rated[kept].min() >= rated[~kept].max()


def test_every_line_is_measured_alike_whatever_stands_on_other_pages() -> None:
    sheet = read_sheet(f"<article class='post-body'><h1>Bridge</h1>{SENTENCE}{SECOND}</article>")
    assert sheet is not None
    features = measure_lines(sheet.lines, sheet, Stature("Bridge", "", ""))
    assert features.shape == (3, len(FEATURES))
    assert np.isfinite(features).all()
    assert ((rate_lines(NET, features) >= 0) & (rate_lines(NET, features) <= 1)).all()


def test_weights_for_other_features_are_refused() -> None:
    with pytest.raises(SetupError, match="other features"):
        compile_story_net({"features": np.array(["colour"])})


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
