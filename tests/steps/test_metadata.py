"""Dates and bylines as printed, and the fields that a page states."""

import json
import tomllib
from pathlib import Path

import pytest

from flows.steps.bylines import read_byline
from flows.steps.dates import Stamp, read_stamp
from flows.steps.metadata import read_metadata
from flows.steps.render import read_sheet
from flows.steps.structure import compile_structure_lexicon

ROOT = Path(__file__).resolve().parents[2]
LEXICON = compile_structure_lexicon(
    {
        path.stem: tomllib.loads(path.read_text())
        for path in (ROOT / "config/lexicon").glob("*.toml")
    }
)
CASES = json.loads((ROOT / "tests/cases/dates_and_bylines.json").read_text())


def written(stamp: Stamp) -> str:
    zone = "" if stamp.utc_offset is None else f" {stamp.utc_offset:+d}"
    return f"{stamp.at.isoformat()} {stamp.precision}{zone}"


@pytest.mark.parametrize("case", CASES, ids=[case["label"] for case in CASES])
def test_case(case: dict) -> None:
    if "stamp" in case["input"]:
        stamp = read_stamp(case["input"]["stamp"], LEXICON)
        assert (stamp and written(stamp)) == case["expected"]
    else:
        names = read_byline(case["input"]["byline"], LEXICON)
        assert (names and list(names)) == case["expected"]


def stated(head: str, body: str = "<p>Text.</p>"):
    markup = f"<html><head>{head}</head><body>{body}</body></html>"
    return read_metadata(read_sheet(markup), markup, "https://quay.example/1", LEXICON)


def test_linked_data_wins_over_meta_tags() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "author": "Dana Whitlock"}'
        '</script><meta name="author" content="The Quay Desk">'
    )
    assert stated(head).authors == ("Dana Whitlock",)


def test_the_title_for_sharing_wins_over_the_one_for_searching() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Pier 2024"}'
        '</script><meta property="og:title" content="Pier opens">'
    )
    assert stated(head).title == "Pier opens"


@pytest.mark.parametrize(
    "title",
    ["Pier opens | Quay and more", "The Harbour Blog » Pier opens", "News - Pier opens - Blog"],
)
def test_the_part_of_a_title_that_a_heading_shows_is_the_headline(title: str) -> None:
    body = "<h1>The Harbour Blog</h1><h2>Pier opens</h2><p>Text.</p>"
    assert stated(f"<title>{title}</title>", body).title == "Pier opens"


def test_an_author_may_be_a_reference_into_the_graph() -> None:
    head = (
        '<script type="application/ld+json">{"@graph": [{"@type": "Article", "author": '
        '{"@id": "#p"}}, {"@type": "Person", "@id": "#p", "name": "Dana Whitlock"}]}</script>'
    )
    assert stated(head).authors == ("Dana Whitlock",)


@pytest.mark.parametrize(
    ("body", "printed"),
    [
        ('<time datetime="2024-03-12T10:30Z">today</time>', "2024-03-12T10:30:00+00:00"),
        ('<time class="updated" datetime="2024-03-14">x</time>'
         '<time class="published" datetime="2024-03-12">x</time>', "2024-03-12T00:00:00+00:00"),
        ('<span class="entry-date">12 March 2024</span>', "2024-03-12T00:00:00+00:00"),
    ],
)  # fmt: skip
def test_an_element_gives_the_time(body: str, printed: str) -> None:
    found = stated("", body).published
    assert found is not None
    assert (found.at.isoformat(), found.method) == (printed, "time_element")


def test_an_address_may_hold_the_day() -> None:
    found = stated('<link rel="canonical" href="https://quay.example/2024/03/12/pier">').published
    assert found is not None
    assert (found.at.date().isoformat(), found.precision) == ("2024-03-12", "day")
    assert found.method == "address"
    assert (
        stated('<link rel="canonical" href="https://quay.example/2024/13/45/x">').published is None
    )


@pytest.mark.parametrize(
    "body",
    [
        '<p class="byline">By <a href="/d">Dana Whitlock</a></p>',
        '<a rel="author" href="/d">Dana <b>Whitlock</b></a>',
        '<div class="comment-author">Somebody Else</div><span itemprop="author">Dana Whitlock',
    ],
)
def test_an_element_gives_the_author(body: str) -> None:
    assert stated("", body).authors == ("Dana Whitlock",)


def test_broken_linked_data_is_passed_over() -> None:
    head = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": </script>'
        '<script type="application/ld+json">' + "[" * 100_000 + "</script>"
        '<meta property="og:title" content="Pier opens">'
    )
    assert stated(head).title == "Pier opens"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ('<meta property="og:title" content="Pier opens | The Quay">'
         '<meta property="og:site_name" content="The Quay">', "Pier opens"),
        ('<meta property="og:title" content="Pier opens - Quay">', "Pier opens"),
        ('<meta property="og:title" content="Pier opens - at last">', "Pier opens - at last"),
        ("<title>Pier &amp; quay open</title>", "Pier & quay open"),
    ],
)  # fmt: skip
def test_the_site_is_cut_from_the_title(head: str, title: str) -> None:
    assert stated(head).title == title


def test_meta_tags_give_author_dates_and_section() -> None:
    found = stated(
        '<meta name="author" content="Dana Whitlock">'
        '<meta property="article:section" content="City">'
        '<meta property="article:published_time" content="2024-03-12T10:30:00Z">'
    )
    assert (found.authors, found.section) == (("Dana Whitlock",), "City")
    assert found.published is not None
    assert (found.published.precision, found.published.method) == ("second", "meta")


def test_an_address_is_no_author() -> None:
    assert (
        stated('<meta property="article:author" content="https://social.example/dana">').authors
        == ()
    )
