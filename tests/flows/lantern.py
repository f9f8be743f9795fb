"""Pages of an invented site: stories between a menu and a foot, and a plea that wanders."""

import json
import random
from collections.abc import Iterable
from pathlib import Path

WHO = (
    "The harbour board",
    "A dredging company",
    "The night school",
    "The town archive",
    "A retired pilot",
    "The ferry union",
    "A group of parents",
)
DOES = (
    "said on Tuesday that it would",
    "has been asked to",
    "voted narrowly to",
    "was told by the council to",
    "plans, after a long dispute, to",
)
WHAT = (
    "repair the eastern breakwater before the autumn storms arrive",
    "open its records to anyone who asks for them in writing",
    "move the timetable forward by a quarter of an hour",
    "sell two of its oldest boats to a museum up the coast",
    "share the small hall with the choir on winter evenings",
)
SOURCE = ("a spokeswoman said", "according to the minutes", "as was feared")
END = (
    "Nobody who spoke at the meeting could say what it would cost.",
    "The decision takes effect in the first week of next month.",
    "Two members abstained, and one left the room before the count.",
)
MENU = ("Home", "News", "Sport")
FRONT = ("By Ines Calloway", "3 March 2026")
FOOT = ("Share this article", "Facebook", "Email", "More stories", "Crane strike enters third week")
LEGAL = ("Contact", "Privacy policy", "© The Lantern 2026")

PLEA = "The Lantern is paid for by its readers. If you value this work, please consider a gift."
"""Stands in the foot of most pages, where a model cuts it, and in the text of some."""
SLOGAN = "A town that reads is a town that sails."
"""Said in a few stories."""


def story(number: int) -> tuple[str, list[str]]:
    """Headline and paragraphs; every number has its own."""
    dice = random.Random(number)
    paragraphs = [
        f"{dice.choice(WHO)} {dice.choice(DOES)} {dice.choice(WHAT)}, {dice.choice(SOURCE)}. "
        f"{dice.choice(END)} It was vote number {number * 10 + place} of the year."
        for place in range(dice.randint(3, 6))
    ]
    return f"{dice.choice(WHO)} to {dice.choice(WHAT)}", paragraphs


def page(number: int) -> str:
    """A page: every sixth has the plea in its text, every fifteenth story the slogan."""
    title, paragraphs = story(number)
    foot = [*FOOT, PLEA, *LEGAL]
    if number % 15 == 0:
        paragraphs.insert(1, SLOGAN)
    if number % 6 == 0:
        foot.remove(PLEA)
        paragraphs.insert(2, PLEA)
    return "\n\n".join([*MENU, title, *FRONT, *paragraphs, *foot])


def write_pages(path: Path, numbers: Iterable[int]) -> Path:
    """A dump of such pages with their addresses."""
    rows = ({"url": f"https://lantern.example/{n}", "text": page(n)} for n in numbers)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
