"""Pages to learn from: units of text with the share of their words that is story."""

import difflib
import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flows.steps.body import measure_units
from flows.steps.dates import find_date
from flows.steps.letters import read_letters
from flows.steps.lexicon import StructureLexicon
from flows.steps.line_features import Numbers, WordTable, describe_lines
from flows.steps.lines import Unit, read_units
from flows.steps.widgets import believe_runs, find_clues

FORMS = ("raw_text", "raw_text_region", "raw_text_soup")
"""Whole page, article region, one text node a line."""
LONGEST_TAIL = 16
"""Lines that a trimmed page has at most after its story."""
FIELDS = ("title", "byline", "date")

_WORD = re.compile(r"\w+")
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Lesson:
    """The units of one text, how many words each has, and the share of them that is story."""

    page: str
    site: str
    form: str
    weight: float
    units: tuple[Unit, ...]
    words: NDArray[np.int64]
    story: NDArray[np.float64]
    marks: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    """For title, byline and date: 1 for the lines that show it, 0 for others, -1 for unknown."""


def fold_of(site: str, folds: int) -> int:
    """The fold of a site: all its pages are in one."""
    return zlib.crc32(site.encode()) % folds


def load_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a gzipped JSON lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_lessons(row: dict[str, Any], lexicon: StructureLexicon) -> Iterator[Lesson]:
    """One lesson for each form of a page, the same from headline to story, and the bare story.

    `stated` of a row holds `title`, `authors` and `date` where they are known.
    """
    weight, stated = row.get("weight", 1.0), row.get("stated", {})
    for form in FORMS:
        units = read_units(row.get(form, ""))
        if not units:
            continue
        words, story = label_units(units, row["body_truth"])
        marks = mark_fields(units, story, stated, lexicon)
        lesson = Lesson(row["id"], row["site"], form, weight, tuple(units), words, story, marks)
        yield lesson
        trimmed = _trim(lesson)
        if trimmed is not None:
            yield trimmed
    yield from _bare_lessons(row, weight / 2, stated.get("title"))


def _trim(lesson: Lesson) -> Lesson | None:
    """The page from its headline on, with little or nothing after the story: a scraper's dump.

    How much is left after it depends on the page's name alone, so that training can be repeated.
    """
    titles, story = np.flatnonzero(lesson.marks["title"] > 0.5), lesson.story > 0.5
    if not len(titles) or not story.any():
        return None
    first = int(story.argmax())
    above = titles[titles <= first]
    if not len(above):
        return None
    stop = len(story) - int(story[::-1].argmax())
    end = stop + zlib.crc32(f"{lesson.page} {lesson.form}".encode()) % LONGEST_TAIL
    part = slice(int(above[-1]), end)
    return Lesson(
        lesson.page,
        lesson.site,
        "trimmed",
        lesson.weight / 2,
        lesson.units[part],
        lesson.words[part],
        lesson.story[part],
        {name: marks[part] for name, marks in lesson.marks.items()},
    )


def _bare_lessons(row: dict[str, Any], weight: float, title: str | None) -> Iterator[Lesson]:
    """The story alone, and the story below its headline."""
    for head in ("", title) if title else ("",):
        units = read_units(f"{head}\n\n{row['body_truth']}")
        story = np.ones(len(units))
        marks = {name: np.zeros(len(units)) for name in FIELDS}
        if head:
            story[0], marks["title"][0] = 0, 1
        words = np.array([len(tokens(unit.text)) for unit in units])
        yield Lesson(row["id"], row["site"], "bare", weight, tuple(units), words, story, marks)


