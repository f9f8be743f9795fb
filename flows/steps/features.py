"""What the net is told of every line of a page: its text, its markup, and the lines around it.

Nearly all figures are counts, lengths, shares and bits of the markup, which do not depend on a
language; of the words only those of consent dialogs and of notices are counted.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flows.steps.markup import HINTS, PLACES, PRIVACY_WORDS, RIGHTS_WORDS
from flows.steps.render import Line, Sheet

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]

TAGS = (
    "p", "div", "li", "h1", "h2", "h3", "h4", "td", "blockquote", "figcaption", "section",
    "article", "body", "header", "dd",
)  # fmt: skip
_TAG_NUMBERS = {name: at for at, name in enumerate(TAGS)}
_ENDS = frozenset(".!?。！？…।։؟۔\"”»’'“)]")
_QUOTES = frozenset("\"“„«‘'—–-•")
CORE_SHARE = 0.7
"""The core is the deepest container that holds this share of the page's prose."""
_AROUND = ("container", "first_around", "second_around", "third_around")
_TEXT_NAMES = (
    "characters", "words", "word_length", "link_share", "commas", "sentence_ends", "is_closed",
    "ends_in_colon", "begins_upper", "begins_with_quote", "is_upper", "digits_at_edges",
    "after_break", "has_gap", "depth", "privacy_words", "rights_words",
)  # fmt: skip
_CONTAINER_NAMES = ("prose_share", "link_share", "lines", "own_prose_share", "prose_a_line")
_GROUP_NAMES = ("prose_share", "lines", "link_share", "length", "same_element_prose_share")
_PLACE_NAMES = (
    "line_share", "character_share", "prose_share", "prose_share_before", "page_lines",
    "page_prose", "lines_since_heading", "in_densest", "in_densest_with_children", "in_core",
    "densest_share", "depth_below_densest", "depth_below_core", "lines_since_densest",
    "lines_until_densest_ends", "is_alike_before", "is_alike_after",
)  # fmt: skip
_STATED_NAMES = (
    "in_stated_body",
    "has_stated_body",
    "is_title",
    "is_description",
    "is_repeated",
    "repeats",
)

FEATURES = (
    *_TEXT_NAMES,
    *(f"{around}_{name}" for around in _AROUND for name in _CONTAINER_NAMES),
    *(f"alike_{name}" for name in _GROUP_NAMES),
    *_PLACE_NAMES,
    *_STATED_NAMES,
    *(f"tag_{name}" for name in (*TAGS, "other")),
    *(f"in_{name}" for name in (*PLACES, "hidden")),
    *(f"around_{name}" for name, _ in HINTS),
    *(f"near_{name}" for name, _ in HINTS),
    *(f"own_{name}" for name, _ in HINTS),
)
"""Names of the columns that `measure_lines` gives, in order."""


class Stature(NamedTuple):
    """What the page states of its story: title, description, and body where JSON-LD has it."""

    title: str
    description: str
    body: str


@dataclass(frozen=True, slots=True)
class _Measures:
    """Columns that several groups of features need."""

    lengths: Vector
    linked: Vector
    words: Vector
    is_closed: Vector
    prose: Vector


def measure_lines(lines: Sequence[Line], sheet: Sheet, stated: Stature) -> Matrix:
    """One row a line, one column a feature of `FEATURES`. `lines` must not be empty."""
    own = _measure(lines)
    total = float(own.prose.sum()) + 1e-9
    containers = np.fromiter((line.frame.container for line in lines), np.int64, len(lines))
    tree = _Tree(containers, own, sheet)
    tags = np.array([_TAG_NUMBERS.get(line.frame.name, len(TAGS)) for line in lines])
    kinds = _numbers([line.frame.path for line in lines])
    columns = [
        *_text_columns(lines, own),
        *tree.columns(containers, total),
        *_group_columns(lines, kinds, own, total),
        *_place_columns(lines, tags, kinds, tree, containers, own, total),
        *_stated_columns(lines, stated),
    ]
    frames = [line.frame for line in lines]
    figures = np.empty((len(FEATURES), len(lines)), np.float32)
    figures[: len(columns)] = columns
    at = len(columns) + len(TAGS) + 1
    figures[len(columns) : at] = tags == np.arange(len(TAGS) + 1)[:, None]
    for masks, count in (
        ([frame.places for frame in frames], len(PLACES) + 1),
        ([frame.hints for frame in frames], len(HINTS)),
        ([frame.own | frame.above | frame.beyond for frame in frames], len(HINTS)),
        ([frame.own for frame in frames], len(HINTS)),
    ):
        figures[at : at + count] = np.array(masks) >> np.arange(count)[:, None] & 1
        at += count
    return figures.T


