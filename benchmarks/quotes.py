"""How fast quotations and their speakers are found, beside the cutting of sentences.

    python benchmarks/quotes.py FOLDER [--rounds 5]

FOLDER holds JSON lines of articles, plain or gzipped, each with a `text` or `body`. Prints
articles of 600 words a second of CPU time on one core, and the time as a multiple of cutting the
same texts into sentences: machines differ, the ratio hardly does. Rounds alternate, and each text
counts with its best one, so that a busy neighbour on the machine costs little.
"""

import argparse
import gzip
import json
import math
import time
from collections.abc import Callable
from pathlib import Path

from flows.settings import load_lexicon, load_speaker_weights
from flows.steps.quotes import compile_speech_knowledge, quotes_of
from flows.steps.sentences import sentence_spans

WORDS = 600


def main() -> None:
    """Alternate the two and print what the best rounds come to."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--rounds", type=int, default=5)
    options = arguments.parse_args()
    texts = load(options.folder)
    knowledge = compile_speech_knowledge(load_lexicon(), load_speaker_weights())
    quoting = cutting = [math.inf] * len(texts)
    for _ in range(options.rounds):
        quoting = best(quoting, texts, lambda text: quotes_of(text, "en", knowledge))
        cutting = best(cutting, texts, lambda text: sentence_spans(text, "en"))
    articles = sum(len(text.split()) for text in texts) / WORDS
    print(f"{articles / sum(quoting):8.0f} articles of {WORDS} words a second of CPU time")
    print(f"{sum(quoting) / sum(cutting):8.2f} times the cutting of sentences")


def load(folder: Path) -> list[str]:
    """Texts of all articles."""
    texts = []
    for path in sorted(folder.glob("*.jsonl*")):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line in lines]
        texts += [row.get("text") or row.get("body") or "" for row in rows]
    return texts


def best(before: list[float], texts: list[str], step: Callable[[str], object]) -> list[float]:
    """CPU seconds of a step over each text, where they are fewer than before."""
    found = []
    for text, least in zip(texts, before, strict=True):
        began = time.process_time()
        step(text)
        found.append(min(least, time.process_time() - began))
    return found


if __name__ == "__main__":
    main()