def mark_fields(
    units: Sequence[Unit],
    story: NDArray[np.float64],
    stated: Mapping[str, Any],
    lexicon: StructureLexicon,
) -> dict[str, NDArray[np.float64]]:
    """Find the lines that show the stated title, authors and date, if they are known.

    Of names and dates those near the headline count; elsewhere they may be of other stories.
    """
    marks = {name: np.full(len(units), -1.0) for name in FIELDS}
    texts = [" ".join(tokens(unit.text.lower())) for unit in units]
    title_at = None
    if stated.get("title"):
        wanted = set(tokens(stated["title"].lower()))
        near = np.array([_likeness(set(text.split()), wanted) for text in texts])
        if near.max() >= 0.8:
            title_at = int(near.argmax())
            marks["title"] = np.where(near >= 0.8, 1.0, 0.0)
    is_short = np.array([unit.words <= 30 for unit in units]) & (story < 0.7)
    if stated.get("authors") is not None:
        names = [" ".join(tokens(name.lower())) for name in stated["authors"]]
        shown = [any(f" {name} " in f" {text} " for name in names if name) for text in texts]
        marks["byline"] = _near(np.array(shown) & is_short, title_at)
    if stated.get("date"):
        days = [printed_day(unit.text, lexicon) if unit.words <= 30 else None for unit in units]
        shown = [day is not None and day == stated["date"][:10] for day in days]
        marks["date"] = _near(np.array(shown) & is_short, title_at)
    return marks


def printed_day(text: str, lexicon: StructureLexicon) -> str | None:
    """The day that a line prints, as ISO."""
    found = find_date(text, lexicon) if any(char.isdigit() for char in text) else None
    return found.at.date().isoformat() if found else None


def _near(shown: NDArray[np.bool_], title_at: int | None) -> NDArray[np.float64]:
    """Lines near the headline are right, others that show the same are unknown."""
    if title_at is None:
        return np.where(shown, 1.0, 0.0)
    at = np.arange(len(shown))
    window = (at >= title_at - 6) & (at <= title_at + 30)
    if not (shown & window).any():
        return np.where(shown, 1.0, 0.0)
    return np.where(shown & window, 1.0, np.where(shown, -1.0, 0.0))


def _likeness(one: set[str], two: set[str]) -> float:
    return 2 * len(one & two) / (len(one) + len(two)) if one and two else 0.0


def label_units(units: Sequence[Unit], truth: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Words of each unit, and the share of them in an ordered alignment with the story.

    Paragraphs that the alignment could not reach, because the page has them in another order,
    count by the shingles of the story that are left over.
    """
    printed = [tokens(unit.text) for unit in units]
    flat = [word for words in printed for word in words]
    wanted = tokens(truth)
    covered = np.zeros(len(flat), bool)
    matcher = difflib.SequenceMatcher(None, flat, wanted, autojunk=False)
    for start, _, size in matcher.get_matching_blocks():
        if size >= 3:
            covered[start : start + size] = True
    left = Counter(shingles(wanted))
    left.subtract(
        shingle for at, shingle in enumerate(shingles(flat)) if covered[at : at + 4].all()
    )
    counts = np.array([len(words) for words in printed])
    story = np.zeros(len(units))
    at = 0
    for index, words in enumerate(printed):
        story[index] = covered[at : at + len(words)].mean() if words else 0.0
        if len(words) >= 8 and story[index] < 0.3:
            own = shingles(words)
            share = sum(left[shingle] > 0 for shingle in own) / len(own)
            if share >= 0.8:
                story[index] = share
                left.subtract(own)
        at += len(words)
    return counts, story


def tokens(text: str) -> list[str]:
    """Words; a word in a script without spaces counts letter by letter."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found.extend(word if _UNSPACED.search(word) else [word])
    return found


def shingles(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Stretches of four words."""
    return [tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3))]


def describe(lesson: Lesson, lexicon: StructureLexicon, words: WordTable) -> Numbers:
    """The features of a lesson's units, as the step makes them."""
    letters = read_letters([unit.text for unit in lesson.units])
    if letters is None:
        raise ValueError(f"page {lesson.page} is too long to learn from")
    clues = find_clues(lesson.units, lexicon, letters)
    return describe_lines(
        letters, lesson.units, clues, believe_runs(clues), measure_units(lesson.units), words
    )
