"""Alignment: which rendered lines an extractor kept, found by their words, in order."""

import re
from bisect import bisect_left
from collections.abc import Sequence

NEEDED_SHARE = 0.5
"""A line is kept when this share of its word triples stands in the extract at its place."""
MAX_PLACES = 4
"""Places tried for one line: boilerplate repeats, stories do not."""

_WORD = re.compile(r"[぀-ヿ㐀-鿿฀-๿]|\w+?(?=[぀-ヿ㐀-鿿฀-๿])|\w+")


def read_words(text: str) -> list[str]:
    """Words in lower case; scripts without spaces give their characters.

    >>> read_words("Mayor Kelly’s 市长")
    ['mayor', 'kelly', 's', '市', '长']
    """
    return _WORD.findall(text.casefold())


def align_lines(lines: Sequence[str], extract: str) -> set[int]:
    """Indexes of the lines that an extract of the same page holds.

    Every line is looked up by its word triples (a short one as a whole line of the extract);
    of all places the heaviest chain in document order wins, so a headline that a teaser
    repeats is matched once. The extract may join or split lines and lose inline parts.
    """
    rows = [read_words(row) for row in extract.splitlines()]
    words = [word for row in rows for word in row]
    triples = _index_triples(words)
    whole = _index_rows(rows)
    candidates: list[tuple[int, int, int]] = []
    for index, line in enumerate(lines):
        spoken = read_words(line)
        places = whole.get(tuple(spoken), [])[:MAX_PLACES] or _places(spoken, triples)
        candidates += [(index, place, len(spoken)) for place in places]
    return _heaviest_chain(candidates)


def _index_triples(words: Sequence[str]) -> dict[tuple[str, str, str], list[int]]:
    index: dict[tuple[str, str, str], list[int]] = {}
    for at in range(len(words) - 2):
        index.setdefault((words[at], words[at + 1], words[at + 2]), []).append(at)
    return index


def _index_rows(rows: Sequence[Sequence[str]]) -> dict[tuple[str, ...], list[int]]:
    index: dict[tuple[str, ...], list[int]] = {}
    at = 0
    for row in rows:
        if row:
            index.setdefault(tuple(row), []).append(at)
        at += len(row)
    return index


def _places(words: Sequence[str], triples: dict[tuple[str, str, str], list[int]]) -> list[int]:
    """Places in the extract where enough of a line's triples stand."""
    count = len(words) - 2
    if count < 1:
        return []
    found = [triples.get((words[at], words[at + 1], words[at + 2])) for at in range(count)]
    if sum(places is not None for places in found) < NEEDED_SHARE * count:
        return []
    starts: dict[int, None] = {}
    for at, places in enumerate(found):
        for place in (places or ())[:MAX_PLACES]:
            starts.setdefault(max(0, place - at))
        if len(starts) >= MAX_PLACES:
            break
    return [start for start in starts if _share(found, start, count) >= NEEDED_SHARE]


def _share(found: Sequence[list[int] | None], start: int, count: int) -> float:
    """Share of triples that stand within the line's own reach of `start`."""
    low, high = start - 5, start + count + 15
    hits = 0
    for places in found:
        if places is not None:
            at = bisect_left(places, low)
            hits += at < len(places) and places[at] <= high
    return hits / count


def _heaviest_chain(candidates: Sequence[tuple[int, int, int]]) -> set[int]:
    """Indexes of the heaviest chain in which lines and places both rise (Fenwick maximum)."""
    size = max((place for _, place, _ in candidates), default=0) + 2
    tree: list[tuple[int, int]] = [(0, -1)] * (size + 1)
    parents: list[int] = []
    chosen, best = -1, 0
    by_line = sorted(range(len(candidates)), key=lambda at: (candidates[at][0], -candidates[at][1]))
    weights = [0] * len(candidates)
    parents = [-1] * len(candidates)
    for at in by_line:
        _, place, weight = candidates[at]
        before = _best_below(tree, place)
        weights[at], parents[at] = before[0] + weight + 1, before[1]
        _raise(tree, place + 1, (weights[at], at))
        if weights[at] > best:
            chosen, best = at, weights[at]
    kept = set()
    while chosen >= 0:
        kept.add(candidates[chosen][0])
        chosen = parents[chosen]
    return kept


def _best_below(tree: Sequence[tuple[int, int]], place: int) -> tuple[int, int]:
    best = (0, -1)
    while place > 0:
        best = max(best, tree[place])
        place -= place & -place
    return best


def _raise(tree: list[tuple[int, int]], place: int, value: tuple[int, int]) -> None:
    while place < len(tree):
        tree[place] = max(tree[place], value)
        place += place & -place
