"""Plain text to a page: the headline, what stands around the story, and the story."""

from collections.abc import Sequence
from dataclasses import replace

from flows.steps.around import Reading, label_body, label_outside, match_title
from flows.steps.body import measure_units
from flows.steps.bylines import read_dateline, read_names
from flows.steps.dates import read_moment
from flows.steps.letters import read_letters
from flows.steps.lexicon import StructureLexicon
from flows.steps.line_net import LineNet, score_lines
from flows.steps.lines import Unit, read_units
from flows.steps.record import Block, Decoded, Hints, Page
from flows.steps.roles import Finds, Label
from flows.steps.ruled import label_bare_story, label_story, label_units
from flows.steps.several import has_several_articles
from flows.steps.story import body_confidence, label_scored
from flows.steps.widgets import believe_runs, find_clues

LEAST_AFTER_DATELINE = 4
"""A place before a dash is a dateline where so many words of the story follow it: "LONDON
SEEDS - APR 7" heads a table."""

# Hundreds are made a page; in order and without names, in three quarters of the time.
_make_block = Block._make

__all__ = [
    "Reading",
    "build_blocks",
    "build_page",
    "label_body",
    "label_outside",
    "label_story",
    "label_units",
    "structure_text",
]


def structure_text(
    decoded: Decoded, lexicon: StructureLexicon, line_net: LineNet | None = None
) -> Page:
    """Give every line of a text dump its role and read the fields that it prints.

    Blocks tile the text. What the container states wins over what the text prints. Without a
    net, and for texts longer than any article, rules choose the story.
    """
    units = read_units(decoded.text)
    letters = read_letters([unit.text for unit in units])
    clues = find_clues(units, lexicon, letters)
    reading = Reading(
        decoded.text, units, clues, believe_runs(clues), lexicon, measure_units(units), letters
    )
    finds = Finds(title=decoded.hints.title)
    labels, method, confidence = choose_labels(reading, decoded.hints, finds, line_net)
    blocks, dateline = build_blocks(reading, labels)
    return build_page(
        decoded,
        blocks,
        finds,
        lexicon,
        dateline or _hinted_dateline(decoded.hints, lexicon),
        (method, confidence),
        ("several_articles",) if has_several_articles(reading, labels) else (),
    )


def choose_labels(
    reading: Reading, hints: Hints, finds: Finds, line_net: LineNet | None
) -> tuple[list[Label], str, float | None]:
    """The role of every unit, what chose the story, and how sure it is."""
    if is_bare_story(reading, hints):
        return label_bare_story(reading, finds), "story_of_a_record", None
    scores = None
    if line_net is not None and reading.letters is not None:
        scores = score_lines(
            reading.letters,
            reading.units,
            reading.clues,
            reading.believed,
            reading.measures,
            line_net,
        )
    judged = replace(reading, scores=scores)
    labels = label_scored(judged, scores, hints, finds) if scores is not None else None
    if scores is None or labels is None:
        return label_units(reading, hints, finds), "rules", None
    return labels, "line_net", body_confidence(reading, labels, scores)


def is_bare_story(reading: Reading, hints: Hints) -> bool:
    """A record whose container has the headline and whose text has neither it nor widgets."""
    if not hints.title or any(reading.believed):
        return False
    return match_title(reading.units, hints.title) is None


def build_blocks(
    reading: Reading, labels: Sequence[Label]
) -> tuple[tuple[Block, ...], tuple[str | None, str | None] | None]:
    """Turn labelled units into blocks that tile the text; a dateline becomes its own block."""
    blocks: list[Block] = []
    dateline = None
    is_first = True
    for unit, label in zip(reading.units, labels, strict=True):
        start = unit.start
        if label.is_kept and is_first:
            is_first = False
            cut = _cut_dateline(reading, unit)
            if cut is not None:
                place, agency, at = cut
                blocks.append(Block("dateline", start, at, "place_and_dash"))
                dateline, start = (place, agency), at
        blocks.append(
            _make_block(
                (label.role, start, unit.end, label.method, label.is_kept, label.score, None, None)
            )
        )
    if not blocks and reading.text:
        blocks.append(Block("other", 0, len(reading.text), "white_space"))
    return tuple(blocks), dateline


def build_page(
    decoded: Decoded,
    blocks: tuple[Block, ...],
    finds: Finds,
    lexicon: StructureLexicon,
    dateline: tuple[str | None, str | None],
    choice: tuple[str, float | None],
    flags: tuple[str, ...],
) -> Page:
    """Put the fields together; for text what the container states wins."""
    hints = decoded.hints
    names = read_names(hints.byline, lexicon) if hints.byline else ()
    return Page(
        text=decoded.text,
        blocks=blocks,
        title=_squash(hints.title) or finds.title,
        subtitle=_squash(hints.subtitle) or finds.subtitle,
        byline_raw=_squash(hints.byline) or finds.byline_raw,
        authors=names or finds.authors,
        published=read_moment(hints.published, "container", lexicon) or finds.published,
        modified=read_moment(hints.modified, "container", lexicon) or finds.modified,
        url=hints.url,
        section=_squash(hints.section) or finds.section,
        language=hints.language,
        dateline_place=dateline[0],
        dateline_agency=dateline[1],
        captions=tuple(finds.captions),
        comment_count=finds.counts.get("comments"),
        view_count=finds.counts.get("views"),
        share_count=finds.counts.get("shares"),
        stated_minutes=finds.counts.get("reading"),
        flags=flags,
        body_method=choice[0],
        body_confidence=choice[1],
    )


def _cut_dateline(reading: Reading, unit: Unit) -> tuple[str | None, str | None, int] | None:
    """Where the dateline of the first paragraph ends in the text."""
    start = (
        unit.start
        + len(reading.text[unit.start : unit.end])
        - len(reading.text[unit.start : unit.end].lstrip())
    )
    found = read_dateline(reading.text[start : unit.end], reading.lexicon)
    if found is None or start + found.end >= unit.end:
        return None
    # Scripts without spaces have their whole story in one word.
    rest = reading.text[start + found.end : unit.end]
    if len(rest.split(None, LEAST_AFTER_DATELINE)) < LEAST_AFTER_DATELINE and rest.isascii():
        return None
    return found.place, found.agency, start + found.end


def _hinted_dateline(hints: Hints, lexicon: StructureLexicon) -> tuple[str | None, str | None]:
    """Place and agency of a dateline that the container holds."""
    if not hints.dateline:
        return None, None
    found = read_dateline(hints.dateline.strip() + " ", lexicon)
    if found is not None:
        return found.place, found.agency
    place = hints.dateline.split(",")[0].strip(" -–—")
    return place or None, None


def _squash(text: str | None) -> str | None:
    return (" ".join(text.split()) or None) if text else None
