import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from lxml import etree, html

from flows.reporting import build_report
from tests.flows.corpus import HOSTILE, corpus_rows, load_rows, open_corpus, open_empty

NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
CHROMIUM = Path("/usr/bin/chromium")
FETCHING = ("src", "srcset", "href", "xlink:href", "action", "data", "poster", "background")
VOID = {"meta", "br", "img", "input", "link", "hr"}


def open_hostile() -> duckdb.DuckDBPyConnection:
    """Every text column of every table says something that must not become markup."""
    rows = corpus_rows()
    for row in rows["quotes"]:
        row["speaker_name"] = f"{row['speaker_name']}<b onclick=x>"
        row["speaker_role"] = "</figcaption><script>1</script>"
        row["text"] = "</style>\"'><svg onload=alert(1)>\x00\x1b"
    for row in rows["mentions"]:
        row["surface"] = "<iframe src=https://evil.example>"
    for row in rows["checks"]:
        row |= {"observed": HOSTILE, "expected": HOSTILE, "why": HOSTILE, "subject": HOSTILE}
    for row in rows["documents"]:
        row["source"] = f"{row['source']}<script>2</script>"
    for row in rows["rejects"]:
        row |= {"message": HOSTILE, "uri": "<a href=https://evil.example>", "excerpt": HOSTILE}
    for row in rows["runs"]:
        row |= {"error": HOSTILE, "source": HOSTILE, "paths": [HOSTILE]}
    for row in rows["receipts"]:
        row["source"] = HOSTILE
    return load_rows(rows)


LAKES = {"corpus": open_corpus, "empty": open_empty, "hostile": open_hostile}


@pytest.fixture(params=LAKES)
def page(request: pytest.FixtureRequest) -> str:
    with LAKES[request.param]() as connection:
        return build_report(connection, NOW)


def test_every_tag_that_opens_closes(page: str) -> None:
    tags = re.sub(r"<!DOCTYPE html>|<style>.*?</style>", "", page, flags=re.DOTALL)
    tags = re.sub(r"<(meta)([^>]*)>|<(br)>", r"<\1\3\2/>", tags)
    etree.fromstring(tags.replace("<details open>", '<details open="">'))


def test_nothing_is_fetched(page: str) -> None:
    tree = html.document_fromstring(page)
    for element in tree.iter():
        assert not set(FETCHING) & set(element.attrib), element.tag
        assert element.tag not in ("script", "link", "img", "iframe", "object", "base", "form")
        assert not [name for name in element.attrib if name.startswith("on")]
    (style,) = tree.iter("style")
    assert "url(" not in style.text_content()
    assert "@import" not in style.text_content()


def test_charts_have_a_role_and_a_title_or_are_hidden(page: str) -> None:
    for drawing in html.document_fromstring(page).iter("svg"):
        is_hidden = drawing.get("aria-hidden") == "true"
        assert is_hidden or (drawing.get("role") == "img" and drawing.find("title").text)


def test_tables_have_captions_and_scoped_heads(page: str) -> None:
    for table in html.document_fromstring(page).iter("table"):
        assert table.find("caption").text
        assert all(head.get("scope") for head in table.iter("th"))


def test_no_character_that_html_forbids(page: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", page)


def test_hostile_text_is_shown_as_text() -> None:
    page = build_report(open_hostile(), NOW)
    assert "<script" not in page
    assert HOSTILE in html.document_fromstring(page).text_content()


def test_the_figures_are_those_of_the_lake() -> None:
    page = build_report(open_corpus(), NOW)
    text = " ".join(html.document_fromstring(page).text_content().split())
    for expected in (
        "Succeeded: 10 of 17 records landed, 3 rejected, 4 known from before, in 1 min 36 s",
        "2 passed, 1 failed",
        "Dora Whitlock, harbour master",
        "dumps/harbour.jsonl, record 9,000, bytes 900,000–900,064",
        "Articles by month from Nov 2025 to Feb 2026",
        "The checks could not be written: the disk is full.",
    ):
        assert expected in text


def test_the_same_lake_gives_the_same_page() -> None:
    assert build_report(open_corpus(), NOW) == build_report(open_corpus(), NOW)


def test_an_empty_lake_says_so() -> None:
    assert "Nothing has been ingested into this lake yet." in build_report(open_empty(), NOW)


def test_dates_far_apart_still_make_a_small_chart() -> None:
    rows = corpus_rows()
    rows["articles"][2]["published_at"] = datetime(1805, 10, 21, tzinfo=UTC)
    page = build_report(load_rows(rows), NOW)
    assert "Publication by year" in page
    assert page.count("<rect") < 500


def test_a_thousand_articles_weigh_less_than_half_a_megabyte() -> None:
    assert len(build_report(open_corpus(1000), NOW).encode()) < 500_000


@pytest.mark.heavy
@pytest.mark.parametrize("width", [390, 1400])
def test_a_browser_renders_it(tmp_path: Path, width: int) -> None:
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium in /usr/bin")
    page, shot = tmp_path / "report.html", tmp_path / "shot.png"
    page.write_text(build_report(open_corpus(), NOW), encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    folder = f"--user-data-dir={tmp_path / 'profile'}"
    size = f"--window-size={width},1200"
    command = [str(CHROMIUM), *options, folder, size, f"--screenshot={shot}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert shot.stat().st_size > 10_000
