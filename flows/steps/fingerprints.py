"""Fingerprints: what of a text lets its copies be found among millions.

A text is its words in lower case, whatever stands between them. Its MinHash is of our own, in
a few lines over numpy: a fingerprint is kept for years, so it must not change with a library.
"""

import re
import sys
from functools import cache
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from flows.steps.columns import column_or_nulls
from schemas.contract import conform
from schemas.fingerprints import BANDS as BANDS_TYPE
from schemas.fingerprints import FINGERPRINTS

SHINGLE_WORDS = 5
BANDS = 32
ROWS_PER_BAND = 3
"""Two texts of Jaccard similarity j share a band with probability 1 - (1 - j^3)^32: 0.58 at
0.3, 0.87 at 0.4, 0.986 at 0.5, and all but 1 in 10^9 at 0.8."""
LEAST_WORDS = 30
"""A shorter body is too often the same by chance ("Shares closed higher on Friday.")."""
TITLED_WORDS = 100
"""Of a shorter body the numbers of its headline are facts too: tables of one form, a quarter of
an hour apart, say their hour in the headline and may have the same figures."""
MOST_CHARACTERS = 1_000_000
"""Only so much of a body counts; a longer one is no article."""
MOST_NUMBERS = 100

Hashes = npt.NDArray[np.uint64]

# Scripts written without spaces: each character is a word, else a clause would be one.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_END_OF_UNSPACED = 0xA000
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD_OR_CHARACTER = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")
_NO_WORD, _WORD, _UNSPACED_WORD = range(3)

_BASE = 0x9E3779B97F4A7C15
_SPACE = 0x20
_BLOCK = 1024  # shingles hashed at a time, so that 96 rows of them stay in the cache


class Fingerprint(NamedTuple):
    """What `fingerprints` holds of one text."""

    text_id: str | None
    bands: npt.NDArray[np.int64]
    shingle_count: int
    numbers: list[str]


def find_fingerprints(articles: pa.Table) -> pa.Table:
    """The fingerprint of every article. One row per article, in their order.

    Reads article_id, document_id, title, body; `version` and `run_id` are left to the commit.
    """
    prints = [
        fingerprint(title, body or "")
        for title, body in zip(
            column_or_nulls(articles, "title"), column_or_nulls(articles, "body"), strict=True
        )
    ]
    table = pa.table(
        {
            "article_id": articles["article_id"],
            "document_id": articles["document_id"],
            "text_id": pa.array([one.text_id for one in prints], pa.string()),
            "bands": pa.array([one.bands for one in prints], BANDS_TYPE),
            "shingle_count": pa.array([one.shingle_count for one in prints], pa.int32()),
            "numbers": pa.array([one.numbers for one in prints], pa.list_(pa.string())),
        }
    )
    return conform(FINGERPRINTS, table)


def fingerprint(title: str | None, body: str) -> Fingerprint:
    """Fingerprint one text. Case, punctuation and line breaks do not count.

    A body under 100 words is another text under other numbers in its headline. One under 30 is
    only the same as another under the same title; under no title it has no identity.

    >>> story = "The harbour board met again on Tuesday. " * 5
    >>> one, other = fingerprint("A", story), fingerprint("B", story.upper().replace(".", "!"))
    >>> one.text_id == other.text_id, bool((one.bands == other.bands).all()), one.bands.size
    (True, True, 32)
    >>> fingerprint("Fire in port", "More soon.").bands.size, fingerprint(None, "Soon.").text_id
    (0, None)
    """
    text = normalised(body)
    hashes = shingle_hashes(text)
    is_long = hashes.size > LEAST_WORDS - SHINGLE_WORDS
    bands = bands_of(hashes) if is_long else np.empty(0, np.int64)
    numbers = list(dict.fromkeys(numbers_of(text)))[:MOST_NUMBERS]
    text_id = _identity(text, title) if is_long else _short_identity(normalised(title or ""), text)
    return Fingerprint(text_id, bands, distinct(hashes).size, numbers)


def normalised(text: str) -> str:
    r"""The words of a text in lower case, one blank between two: what `\w+` finds in it.

    Scripts without spaces get one around each character. Reads the first million characters.

    >>> normalised("U.S. output fell 3.5%; 市长")
    'u s output fell 3 5 市 长'
    >>> normalised("“Well—yes,” she said…")
    'well yes she said'
    """
    lower = text[:MOST_CHARACTERS].lower()
    codes = _codes(f" {lower}")
    kinds = _character_kinds()[codes]
    if kinds.max() == _UNSPACED_WORD:
        return " ".join(_WORD_OR_CHARACTER.findall(lower))
    is_word = kinds > _NO_WORD
    is_kept = is_word.copy()
    is_kept[:-1] |= is_word[1:]  # the one before a word, in whose place a blank will stand
    kept = np.where(is_word, codes, np.uint32(_SPACE))[is_kept]
    return kept.tobytes().decode("utf-32-le", "surrogatepass")[1:]


