"""How the time of each step grows with hostile text: a run of one thing, the length of a record.

A step is tried on each text at one length and at four times that; a ratio of 4 is linear, 16 is
quadratic. Usage: python -m benchmarks.linear [CHARACTERS]
"""

import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa

from flows.gazetteer import load_name_knowledge
from flows.models import load_line_net, load_recogniser, load_story_net
from flows.shards import _speech, _structure_lexicon
from flows.steps.counts import derive_counts
from flows.steps.decode import decode
from flows.steps.fingerprints import find_fingerprints
from flows.steps.language import derive_language
from flows.steps.mentions import find_mentions
from flows.steps.options import FieldNames
from flows.steps.quotes import quotes_of
from flows.steps.record import Decoded, Locator, Record, Reject
from flows.steps.structure import structure
from schemas.quotes import QUOTES

GROWTH = 4
QUICK_SECONDS = 0.002
"""Below this a ratio is noise."""

SEEDS = {
    "letters": "a",
    "capitals": "A",
    "mixed case": "aA",
    "digits": "1",
    "spaces": " ",
    "no-break spaces": "\u00a0",
    "lines": "\n",
    "spaced lines": " \n",
    "dashes": "-",
    "points": ".",
    "marks": '"',
    "openers": "(“",
    "openers of one kind": "“",
    "apostrophes": "’",
    "by": "by ",
    "titles": "Mr. ",
    "names": "Ann Lee ",
    "name lists": "Ann Lee, ",
    "said": '"a," said B. ',
    "words": "word ",
    "initials": "A. ",
    "numbers": "1,234.5 ",
    "dates": "12 March ",
    "slashes": "1/2/",
    "tags": "<p>",
    "open tags": "<a ",
    "attributes": "a='b' ",
    "comments": "<!--",
    "entities": "&amp;",
    "addresses": "http://a.b/",
    "mails": "a@b.",
    "colons": "a: ",
    "tabs": "\t",
    "pipes": " | ",
    "combining": "e\u0301",
    "mojibake": "â€œ",
    "short lines": "Share\n",
}


def main() -> None:
    """Print what grows faster than its text, worst first."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    found = []
    for row in _growths(size):
        found.append(row)
        if row[0] > GROWTH * 1.6:
            print(row, flush=True)
    for ratio, seconds, name, seed in found:
        if ratio > GROWTH * 1.6:
            print(f"{ratio:6.1f}  {seconds * 1000:9.1f} ms  {name:60} {seed}")
    print(f"{len(found)} timings over {QUICK_SECONDS * 1000:.0f} ms; linear is {GROWTH}")


def _growths(size: int) -> Iterator[tuple[float, float, str, str]]:
    for name, use in _ways():
        for seed, part in SEEDS.items():
            small, large = (part * (length // len(part)) for length in (size, size * GROWTH))
            seconds = _seconds(use, small)
            if seconds * GROWTH**2 < QUICK_SECONDS:
                continue
            longer = _seconds(use, large)
            yield longer / max(seconds, 1e-9), longer, name, seed


def _ways() -> Iterator[tuple[str, Callable[[str], object]]]:
    """The steps of the way, each on the text as the whole of a record."""
    for media_type in ("text/plain", "text/html"):
        yield f"decode {media_type}", partial(_decode, media_type=media_type)
        yield f"structure {media_type}", partial(_structure, media_type=media_type)
    yield "counts", lambda text: derive_counts(_article(text))
    yield "language", lambda text: derive_language(_article(text))
    yield "quotes", lambda text: quotes_of(text, "en", _speech())
    yield "mentions", _mentions
    yield "fingerprints", lambda text: find_fingerprints(derive_counts(_article(text)))


def _decode(text: str, media_type: str) -> Decoded | Reject:
    record = Record(Locator("stress", 0), text.encode(), media_type)
    return decode(record, FieldNames())


def _structure(text: str, media_type: str) -> None:
    decoded = _decode(text, media_type)
    if isinstance(decoded, Decoded):
        structure(decoded, _structure_lexicon(), load_line_net(), load_story_net())


def _article(text: str) -> pa.Table:
    row = {"article_id": "a", "version": 1, "document_id": "d", "body": text, "language": "en"}
    row |= {"captions": [], "quality_flags": [], "authors": []}
    return pa.Table.from_pylist([row])


def _mentions(text: str) -> None:
    articles = _article(text)
    marked = pa.table({name: [] for name in QUOTES.column_names}, schema=QUOTES.schema)
    recognisers = {"en": load_recogniser("en_core_web_sm")}
    find_mentions(articles, marked, recognisers, load_name_knowledge())


def _seconds(use: Callable[[str], object], text: str) -> float:
    began = time.process_time()
    use(text)
    return time.process_time() - began


if __name__ == "__main__":
    main()
