"""HTML to a page: rendered lines, the story as a net finds it, fields from the markup.

A cascade: the net rates the lines of every page; where it is not sure of the page, trafilatura
is asked; where neither finds a story, a rule takes the prose.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from flows.steps.alignment import align_lines
from flows.steps.bylines import read_names
from flows.steps.dates import read_moment
from flows.steps.features import Stature, measure_lines
from flows.steps.html_roles import Ledger, build_ledger
from flows.steps.lexicon import StructureLexicon
from flows.steps.lines import ends_sentence
from flows.steps.markup import HINT_BITS
from flows.steps.metadata import Stated, read_metadata
from flows.steps.record import Decoded, Page
from flows.steps.render import Line, Sheet, read_sheet
from flows.steps.search import MAX_SEARCHED_CHARS, find_date_by_search, find_story_by_search
from flows.steps.story_net import StoryNet, choose_story, rate_lines

COVERED_SHARE = 0.5
"""Of the prose of a page, the share that must be shown for its hidden lines to stay out."""
MAX_RATED_LINES = 20_000
"""A page of more lines is no article."""
MAX_SEARCHED_LINES = 5_000
"""Trafilatura takes minutes for more."""
LIKELY, POSSIBLE = 0.5, 0.15
"""A story has a line that is likely of it; a line below the second probability is none of it."""
PROSE_WORDS = 10
ARTICLE_WORDS = 60
"""Words that each of two articles on a page must have to be told as two."""

_NOSCRIPT = re.compile(r"</?noscript[^>]{0,200}>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Story:
    """Which lines are the story, what chose them, how sure it is, and the net's ratings."""

    kept: frozenset[int]
    method: str
    confidence: float | None
    rated: Mapping[int, float]


def structure_html(
    decoded: Decoded, lexicon: StructureLexicon, net: StoryNet | None = None
) -> Page | str:
    """Render a page, find its story and read its fields.

    Gives a page whose `text` is the rendered text, tiled by blocks; else the reason of a
    reject: `malformed_html` where the markup is too long, `no_visible_text` where nothing is
    shown. Without a net trafilatura and rules decide alone.
    """
    sheet = read_sheet(decoded.text)
    if sheet is None:
        return "malformed_html"
    lines = shown_lines(sheet)
    if not lines:
        sheet = read_sheet(_NOSCRIPT.sub(_blank, decoded.text)) or sheet
        lines = shown_lines(sheet)
    if not lines:
        return "no_visible_text"
    stated = read_metadata(sheet, decoded.text, decoded.hints.url, lexicon)
    story = find_story(lines, sheet, stated, decoded, net)
    title = decoded.hints.title or stated.title
    ledger = build_ledger(
        lines, sheet, story.kept, story.rated, story.method, title, stated, lexicon
    )
    page = compose_page(decoded, stated, story, ledger, lexicon)
    if has_several_articles(lines, sheet, story.kept):
        page = replace(page, flags=("several_articles",))
    return page


def shown_lines(sheet: Sheet) -> list[Line]:
    """What the page shows; with what it hides where most of its prose is hidden.

    Such a page waits for its script, or for a reader who pays.
    """
    shown = [line for line in sheet.lines if not line.is_hidden]
    if len(shown) == len(sheet.lines):
        return shown
    prose = {True: 0, False: 0}
    for line in sheet.lines:
        if len(line.text) > 60 and 2 * line.linked < len(line.text):
            prose[line.is_hidden] += len(line.text)
    covered = COVERED_SHARE * (prose[True] + prose[False])
    return shown if shown and prose[False] >= covered else sheet.lines


def find_story(
    lines: Sequence[Line], sheet: Sheet, stated: Stated, decoded: Decoded, net: StoryNet | None
) -> Story:
    """Choose the lines of the story: by the net, by trafilatura where the net is not sure."""
    rated, kept, confidence = _rate(lines, sheet, stated, net)
    is_sure = net is not None and confidence is not None and confidence >= net.unsure_below
    if kept and is_sure:
        return Story(kept, "html_net", confidence, rated)
    if len(lines) <= MAX_SEARCHED_LINES and len(decoded.text) <= MAX_SEARCHED_CHARS:
        extract = find_story_by_search(decoded.text, decoded.hints.url)
        found = frozenset(align_lines([line.text for line in lines], extract)) if extract else None
        if found:
            return Story(found, "trafilatura", confidence, rated)
    if kept:
        return Story(kept, "html_net", confidence, rated)
    return Story(_prose_lines(lines), "rules", confidence, rated)