def numbers_of(text: str) -> list[str]:
    """The numbers in a normalised text, in order, each from its first digit on.

    >>> numbers_of("up 3 pct in q2 2026")
    ['3', '2', '2026']
    """
    found, end = [], 0
    for place in np.flatnonzero(_is_digit()[_codes(text)]).tolist():
        if place >= end:
            end = (text.find(" ", place) + 1 or len(text) + 1) - 1
            found.append(text[place:end])
    return found


def identity(text: str) -> str:
    """128-bit BLAKE2b of a text, in hex."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def shingle_hashes(text: str) -> Hashes:
    """A 64-bit hash of every 5 words in a row, in order; of all words where they are fewer.

    Reads a normalised text. The hash of a stretch is the difference of two running sums, times a
    power that takes its place out of it: one pass over the characters, however long a shingle.

    >>> six, five = shingle_hashes("a b c d e f"), shingle_hashes("b c d e f")
    >>> six.size, bool(six[1] == five[0]), shingle_hashes("").size
    (2, True, 0)
    """
    if not text:
        return np.empty(0, np.uint64)
    codes = _codes(text).astype(np.uint64)
    powers, inverses = _powers(1 << (codes.size - 1).bit_length())
    sums = np.zeros(codes.size + 1, np.uint64)
    np.cumsum(codes * powers[: codes.size], out=sums[1:])
    spaces = np.flatnonzero(codes == _SPACE)
    starts, ends = np.append(0, spaces + 1), np.append(spaces, codes.size)
    count = max(1, starts.size - SHINGLE_WORDS + 1)
    starts, ends = starts[:count], ends[-count:]
    return _mixed((sums[ends] - sums[starts]) * inverses[starts])


def distinct(hashes: Hashes) -> Hashes:
    """Each hash once, in ascending order."""
    ordered = np.sort(hashes)
    is_first = np.ones(ordered.size, np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=is_first[1:])
    return ordered[is_first]


def bands_of(hashes: Hashes) -> npt.NDArray[np.int64]:
    """The MinHash bands of a text's shingles; the number of a band is part of its value."""
    factors, shifts = _permutations()
    least = np.full(factors.shape[0], np.iinfo(np.uint32).max, np.uint32)
    narrow = hashes.astype(np.uint32)
    for start in range(0, narrow.size, _BLOCK):
        values = factors * narrow[start : start + _BLOCK]
        values += shifts
        np.minimum(least, values.min(axis=1), out=least)
    rows = least.reshape(BANDS, ROWS_PER_BAND) * _multipliers(ROWS_PER_BAND)
    number = np.arange(1, BANDS + 1, dtype=np.uint64)
    return _mixed(rows.sum(axis=1) + number).view(np.int64)


def headline_numbers(title: str | None, text: str) -> list[str]:
    """Numbers of the headline where they are facts of the normalised text; else none.

    >>> headline_numbers("Metals at 09:19", "copper 875 877"), headline_numbers(None, "copper")
    (['09', '19'], [])
    """
    if not title or text.count(" ") >= TITLED_WORDS:
        return []
    return numbers_of(normalised(title))


def _identity(text: str, title: str | None) -> str:
    facts = headline_numbers(title, text)
    return identity(f"{' '.join(facts)}\n{text}" if facts else text)


def _short_identity(title: str, text: str) -> str | None:
    return identity(f"{title}\n{text}") if title and text else None


def _mixed(values: Hashes) -> Hashes:
    """Spread every bit of a value over all of them (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@cache
def _character_kinds() -> npt.NDArray[np.uint8]:
    r"""Of each code point, whether `\w` matches it, and whether it is a word of its own."""
    kinds = np.char.isalnum(_every_character()).astype(np.uint8)
    kinds[ord("_")] = _WORD
    for match in _IS_UNSPACED.finditer("".join(map(chr, range(_END_OF_UNSPACED)))):
        kinds[match.start()] = _UNSPACED_WORD
    return kinds


@cache
def _is_digit() -> npt.NDArray[np.bool_]:
    return np.char.isdecimal(_every_character())


def _every_character() -> npt.NDArray[np.str_]:
    return np.arange(sys.maxunicode + 1, dtype=np.uint32).view("U1")


@cache
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """Powers of the base and of its inverse modulo 2^64, from the power of 0 on."""

    def powers(base: int) -> Hashes:
        factors = np.full(size, base, np.uint64)
        factors[0] = 1
        return np.cumprod(factors)

    return powers(_BASE), powers(pow(_BASE, -1, 1 << 64))


@cache
def _multipliers(count: int) -> Hashes:
    """Odd numbers made by counting: the same on every machine and for ever."""
    return _mixed(np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_BASE)) | np.uint64(1)


@cache
def _permutations() -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Odd factors and shifts, one a row: each pair is a permutation of the 32-bit numbers."""
    count = BANDS * ROWS_PER_BAND
    drawn = _mixed(np.arange(1, 2 * count + 1, dtype=np.uint64) * np.uint64(_BASE))
    factors, shifts = drawn.astype(np.uint32).reshape(2, count, 1)
    return factors | np.uint32(1), shifts
