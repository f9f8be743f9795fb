"""HTML to a page: rendered lines, the story as trafilatura finds it, fields from the markup."""

from collections.abc import Sequence
from dataclasses import replace

from lxml.html import HtmlElement
from trafilatura import bare_extraction

from flows.steps.alignment import align_lines
from flows.steps.lexicon import StructureLexicon, phrase_key
from flows.steps.lines import Line, Unit, build_units
from flows.steps.metadata import Stated, read_metadata
from flows.steps.record import Decoded, Page
from flows.steps.render import DROPPED, RenderedLine, parse_html, render_lines
from flows.steps.roles import Finds, Label
from flows.steps.text import (
    Reading,
    build_blocks,
    build_page,
    label_body,
    label_outside,
    label_story,
    label_units,
)
from flows.steps.widgets import believe_runs, find_clues

COVERED_SHARE = 0.5
"""Of an extract's characters, the share that must be shown for the rendering to be right."""
MAX_SEARCHED_LINES = 20_000
"""A page of more lines is no article: the extractor would take minutes for it."""


def structure_html(decoded: Decoded, lexicon: StructureLexicon) -> Page | str:
    """Render a page, find its story and read its fields.

    Gives a page whose `text` is the rendered text, tiled by blocks; else the reason of a
    reject: `malformed_html` where nothing could be parsed, `no_visible_text` where nothing
    is shown.
    """
    if not decoded.text.strip():
        return "no_visible_text"
    tree = parse_html(decoded.text)
    if tree is None:
        return "malformed_html"
    lines = render_page(tree)
    if not lines:
        return "no_visible_text"
    stated = read_metadata(tree, decoded.hints, lexicon)
    lines, kept = find_story_lines(decoded, tree, lines)
    text, units = lay_out(lines)
    clues = find_clues(units, lexicon)
    reading = Reading(text, units, clues, believe_runs(clues), lexicon)
    finds = Finds(title=stated.title)
    labels = label_lines(reading, lines, kept, decoded, finds)
    blocks, dateline = build_blocks(reading, labels)
    silent = replace(decoded, text=text)
    return complete_page(build_page(silent, blocks, finds, lexicon), stated, finds, dateline)


def render_page(tree: HtmlElement) -> list[RenderedLine]:
    """What the page shows; where that is nothing, what it hides or says without scripts."""
    return (
        render_lines(tree)
        or render_lines(tree, shows_hidden=True)
        or render_lines(tree, DROPPED - {"noscript"}, shows_hidden=True)
    )


def find_story_lines(
    decoded: Decoded, tree: HtmlElement, lines: list[RenderedLine]
) -> tuple[list[RenderedLine], set[int]]:
    """The rendered lines and which of them the extractor keeps; none where it finds no story.

    Where most of what it keeps is hidden (until a script runs, or a reader pays), the page is
    rendered again with what it hides.
    """
    if len(lines) > MAX_SEARCHED_LINES:
        return lines, set()
    extract = extract_story(tree, decoded.hints.url)
    if extract is None:
        return lines, set()
    kept = align_lines([line.text for line in lines], extract)
    if _is_covered(lines, kept, extract):
        return lines, kept
    again = parse_html(decoded.text)
    everything = render_lines(again, shows_hidden=True) if again is not None else []
    found = align_lines([line.text for line in everything], extract)
    return (everything, found) if len(found) > len(kept) else (lines, kept)


def _is_covered(lines: Sequence[RenderedLine], kept: set[int], extract: str) -> bool:
    shown = sum(len(lines[index].text) for index in kept)
    return shown >= COVERED_SHARE * len(extract)


def lay_out(lines: Sequence[RenderedLine]) -> tuple[str, list[Unit]]:
    """Print rendered lines as a text, with a blank line where the page leaves a gap."""
    pieces: list[str] = []
    groups: list[list[Line]] = []
    position = 0
    for line in lines:
        if pieces:
            gap = "\n\n" if line.has_gap else "\n"
            pieces.append(gap)
            position += len(gap)
        end = position + len(line.text)
        groups.append([Line(position, end, line.text, line.has_gap, 0)])
        pieces.append(line.text)
        position = end
    text = "".join(pieces)
    return text, build_units(text, groups, len(text))


