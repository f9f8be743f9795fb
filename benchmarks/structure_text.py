"""How fast plain text is structured: `python -m benchmarks.structure_text [PAGES.jsonl.gz]`.

Records a second and core of the whole step (units, widgets, net, fields, blocks), of the same
step without the net, and as a ratio of the two, by form of text. All are measured in one
process, round by round in turn, in CPU seconds. Without an argument the pages are the text
dumps of the sample.
"""

import gzip
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from flows.models import load_line_net
from flows.settings import load_lexicon
from flows.steps.line_net import LineNet
from flows.steps.record import Decoded, Hints
from flows.steps.structure import compile_structure_lexicon, structure

ROUNDS = 5
SAMPLE = Path(__file__).parents[1] / "data" / "raw" / "sample"
FORMS = ("raw_text", "raw_text_region", "raw_text_soup", "body_truth")
LEXICON = compile_structure_lexicon(load_lexicon())


def main() -> None:
    for form, texts in read_texts():
        seconds = {"whole": 0.0, "rules": 0.0}
        measure(texts[:1], load_line_net())  # what a process makes once: tables, weights
        for _ in range(ROUNDS):
            seconds["whole"] += measure(texts, load_line_net())
            seconds["rules"] += measure(texts, None)
        whole, rules = (len(texts) * ROUNDS / value for value in seconds.values())
        characters = sum(map(len, texts)) / len(texts)
        print(
            f"{form:16} {len(texts):4} texts of {characters:7.0f} characters: "
            f"{whole:6.0f} records/s/core, rules alone {rules:6.0f}, ratio {whole / rules:.2f}"
        )


def read_texts() -> Iterator[tuple[str, list[str]]]:
    if len(sys.argv) < 2:
        yield "sample", [path.read_text("utf-8") for path in sorted(SAMPLE.glob("[pw]*/*.txt"))]
        return
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for form in FORMS:
        yield form, [row[form] for row in rows]


def measure(texts: list[str], net: LineNet | None) -> float:
    began = time.process_time()
    for text in texts:
        structure(Decoded(text, False, "utf-8", "utf8", Hints()), LEXICON, net)
    return time.process_time() - began


if __name__ == "__main__":
    main()
