"""Bylines and datelines: who wrote, where, for which agency."""

import re
from dataclasses import dataclass

from flows.steps.lexicon import StructureLexicon, phrase_key, word_key

MAX_BYLINE_CHARS = 160
MAX_AUTHORS = 12
MAX_UNEXPLAINED = 2
"""Words that are neither names nor roles nor dates in a byline without an opener."""

_SEPARATOR = re.compile(r"\s*[,;|/•·&]\s*|\s[-–—]\s|\s{2,}")
_CLEAN = re.compile(r"https?://\S+|\S+@\S+|\([^()]{0,60}\)|@\w+")
_GLUED = re.compile(r"(?<=[a-zß-ÿ]{3})(?=[A-ZÀ-Þ][a-zß-ÿ]+\b)")
"""Where a page lost the space between a name and what follows: "Ana RuizReporter"."""
_GLUED_NUMBER = re.compile(r"(?<=[a-zß-ÿ]{2})(?=\d)")
"""The same before a number: "Ana Ruiz2 hours ago"."""
_ARTICLE = re.compile(r"(?:an?|the|der|die|das|eine?)\s", re.IGNORECASE)
"""What names a thing: "A Nature Research Journal"."""
_NO_NAME = re.compile(r"[(\[<{].*?[)\]>}]|\S*\d\S*|[|•·:>»]")
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_][^()\n:;!?\d“”\"]{1,50}?)"
    r"(?:,\s(?P<date>[^\W\d_]{3,10}\.?\s\d{1,2}|\d{1,2}\.?\s[^\W\d_]{3,10}))?(?:,\s\d{4})?"
    r"\s?(?:[(/](?P<agency>[^()/\n]{2,40})[)/])?"
    r"\s?(?P<dash>--?|[–—]|:(?=\s))(?:\s|$)"
)


@dataclass(frozen=True, slots=True)
class Dateline:
    """Place and agency of a dateline, and where the story's own words begin."""

    place: str | None
    agency: str | None
    end: int


def read_byline(text: str, lexicon: StructureLexicon) -> tuple[str, ...] | None:
    """Read a byline line: an opener ("By", "Von", "Par") and names. None for any other line."""
    if len(text) > MAX_BYLINE_CHARS:
        return None
    if not text.isascii() and (unspaced := lexicon.unspaced_byline.fullmatch(text.strip())):
        return (unspaced["one"] or unspaced["two"],)
    words = text.split(None, 1)
    head = word_key(words[0]) if words else ""
    if head and head.split(" ", 1)[0] not in lexicon.byline_heads:
        return None
    words = text.split()
    for count in (3, 2, 1):
        if len(words) > count and phrase_key(" ".join(words[:count])) in lexicon.byline_openers:
            names = read_names(_part_glued(" ".join(words[count:])), lexicon)
            return names or find_names(text, lexicon) or None
    return None


def read_names(text: str, lexicon: StructureLexicon) -> tuple[str, ...]:
    """Names in the credit of a story, in order, each once; better none than a wrong one."""
    names: dict[str, None] = {}
    for part in _SEPARATOR.split(_CLEAN.sub(" ", text[:600])):
        for name in _split_at_joiners(_drop_opener(part, lexicon), lexicon):
            if is_name(name, lexicon):
                names.setdefault(name)
    return tuple(names)[:MAX_AUTHORS]


def find_names(text: str, lexicon: StructureLexicon) -> tuple[str, ...]:
    """Names in a line that is likely a byline: nothing where much of it is something else.

    Dates, numbers, openers and roles are cut away; what is left must be names.
    """
    if _ARTICLE.match(text):
        return ()
    parted = _part_glued(_CLEAN.sub(" ", text[:400]))
    names: dict[str, None] = {}
    unexplained = 0
    for part in _SEPARATOR.split(_NO_NAME.sub(" | ", parted)):
        for run in _split_at_openers(part, lexicon):
            for piece in _split_at_joiners(run, lexicon):
                name, others = _leading_name(piece, lexicon)
                if is_name(name, lexicon) and is_plain(name, lexicon):
                    names.setdefault(name)
                    unexplained += others
                else:
                    unexplained += others + len(name.split())
    return tuple(names)[:MAX_AUTHORS] if unexplained <= MAX_UNEXPLAINED else ()


def _part_glued(text: str) -> str:
    return _GLUED_NUMBER.sub(" | ", _GLUED.sub(" | ", text))