def _rate(
    lines: Sequence[Line], sheet: Sheet, stated: Stated, net: StoryNet | None
) -> tuple[dict[int, float], frozenset[int], float | None]:
    """Ratings by line, the lines to keep, and how sure the net is of them."""
    asked = [index for index, line in enumerate(lines) if not line.is_chrome]
    if net is None or not asked or len(asked) > MAX_RATED_LINES:
        return {}, frozenset(), None
    candidates = [lines[index] for index in asked]
    told = Stature(_share_title(sheet), stated.description or "", stated.body)
    rated = rate_lines(net, measure_lines(candidates, sheet, told))
    chosen, confidence = choose_story(rated, weigh_lines(candidates))
    chosen &= (rated >= POSSIBLE) & ~_stands_in_comments(candidates, chosen)
    ratings = {index: round(float(rate), 4) for index, rate in zip(asked, rated, strict=True)}
    if rated.max() < LIKELY:
        return ratings, frozenset(), confidence
    return ratings, frozenset(asked[at] for at in np.flatnonzero(chosen)), confidence


def _stands_in_comments(
    lines: Sequence[Line], chosen: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    """Lines in elements named after comments, where most of what was chosen stands outside.

    Readers write as reporters do; a class on the whole page says nothing.
    """
    inside = np.array([bool(line.frame.hints & HINT_BITS["comment"]) for line in lines])
    words = weigh_lines(lines) * chosen
    return inside & bool(words[inside].sum() <= 0.5 * words.sum())


def weigh_lines(lines: Sequence[Line]) -> npt.NDArray[np.float64]:
    """Words of every line; where scripts set no spaces, six characters count as one."""
    return np.array([max(line.text.count(" ") + 1.0, len(line.text) / 6) for line in lines])


def _share_title(sheet: Sheet) -> str:
    return (sheet.meta.get("og:title") or [""])[0]


def _prose_lines(lines: Sequence[Line]) -> frozenset[int]:
    """The last resort: lines of ten words that end as a sentence, outside menus and links."""
    return frozenset(
        index
        for index, line in enumerate(lines)
        if not line.is_chrome
        and line.text.count(" ") + 1 >= PROSE_WORDS
        and 2 * line.linked < len(line.text)
        and ends_sentence(line.text)
    )


def has_several_articles(lines: Sequence[Line], sheet: Sheet, kept: frozenset[int]) -> bool:
    """Whether the story stands in two or more `<article>` elements side by side."""
    words: dict[int, int] = {}
    for index in kept:
        root = sheet.article_of(lines[index].frame.container)
        if root is not None:
            words[root] = words.get(root, 0) + lines[index].text.count(" ") + 1
    return sum(count >= ARTICLE_WORDS for count in words.values()) > 1


def compose_page(
    decoded: Decoded, stated: Stated, story: Story, ledger: Ledger, lexicon: StructureLexicon
) -> Page:
    """Put the fields together: what the container states, then the markup, then the text."""
    fields, methods = choose_fields(decoded, stated, ledger, lexicon)
    finds = ledger.finds
    place, agency = ledger.dateline or (None, None)
    return Page(
        text=ledger.text,
        blocks=ledger.blocks,
        **fields,
        dateline_place=place,
        dateline_agency=agency,
        captions=tuple(finds.captions),
        comment_count=finds.counts.get("comments"),
        view_count=finds.counts.get("views"),
        share_count=finds.counts.get("shares"),
        stated_minutes=finds.counts.get("reading"),
        body_method=story.method,
        body_confidence=story.confidence,
        methods=methods,
    )


def choose_fields(
    decoded: Decoded, stated: Stated, ledger: Ledger, lexicon: StructureLexicon
) -> tuple[dict[str, Any], dict[str, str]]:
    """Fields of the page and where each was read: the first source that has it wins."""
    hints, finds = decoded.hints, ledger.finds
    names = read_names(hints.byline, lexicon) if hints.byline else ()
    published = read_moment(hints.published, "container", lexicon) or stated.published
    modified = read_moment(hints.modified, "container", lexicon)
    known: dict[str, Any] = {
        "title": _squash(hints.title),
        "subtitle": _squash(hints.subtitle),
        "byline_raw": _squash(hints.byline),
        "authors": names,
        "modified": modified,
        "section": _squash(hints.section),
        "url": hints.url,
    }
    printed = {
        "title": finds.title,
        "byline_raw": finds.byline_raw,
        "authors": finds.authors,
        "modified": finds.modified,
        "language": hints.language,
    }
    chosen: dict[str, Any] = {"authors": ()}
    methods: dict[str, str] = {}
    if ledger.subtitle and not known["subtitle"]:
        chosen["subtitle"], methods["subtitle"] = ledger.subtitle, "standfirst_element"
    for name in (*known, "language"):
        for value, method in (
            (known.get(name), "container"),
            (getattr(stated, name), stated.methods.get(name, "markup")),
            (printed.get(name), "container" if name == "language" else "printed_line"),
        ):
            if value and not chosen.get(name):
                chosen[name], methods[name] = value, method
    chosen["published"] = published or finds.published or find_date_by_search(decoded, lexicon)
    if chosen["published"]:
        methods["published"] = chosen["published"].method
    return chosen, methods


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _squash(text: str | None) -> str | None:
    return (" ".join(text.split()) or None) if text else None
