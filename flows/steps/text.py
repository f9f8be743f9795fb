"""Plain text to a page: the headline, what stands around the story, and the story."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flows.steps.body import choose_span, is_paragraph, keep_short
from flows.steps.bylines import read_dateline, read_names
from flows.steps.dates import read_moment
from flows.steps.lexicon import StructureLexicon, phrase_key
from flows.steps.lines import Unit, read_units
from flows.steps.record import Block, Decoded, Hints, Page
from flows.steps.roles import Finds, Label, is_credit, label_front, read_counter, take_bare_counters
from flows.steps.widgets import Clue, believe_runs, find_clues

FRONT_UNITS = 30
"""A headline stands at most this many lines above the story."""
MAX_TITLE_WORDS = 32
CLEAN_SHARE = 0.4
"""A text without widgets whose words are to this share paragraphs is a story and nothing else."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One text with what its lines say: the input of every rule."""

    text: str
    units: Sequence[Unit]
    clues: Sequence[Clue | None]
    believed: Sequence[bool]
    lexicon: StructureLexicon


def structure_text(decoded: Decoded, lexicon: StructureLexicon) -> Page:
    """Give every line of a text dump its role and read the fields that it prints.

    Blocks tile the text. What the container states wins over what the text prints.
    """
    units = read_units(decoded.text)
    clues = find_clues(units, lexicon)
    reading = Reading(decoded.text, units, clues, believe_runs(clues), lexicon)
    finds = Finds(title=decoded.hints.title)
    labels = label_units(reading, decoded.hints, finds)
    blocks, dateline = build_blocks(reading, labels)
    page = build_page(decoded, blocks, finds, lexicon)
    place, agency = dateline or _hinted_dateline(decoded.hints, lexicon)
    return _with_dateline(page, place, agency)


def label_units(reading: Reading, hints: Hints, finds: Finds) -> list[Label]:
    """Choose the role of every unit: title, front matter, story, and what follows it."""
    units = reading.units
    title_at = match_title(units, hints.title)
    if hints.title and title_at is None and not any(reading.believed):
        return label_bare_story(reading, finds)
    first, stop = story_span(reading, title_at)
    if title_at is None and hints.title is None:
        title_at = find_title(reading, first)
        finds.title = units[title_at].text if title_at is not None else None
    elif title_at is not None:
        first = max(first, title_at + 1)
        stop = max(first, stop)
    labels = label_outside(reading, title_at, first, stop, finds)
    labels.update(label_story(reading, first, stop, finds))
    if title_at is not None:
        labels[title_at] = Label("title", "hinted_title" if hints.title else "heading_above_story")
    return [labels[index] for index in range(len(units))]


def label_bare_story(reading: Reading, finds: Finds) -> list[Label]:
    """A record whose container holds the headline and whose text is the story: all is body."""
    return [label_body(unit, "story_of_a_record") for unit in reading.units]


def story_span(reading: Reading, title_at: int | None) -> tuple[int, int]:
    """First unit of the story and the unit after its last; an empty span where there is none."""
    units, clues = reading.units, reading.clues
    span = choose_span(units, clues)
    if span is None:
        return _small_story(reading, title_at)
    first = _first_sentence(reading, _first_paragraph(units, span), title_at)
    return first, len(units) if _is_clean(reading) else span[1]


def find_title(reading: Reading, first: int) -> int | None:
    """The headline above the story: the most heading-like of the lines before it.

    In a dump that starts with its headline that is the first line; below menus it is the
    nearest line of headline length.
    """
    units = reading.units
    candidates = [
        index
        for index in range(max(0, first - FRONT_UNITS), first)
        if is_heading(units[index])
        and reading.clues[index] is None
        and not _is_front(reading, index)
    ]
    if not candidates:
        return None
    if candidates[0] <= 2 and first <= 10:
        return candidates[0]
    counts: dict[str, int] = {}
    for unit in units:
        counts[unit.text] = counts.get(unit.text, 0) + 1
    return max(candidates, key=lambda index: _title_score(units[index], counts, first - index))


def is_heading(unit: Unit) -> bool:
    """Heading-like: short, not a bare number, not ending as a sentence of prose does."""
    if unit.words > MAX_TITLE_WORDS or len(unit.text) > 300 or unit.is_bulleted:
        return False
    return unit.text.upper() != unit.text.lower() or unit.words > 3 or not unit.text.isascii()


