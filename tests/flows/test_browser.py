"""The report in a real browser, from disk, with the network off."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.lake import LakeFolder
from flows.report_pages import write_pages
from tests.flows.browser import CHROMIUM, Tab, open_tab
from tests.flows.corpus import open_corpus, open_empty

pytestmark = pytest.mark.heavy
NOW = datetime(2026, 3, 2, 7, tzinfo=UTC)
FACES = [(width, theme) for width in (1300, 390) for theme in ("light", "dark")]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium in /usr/bin: apt-get install chromium")
    with open_tab(tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    folder = LakeFolder(tmp_path_factory.mktemp("lake"))
    with open_corpus() as connection:
        write_pages(connection, folder, NOW)
    return folder


@pytest.mark.parametrize(("width", "theme"), FACES)
def test_it_opens_without_a_word_or_a_request(
    tab: Tab, lake: LakeFolder, width: int, theme: str
) -> None:
    for page in (lake.report, lake.reports / "index.html"):
        tab.open(page, width, theme)
        assert tab.complaints() == []
        assert [url for url in tab.requests() if not url.startswith(page.as_uri())] == []


@pytest.mark.parametrize(("width", "theme"), FACES)
def test_it_fits_its_window_and_can_be_read(
    tab: Tab, lake: LakeFolder, width: int, theme: str
) -> None:
    tab.open(lake.report, width, theme)
    assert tab.ask("document.documentElement.scrollWidth") <= width
    paper, ink = (tab.ask(f"getComputedStyle(document.body).{name}") for name in
                  ("backgroundColor", "color"))  # fmt: skip
    assert (brightness(paper) > brightness(ink)) == (theme == "light")
    assert abs(brightness(paper) - brightness(ink)) > 150
    assert len(tab.picture()) > 20_000


def brightness(colour: str) -> float:
    numbers = colour.removeprefix("rgb(").rstrip(")").split(",")
    return sum(float(number) for number in numbers[:3]) / 3


def test_charts_are_drawn(tab: Tab, lake: LakeFolder) -> None:
    tab.open(lake.report)
    sizes = tab.ask(
        "[...document.querySelectorAll('svg.chart')].map(chart => "
        "[...chart.querySelectorAll('.mark-line path, .mark-rect path, .mark-symbol path')]"
        ".filter(mark => mark.getBoundingClientRect().width > 0).length)"
    )
    assert len(sizes) >= 6
    assert min(sizes) > 0
    colour = "getComputedStyle(document.querySelector('svg.chart .mark-rect path')).fill"
    light = tab.ask(colour)
    tab.open(lake.report, theme="dark")
    assert tab.ask(colour) != light, "charts follow the theme"


def test_tables_sort_by_their_heads(tab: Tab, lake: LakeFolder) -> None:
    tab.open(lake.report)
    words = (
        "[...document.querySelectorAll('#by-source tbody tr')]"
        ".map(row => Number(row.cells[5].dataset.value))"
    )
    head = "document.querySelector('#by-source thead').rows[0].cells[5]"
    for order, turned in (("ascending", False), ("descending", True)):
        tab.ask(f"{head}.querySelector('button').click()")
        assert tab.ask(f"{head}.getAttribute('aria-sort')") == order
        assert tab.ask(words) == sorted(tab.ask(words), reverse=turned)
    assert len(set(tab.ask(words))) > 1


def test_tables_filter_by_what_is_typed(tab: Tab, lake: LakeFolder) -> None:
    tab.open(lake.report)
    field = "document.querySelector('[data-filters=by-source]')"
    tab.ask(f"{field}.focus(); {field}.value = 'QUAY'; {field}.dispatchEvent(new Event('input'))")
    shown = "[...document.querySelectorAll('#by-source tbody tr')].filter(row => !row.hidden)"
    assert tab.ask(f"{shown}.map(row => row.cells[0].textContent)") == ["quay"]
    assert tab.ask("document.getElementById('by-source-told').textContent") == "1 of 4 rows"


def test_links_work_from_page_to_page(tab: Tab, lake: LakeFolder) -> None:
    tab.open(lake.report)
    tab.ask("document.querySelector('nav a[href=\"#checks\"]').click()")
    assert tab.ask("location.hash") == "#checks"
    tab.ask("document.querySelector('nav a').click()")
    tab.wait_for("location.pathname.endsWith('/reports/index.html') && document.links.length > 1")
    tab.ask("document.querySelector('#runs a').click()")
    tab.wait_for("document.title.includes('run 2026') && document.readyState === 'complete'")
    tab.ask("document.querySelector('nav a').click()")
    tab.wait_for("document.title === 'Broadsheet: all runs'")


def test_it_can_be_used_by_keyboard(tab: Tab, lake: LakeFolder) -> None:
    tab.open(lake.report)
    for kind in ("keyDown", "keyUp"):
        tab.send("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab",
                 windowsVirtualKeyCode=9)  # fmt: skip
    assert tab.ask("document.activeElement.className") == "skip"
    sortable = "document.querySelector('#by-source button')"
    assert tab.ask(f"{sortable}.focus(), document.activeElement === {sortable}")
    assert tab.ask("[...document.querySelectorAll('summary, button, a, input')]"
                   ".every(part => part.tabIndex === 0)")  # fmt: skip


def test_it_prints_with_its_charts_and_without_its_controls(tab: Tab, lake: LakeFolder) -> None:
    tab.open(lake.report)
    assert len(tab.send("Page.printToPDF", printBackground=True)["data"]) > 30_000
    tab.send("Emulation.setEmulatedMedia", media="print")
    try:
        assert tab.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
        assert tab.ask("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    finally:
        tab.send("Emulation.setEmulatedMedia", media="")


def test_an_empty_lake_has_a_page_too(tab: Tab, tmp_path: Path) -> None:
    folder = LakeFolder(tmp_path)
    with open_empty() as connection:
        write_pages(connection, folder, NOW)
    tab.open(folder.report)
    assert tab.complaints() == []
    assert "Nothing has been ingested" in tab.ask("document.querySelector('.first').innerText")