def _measure(lines: Sequence[Line]) -> _Measures:
    count = len(lines)
    texts = [line.text for line in lines]
    lengths = np.fromiter(map(len, texts), float, count)
    linked = np.minimum(np.fromiter((line.linked for line in lines), float, count), lengths)
    words = np.fromiter((text.count(" ") + 1 for text in texts), float, count)
    is_closed = np.fromiter((text[-1] in _ENDS for text in texts), float, count)
    share = linked / lengths
    is_prose = ((lengths > 60) | ((is_closed > 0) & (words > 8))) & (share < 0.5)
    return _Measures(lengths, linked, words, is_closed, lengths * (1 - share) * is_prose)


def _text_columns(lines: Sequence[Line], own: _Measures) -> list[Vector]:
    count = len(lines)
    texts = [line.text for line in lines]
    folded = [text[:600].lower() for text in texts]
    page = "\n".join(folded)
    line_ends = list(accumulate(len(text) + 1 for text in folded))

    def column(values: Sequence[float]) -> Vector:
        return np.fromiter(values, float, count)

    return [
        np.log1p(own.lengths),
        np.log1p(own.words),
        np.minimum(own.lengths / own.words, 30),
        own.linked / own.lengths,
        np.log1p(column(_count_signs(texts, (",", "，", "、")))),
        np.log1p(column(_count_signs(texts, (". ", "? ", "! ", "。")))),
        own.is_closed,
        column([text[-1] == ":" for text in texts]),
        column([text[0].isupper() for text in texts]),
        column([text[0] in _QUOTES for text in texts]),
        column([text.isupper() for text in texts]),
        column([text[0].isdigit() + text[-1].isdigit() for text in texts]),
        column([line.after_break for line in lines]),
        column([line.has_gap for line in lines]),
        np.minimum(column([line.frame.depth for line in lines]), 60),
        _count_words(page, line_ends, PRIVACY_WORDS),
        _count_words(page, line_ends, RIGHTS_WORDS),
    ]


def _count_words(page: str, line_ends: Sequence[int], words: Sequence[str]) -> Vector:
    """How many of the words stand in each line of the page; most stand nowhere in it."""
    counts = np.zeros(len(line_ends))
    for word in words:
        at = page.find(word)
        while at >= 0:
            line = bisect_right(line_ends, at)
            counts[line] += 1
            at = page.find(word, line_ends[line])
    return counts


def _count_signs(texts: Sequence[str], signs: Sequence[str]) -> list[int]:
    """How many of the signs stand in each text; those that none has are not looked for."""
    page = "\n".join(texts)
    counts = [0] * len(texts)
    for sign in signs:
        if sign in page:
            counts = [count + text.count(sign) for count, text in zip(counts, texts, strict=True)]
    return counts


class _Tree:
    """Prose, text and links of every container, and the containers that stand out."""

    def __init__(self, containers: Counts, own: _Measures, sheet: Sheet) -> None:
        count = len(sheet.parents)
        self.parents = np.array(sheet.parents)
        self.depths = np.array(sheet.depths, float)
        self.own_prose = np.bincount(containers, own.prose, count)
        self.prose, self.lengths, self.linked, self.lines = _add_up(
            sheet,
            self.own_prose,
            np.bincount(containers, own.lengths, count),
            np.bincount(containers, own.linked, count),
            np.bincount(containers, minlength=count).astype(np.float64),
        )
        children = np.bincount(self.parents[1:], self.own_prose[1:], count)
        weight = self.own_prose + children
        deeper = weight + 0.5 * np.bincount(self.parents[1:], weight[1:], count)
        self.densest, self.densest_with_children = int(weight.argmax()), int(deeper.argmax())
        holding = np.flatnonzero(self.prose >= CORE_SHARE * own.prose.sum())
        self.core = int(holding[self.depths[holding].argmax()]) if len(holding) else 0

    def inside(self, container: int, wanted: Counts) -> Vector:
        """Which of `wanted` are the container or stand in it."""
        is_in = np.zeros(len(self.parents), bool)
        is_in[container] = True
        last = _last_inside(self.depths, container)
        is_in[container:last] = True
        found: Vector = is_in[wanted].astype(float)
        return found

    def columns(self, containers: Counts, total: float) -> list[Vector]:
        """Features of the container of every line and of the three around it."""
        columns: list[Vector] = []
        place = containers
        for _ in _AROUND:
            columns += [
                self.prose[place] / total,
                self.linked[place] / (self.lengths[place] + 1e-9),
                np.log1p(self.lines[place]),
                self.own_prose[place] / total,
                np.log1p(self.prose[place]) - np.log1p(self.lines[place]),
            ]
            place = self.parents[place]
        return columns