def is_plain(name: str, lexicon: StructureLexicon) -> bool:
    """Short and without abbreviations in capitals: what stands without "By" must be sure."""
    words = [word for word in name.split() if word_key(word) not in lexicon.name_particles]
    if len(words) > 3 or any(not word[0].isupper() for word in words):
        return False
    if word_key(name.split(maxsplit=1)[0]) in lexicon.name_particles:
        return False
    shouted = [len(word) > 1 and word.isupper() and "." not in word for word in words]
    return all(shouted) or not any(shouted)


def _split_at_openers(text: str, lexicon: StructureLexicon) -> list[str]:
    """Cut before and after openers: "Friday 13 June, by Ana Ruiz" says who after "by".

    An opener that is a particle of names too ("von") cuts only at the start and after a word
    that no name has: "Kommentar von Ana Ruiz".
    """
    parts: list[list[str]] = [[]]
    for word in text.split():
        key = word_key(word)
        before = word_key(parts[-1][-1]) if parts[-1] else ""
        is_particle = key in lexicon.name_particles and before and before not in lexicon.not_names
        if key in lexicon.byline_openers and not is_particle:
            parts.append([])
        else:
            parts[-1].append(word)
    return [" ".join(part) for part in parts if part]


def _leading_name(text: str, lexicon: StructureLexicon) -> tuple[str, int]:
    """The words before the first that no name has; how many other words are no role or date."""
    words: list[str] = []
    others = 0
    is_over = False
    for word in text.split():
        key = word_key(word)
        is_month = key in lexicon.months and bool(words)
        is_known = not key or key in lexicon.not_names or is_month
        if is_known or key in lexicon.date_labels or key in lexicon.agencies:
            is_over = is_over or bool(words)
        elif is_over or (word[0].islower() and key not in lexicon.name_particles):
            is_over = is_over or bool(words)
            others += 1
        else:
            words.append(word)
    while words and word_key(words[-1]) in lexicon.name_particles:
        words.pop()
    return " ".join(words).strip(".,:;*"), others


def is_name(text: str, lexicon: StructureLexicon) -> bool:
    """Two to five words that start with capitals, particles aside; no role, no digits."""
    words = text.split()
    if text.startswith(("Der ", "Die ", "Das ", "Le ")):
        return False
    if not 2 <= len(words) <= 5 or len(text) > 60 or any(char.isdigit() for char in text):
        return False
    keys = [word_key(word) for word in words]
    # "Jan" is a month and a first name; no month is a last name.
    if any(key in lexicon.months for key in keys[1:]):
        return False
    if any(key in lexicon.not_names for key in keys) or phrase_key(text) in lexicon.agencies:
        return False
    return all(
        word[0].isupper() or not word[0].islower() or key in lexicon.name_particles
        for word, key in zip(words, keys, strict=True)
    ) and any(key not in lexicon.name_particles for key in keys)


def read_dateline(text: str, lexicon: StructureLexicon) -> Dateline | None:
    """Read the dateline at the head of a paragraph: "GENEVA, March 3 (Reuters) -".

    Believed with an agency, with a day of a known month, or with a place in capitals before
    a dash; other text before a dash is the story's own.
    """
    match = _DATELINE.match(text[:140])
    if match is None:
        return None
    place, date = match["place"].strip(" ,"), match["date"]
    agency = lexicon.agencies.get(phrase_key(match["agency"] or ""))
    is_dated = date is not None and any(
        word.strip(".").casefold() in lexicon.months for word in date.split()
    )
    is_capital = _is_capital(place)
    if match["dash"] == ":" and agency is None:
        return None
    if not (agency or is_dated or is_capital) or (not place[0].isupper() and place[0].islower()):
        return None
    if place.count(" ") > 5:
        return None
    return Dateline(place, agency, match.end())


def _is_capital(place: str) -> bool:
    """A city in capitals, alone or before its state or country: "LARKSPUR, Kan."."""
    city, _, region = place.partition(",")
    words = region.split()
    is_region = len(words) <= 3 and all(word[0].isupper() for word in words)
    return city.isupper() and len(city) >= 3 and is_region


def _drop_opener(text: str, lexicon: StructureLexicon) -> str:
    words = text.split()
    for count in (2, 1):
        if len(words) > count and phrase_key(" ".join(words[:count])) in lexicon.byline_openers:
            return " ".join(words[count:])
    return " ".join(words)


def _split_at_joiners(text: str, lexicon: StructureLexicon) -> list[str]:
    """Split "Ana Ruiz and Jon Doe"; a particle such as "y" or "e" inside one name stays."""
    parts: list[list[str]] = [[]]
    for word in text.split():
        if word.casefold() in lexicon.name_joiners and len(parts[-1]) >= 2:
            parts.append([])
        else:
            parts[-1].append(word)
    return [" ".join(part).strip(".,:;*") for part in parts if part]