def match_title(units: Sequence[Unit], title: str | None) -> int | None:
    """The line that prints the container's title; the last one above the story wins."""
    wanted = phrase_key(title) if title else ""
    if not wanted:
        return None
    limit = len(title or "") * 2 + 40
    for index, unit in enumerate(units):
        if len(unit.text) <= limit and phrase_key(unit.text) == wanted:
            return index
    return None


def label_outside(
    reading: Reading, title_at: int | None, first: int, stop: int, finds: Finds
) -> dict[int, Label]:
    """Label the lines before and after the story."""
    front_start = title_at + 1 if title_at is not None else max(0, first - FRONT_UNITS)
    labels = {index: label_above(reading, index) for index in range(min(front_start, first))}
    front = range(min(front_start, first), first)
    labels.update(label_front_matter(reading, list(front), finds))
    labels.update(label_tail(reading, stop, finds))
    return labels


def label_above(reading: Reading, index: int) -> Label:
    """A line above the headline: a widget by its words, else navigation."""
    clue = reading.clues[index]
    if clue is not None:
        return Label(clue.role, "widget_words")
    return Label("navigation", "above_title")


def label_front_matter(reading: Reading, indexes: list[int], finds: Finds) -> dict[int, Label]:
    """Label the lines between headline and story: counters, date, byline, caption."""
    units, lexicon = reading.units, reading.lexicon
    labels = take_bare_counters(units, indexes, finds)
    for index in indexes:
        if index in labels:
            continue
        unit, clue = units[index], reading.clues[index]
        label = label_front(unit, lexicon, finds)
        if label is None and clue is not None:
            label = Label(clue.role, "widget_words")
        if label is None:
            label = _caption_or_other(unit)
        labels[index] = label
        if label.role == "caption":
            finds.captions.append(unit.text)
    return labels


def label_tail(reading: Reading, stop: int, finds: Finds) -> dict[int, Label]:
    """Label the lines after the story: widgets by their words, then what those announce.

    Prose below a comment heading is comments, lines below a teaser heading are teasers.
    """
    labels: dict[int, Label] = {}
    announced = Label("other", "after_story")
    for index in range(stop, len(reading.units)):
        clue, unit = reading.clues[index], reading.units[index]
        counter = read_counter(unit.text, reading.lexicon) if unit.words <= 4 else None
        if counter is not None:
            finds.counts.setdefault(*counter)
        if clue is not None:
            labels[index] = Label(clue.role, "widget_words")
            announced = _announced_by(clue, announced)
        elif counter is not None:
            labels[index] = Label("counter", "number_and_noun")
        elif finds.published is None and unit.words <= 12:
            labels[index] = label_front(unit, reading.lexicon, finds) or announced
        else:
            labels[index] = announced
    return labels


def label_story(reading: Reading, first: int, stop: int, finds: Finds) -> dict[int, Label]:
    """Label the lines of the story: body, or what stands between its paragraphs."""
    units, lexicon = reading.units, reading.lexicon
    labels: dict[int, Label] = {}
    for index in range(first, stop):
        unit, clue = units[index], reading.clues[index]
        if reading.believed[index] and clue is not None:
            labels[index] = Label(clue.role, "widget_run")
        elif is_paragraph(unit):
            continue
        elif not unit.is_closed and is_credit(unit, lexicon):
            labels[index] = Label("caption", "credit_words")
            finds.captions.append(unit.text)
    indexes = [index for index in range(first, stop) if index not in labels]
    kept = set(indexes) if _is_clean(reading) else keep_short(units, indexes)
    for index in indexes:
        if index in kept:
            labels[index] = label_body(units[index], "story_span")
        else:
            labels[index] = label_front(units[index], lexicon, Finds()) or _between(reading, index)
    return labels


def label_body(unit: Unit, method: str) -> Label:
    """The body role of a unit by its shape: list item, paragraph or subhead."""
    if unit.is_bulleted and unit.words < 60:
        return Label("list", method, True)
    if is_paragraph(unit) or unit.is_closed or unit.words > 15:
        return Label("paragraph", method, True)
    return Label("subhead", method, True)


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
        blocks.append(Block(label.role, start, unit.end, label.method, label.is_kept))
    if not blocks and reading.text:
        blocks.append(Block("other", 0, len(reading.text), "white_space"))
    return tuple(blocks), dateline