def _add_up(sheet: Sheet, *own: Vector | Counts) -> Vector:
    """Add what every container holds to the one around it, from the page's end to its start.

    Plain Python: levels have a few containers each, and most of those hold nothing.
    """
    parents = sheet.parents
    prose, lengths, linked, lines = (values.tolist() for values in own)
    for inner in range(len(parents) - 1, 0, -1):  # those inside a container come after it
        if lines[inner]:
            around = parents[inner]
            prose[around] += prose[inner]
            lengths[around] += lengths[inner]
            linked[around] += linked[inner]
            lines[around] += lines[inner]
    return np.array([prose, lengths, linked, lines])


def _last_inside(depths: Vector, container: int) -> int:
    """The container after the last one inside: containers come in document order."""
    outside = np.flatnonzero(depths[container + 1 :] <= depths[container])
    return container + 1 + int(outside[0]) if len(outside) else len(depths)


def _group_columns(
    lines: Sequence[Line], kinds: Counts, own: _Measures, total: float
) -> list[Vector]:
    """Features of all lines whose element and surroundings have the same names and classes."""
    prose, lengths = np.bincount(kinds, own.prose), np.bincount(kinds, own.lengths)
    count, linked = np.bincount(kinds), np.bincount(kinds, own.linked)
    same = _numbers([line.frame.path[:2] for line in lines])
    return [
        prose[kinds] / total,
        np.log1p(count[kinds]),
        linked[kinds] / lengths[kinds],
        np.log1p(lengths[kinds] / count[kinds]),
        np.bincount(same, own.prose)[same] / total,
    ]


def _place_columns(
    lines: Sequence[Line],
    tags: Counts,
    kinds: Counts,
    tree: _Tree,
    containers: Counts,
    own: _Measures,
    total: float,
) -> list[Vector]:
    """Where a line stands: in the page, after the heading, in the containers that stand out."""
    count = len(lines)
    index = np.arange(count)
    read, prose = np.cumsum(own.lengths), np.cumsum(own.prose)
    heads = np.flatnonzero(tags == _TAG_NUMBERS["h1"])
    since = np.clip(index - heads[0], -30, 60) if len(heads) else np.full(count, -60)
    dense = tree.inside(tree.densest, containers)
    inside = np.flatnonzero(dense)
    first, end = (inside[0], inside[-1]) if len(inside) else (0, 0)
    alike = kinds[1:] == kinds[:-1]
    return [
        index / count,
        read / read[-1],
        prose / total,
        (prose - own.prose) / total,
        np.full(count, np.log1p(count)),
        np.full(count, np.log1p(total)),
        since / 10,
        dense,
        tree.inside(tree.densest_with_children, containers),
        tree.inside(tree.core, containers),
        np.full(count, tree.prose[tree.densest] / total),
        np.clip(tree.depths[containers] - tree.depths[tree.densest], -10, 10),
        np.clip(tree.depths[containers] - tree.depths[tree.core], -10, 10),
        np.clip(index - first, -40, 40) / 10,
        np.clip(end - index, -40, 40) / 10,
        np.concatenate([[0.0], alike]),
        np.concatenate([alike, [0.0]]),
    ]


def _stated_columns(lines: Sequence[Line], stated: Stature) -> list[Vector]:
    """How a line agrees with what the page states, and whether it was there before."""
    count = len(lines)
    heads = [line.text[:80].lower() for line in lines]
    title, body = stated.title.lower(), stated.body
    description = stated.description.lower()[:60]
    has_body = len(body) > 200
    times = Counter(heads)
    seen = {head: at for at, head in reversed(list(enumerate(heads)))}
    return [
        np.fromiter((has_body and len(h) > 8 and h[:50] in body for h in heads), float, count),
        np.full(count, float(has_body)),
        np.fromiter(
            (bool(title) and len(h) > 8 and title.startswith(h[:40]) for h in heads), float, count
        ),
        np.fromiter((_begins_alike(h, description) for h in heads), float, count),
        np.fromiter((seen[h] != at for at, h in enumerate(heads)), float, count),
        np.log(np.fromiter((times[h] for h in heads), float, count)),
    ]


def _begins_alike(head: str, description: str) -> bool:
    if len(head) <= 15 or not description:
        return False
    return description.startswith(head[:40]) or head.startswith(description[:40])


def _numbers(keys: Sequence[tuple[str, ...]]) -> Counts:
    """Number keys in the order of their first occurrence."""
    numbers: dict[tuple[str, ...], int] = {}
    return np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64, len(keys))