def extract_story(tree: HtmlElement, url: str | None) -> str | None:
    """The story by trafilatura, as text; None where it finds none. Uses up the tree."""
    try:
        found = bare_extraction(tree, url=url, include_comments=False)
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError):
        return None  # the rules for text take over where the extractor stumbles
    return (getattr(found, "text", None) or None) if found is not None else None


def label_lines(
    reading: Reading,
    lines: Sequence[RenderedLine],
    kept: set[int],
    decoded: Decoded,
    finds: Finds,
) -> list[Label]:
    """Choose the role of every line: the extractor's lines are the story, rules name the rest."""
    if not kept:
        return label_units(reading, replace(decoded.hints, title=None), finds)
    first, stop = min(kept), max(kept) + 1
    title_at = find_headline(lines, finds.title, first, stop)
    story_start = title_at + 1 if title_at is not None and title_at >= first else first
    labels = label_outside(reading, title_at, min(first, story_start), stop, finds)
    labels.update(label_story(reading, first, stop, Finds()))
    for index in range(first, stop):
        labels[index] = _label_inside(reading, lines[index], index, index in kept, labels[index])
    if title_at is not None:
        labels[title_at] = Label("title", "headline_element")
    _note_captions(reading, lines, labels, finds)
    return [labels[index] for index in range(len(lines))]


def find_headline(
    lines: Sequence[RenderedLine], title: str | None, first: int, stop: int
) -> int | None:
    """The line that shows the headline: equal to the stated title, else an h1, near the story."""
    wanted = phrase_key(title or "")
    equal = [at for at in range(stop) if wanted and phrase_key(lines[at].text) == wanted]
    heads = [at for at in range(stop) if lines[at].tag == "h1"]
    for places in (equal, heads):
        above = [at for at in places if at <= first]
        if above:
            return above[-1]
    return equal[0] if equal and equal[0] <= first + 3 else None


def complete_page(
    page: Page, stated: Stated, finds: Finds, dateline: tuple[str | None, str | None] | None
) -> Page:
    """Put stated fields first, then the container's, then what the page prints."""
    place, agency = dateline or (None, None)
    return replace(
        page,
        title=stated.title or page.title,
        subtitle=stated.subtitle or page.subtitle,
        byline_raw=stated.byline_raw or finds.byline_raw or page.byline_raw,
        authors=stated.authors or finds.authors or page.authors,
        published=stated.published or page.published or finds.published,
        modified=stated.modified or page.modified or finds.modified,
        section=stated.section or page.section,
        url=page.url or stated.url,
        language=stated.language or page.language,
        dateline_place=place,
        dateline_agency=agency,
    )


def _label_inside(
    reading: Reading, line: RenderedLine, index: int, is_kept: bool, label: Label
) -> Label:
    """A line between the first and the last of the story."""
    unit = reading.units[index]
    if not is_kept:
        if line.tag == "figcaption":
            return Label("caption", "figcaption_element")
        return Label("other", "left_by_extractor") if label.is_kept else label
    if line.tag == "li":
        return Label("list", "kept_by_extractor", True)
    if line.tag == "blockquote":
        return Label("quote", "kept_by_extractor", True)
    if line.tag in ("h2", "h3", "h4", "h5", "h6") and unit.words <= 25:
        return Label("subhead", "kept_by_extractor", True)
    return label_body(unit, "kept_by_extractor")


def _note_captions(
    reading: Reading,
    lines: Sequence[RenderedLine],
    labels: dict[int, Label],
    finds: Finds,
) -> None:
    """Captions are the figcaption elements and the lines that rules call so, in page order."""
    for index, line in enumerate(lines):
        if line.tag == "figcaption" and not labels[index].is_kept and not line.is_chrome:
            labels[index] = Label("caption", "figcaption_element")
    finds.captions = [
        reading.units[index].text
        for index in range(len(lines))
        if labels[index].role == "caption" and not lines[index].is_chrome
    ]
