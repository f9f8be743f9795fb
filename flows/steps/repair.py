"""Clean decoded text: line ends, control and invisible characters, mojibake, composition."""

import re
import unicodedata
from functools import cache

from ftfy import fix_encoding
from ftfy.badness import is_bad

MAX_MOJIBAKE_LINE_CHARS = 200_000
"""Repair of longer lines is left: its time is not worth one machine-made line."""

MAX_COMBINING_RUN = 30
"""Unicode's stream-safe bound; composition of longer runs takes quadratic time."""

_ANSI = re.compile("\x1b\\[[0-9;?]{0,16}[A-Za-z]")
_ASCII_DIRT = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_INVISIBLE = "\u00ad\u200b\u2060-\u2064\u206a-\u206f\ufeff"
_DIRT = re.compile(f"[{_CONTROLS}{_BIDI}{_INVISIBLE}\u2028\u2029\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile("\r\n?|\x85|\u2028")
_REMOVALS = (
    ("control_characters_removed", re.compile(f"[{_CONTROLS}]")),
    ("bidi_controls_removed", re.compile(f"[{_BIDI}]")),
    ("invisible_characters_removed", re.compile(f"[{_INVISIBLE}]")),
)


def clean_text(text: str) -> tuple[str, tuple[str, ...]]:
    r"""Clean text; returns it with a flag for each kind of repair.

    Line ends become newlines, U+2029 a paragraph break. Control characters, ANSI escapes,
    bidi controls and invisible characters go; tab, ZWJ and ZWNJ stay. Lone surrogates become
    U+FFFD. Mojibake is repaired line by line where it is evident. The result is in NFC.

    >>> clean_text("Mayor\r\nre\u00adsigns")
    ('Mayor\nresigns', ('invisible_characters_removed',))
    >>> clean_text("Plain.")
    ('Plain.', ())
    """
    if text.isascii():
        return _remove_dirt(text) if _ASCII_DIRT.search(text) else (text, ())
    flags: list[str] = []
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\n" not in text:
        # Among other line ends it is rather an ellipsis of Windows-1252, which ftfy knows.
        text = text.replace("\x85", "\n")
    if is_bad("\n".join(line for line in text.split("\n") if not line.isascii())):
        text = _repair_mojibake(text, flags)
    if _DIRT.search(text):
        text, removed = _remove_dirt(text)
        flags += removed
    text = _compose(text, flags)
    if "\ufffd" in text:
        flags.append("replacement_characters")
    return text, tuple(flags)


def _remove_dirt(text: str) -> tuple[str, tuple[str, ...]]:
    flags = []
    text = _LINE_END.sub("\n", text).replace("\u2029", "\n\n")
    text = _ANSI.sub("", text)
    for flag, pattern in _REMOVALS:
        text, count = pattern.subn("", text)
        if count:
            flags.append(flag)
    return text, tuple(flags)


def _repair_mojibake(text: str, flags: list[str]) -> str:
    repaired = "".join(_repair_line(line) for line in text.splitlines(keepends=True))
    if repaired != text:
        flags.append("mojibake_repaired")
    if is_bad(repaired):
        flags.append("mojibake_suspected")
    return repaired


def _repair_line(line: str) -> str:
    if len(line) > MAX_MOJIBAKE_LINE_CHARS or not is_bad(line):
        return line
    return str(fix_encoding(line))


def _compose(text: str, flags: list[str]) -> str:
    if _combining_run().search(text):
        flags.append("combining_marks_excessive")
        return text
    if unicodedata.is_normalized("NFC", text):
        return text
    flags.append("normalised_nfc")
    return unicodedata.normalize("NFC", text)


@cache
def _combining_run() -> re.Pattern[str]:
    """More marks in a row than any script stacks. Made on first use: it asks for every code."""
    marks = "".join(chr(code) for code in range(0x300, 0x1E950) if unicodedata.combining(chr(code)))
    return re.compile(f"[{re.escape(marks)}]{{{MAX_COMBINING_RUN + 1}}}")