def build_page(
    decoded: Decoded, blocks: tuple[Block, ...], finds: Finds, lexicon: StructureLexicon
) -> Page:
    """Put the fields together; for text what the container states wins."""
    hints = decoded.hints
    names = read_names(hints.byline, lexicon) if hints.byline else ()
    return Page(
        text=decoded.text,
        blocks=blocks,
        title=_squash(hints.title) or finds.title,
        subtitle=_squash(hints.subtitle),
        byline_raw=_squash(hints.byline) or finds.byline_raw,
        authors=names or finds.authors,
        published=read_moment(hints.published, "container", lexicon) or finds.published,
        modified=read_moment(hints.modified, "container", lexicon) or finds.modified,
        url=hints.url,
        section=_squash(hints.section),
        language=hints.language,
        captions=tuple(finds.captions),
        comment_count=finds.counts.get("comments"),
        view_count=finds.counts.get("views"),
        share_count=finds.counts.get("shares"),
    )


def _is_clean(reading: Reading) -> bool:
    """No widget wording anywhere, and mostly paragraphs: nothing stands around the story."""
    if any(clue is not None for clue in reading.clues):
        return False
    prose = sum(unit.words for unit in reading.units if is_paragraph(unit))
    return prose >= CLEAN_SHARE * sum(unit.words for unit in reading.units)


def _first_paragraph(units: Sequence[Unit], span: tuple[int, int]) -> int:
    return next((at for at in range(*span) if is_paragraph(units[at])), span[0])


def _first_sentence(reading: Reading, first: int, title_at: int | None) -> int:
    """Short whole sentences right above the first paragraph belong to the story: its lead."""
    floor = title_at + 1 if title_at is not None else 1
    while first > floor and _is_lead(reading, first - 1):
        first -= 1
    return first


def _is_lead(reading: Reading, index: int) -> bool:
    unit = reading.units[index]
    is_sentence = unit.is_closed and unit.sentences > 0 and unit.words >= 3
    return is_sentence and reading.clues[index] is None and not _is_front(reading, index)


def _small_story(reading: Reading, title_at: int | None) -> tuple[int, int]:
    """A text without a paragraph: sentences below the title are the story, else nothing is."""
    after = title_at + 1 if title_at is not None else 1
    closed = [
        index
        for index in range(after, len(reading.units))
        if reading.clues[index] is None and reading.units[index].is_closed
    ]
    if not closed:
        return len(reading.units), len(reading.units)
    return closed[0], closed[-1] + 1


def _is_front(reading: Reading, index: int) -> bool:
    return label_front(reading.units[index], reading.lexicon, Finds()) is not None


def _title_score(unit: Unit, counts: dict[str, int], distance: int) -> float:
    """Headlines have five to twenty words, are repeated on the page, and stand near the story."""
    length = 3.0 if 5 <= unit.words <= 20 else 1.0 if unit.words >= 3 else -2.0
    shape = -1.0 if unit.is_closed and unit.text[-1:] == "." else 0.0
    repeated = 1.5 if counts[unit.text] > 1 and unit.words >= 4 else 0.0
    return length + shape + repeated + (0.5 if unit.has_gap else 0.0) - 0.08 * distance


def _caption_or_other(unit: Unit) -> Label:
    """A line above the story without a name of its own: without a sentence end, a caption."""
    if not unit.is_closed and 1 < unit.words <= 20:
        return Label("caption", "short_line_above_story")
    return Label("other", "above_story")


def _announced_by(clue: Clue, before: Label) -> Label:
    """What the lines below a widget line are."""
    if clue.role == "comment_ui" and clue.is_whole:
        return Label("comment", "below_comment_heading")
    if clue.role == "related":
        return Label("related", "below_teaser_heading")
    return before


def _between(reading: Reading, index: int) -> Label:
    clue = reading.clues[index]
    if clue is not None:
        return Label(clue.role, "widget_words")
    return Label("other", "line_between_paragraphs")


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
    if not reading.text[start + found.end : unit.end].strip():
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


def _with_dateline(page: Page, place: str | None, agency: str | None) -> Page:
    return replace(page, dateline_place=place, dateline_agency=agency)


def _squash(text: str | None) -> str | None:
    return (" ".join(text.split()) or None) if text else None
