"""Entity mentions: speed against spaCy, and how many entities differ.

    OPENBLAS_NUM_THREADS=1 python benchmarks/mentions.py FOLDER [--limit N]

FOLDER holds JSON lines, packed or not, with a `text` or `body`. Prints words per CPU second of
`nlp.pipe` with nothing but the recogniser at each of its batch sizes, of ours cold, and of the
steps after it; then the texts in which ours and spaCy's entities differ, which should be none.
Both read the same texts in turns, in one process, on one core.
"""

import argparse
import gzip
import json
import resource
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import spacy

from flows.gazetteer import load_name_knowledge
from flows.models import UNUSED_PARTS, find_model
from flows.steps.links import link_names
from flows.steps.mentions import mentions_of
from flows.steps.recognise import FastRecogniser

MODEL = "en_core_web_sm"
BATCH_SIZES = (16, 32, 64, 128)
TURN_TEXTS = 500


def main() -> None:
    """Compare, text by text and second by second."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--limit", type=int, default=None)
    options = arguments.parse_args()
    texts = read_texts(options.folder)[: options.limit]
    theirs = spacy.load(find_model(MODEL), exclude=UNUSED_PARTS)
    ours = FastRecogniser(spacy.load(find_model(MODEL), exclude=UNUSED_PARTS))
    best = best_batch_size(theirs, texts[:TURN_TEXTS])
    spent = {"spaCy": 0.0, "ours": 0.0, "clean and link": 0.0}
    differing = entities = 0
    knowledge = load_name_knowledge()
    for first in range(0, len(texts), TURN_TEXTS):
        turn = texts[first : first + TURN_TEXTS]
        expected = timed(spent, "spaCy", lambda turn=turn: spacy_entities(theirs, turn, best))
        found = timed(spent, "ours", lambda turn=turn: ours(turn))
        timed(spent, "clean and link", lambda turn=turn, found=found: clean(turn, found, knowledge))
        differing += sum(one != other for one, other in zip(expected, found, strict=True))
        entities += sum(map(len, expected))
    words = sum(len(text.split()) for text in texts)
    print(f"{len(texts)} texts, {words} words, {entities} entities, spaCy's batch size {best}")
    for name, seconds in spent.items():
        print(f"{name:15} {words / seconds:10.0f} words per CPU second")
    print(f"ratio           {spent['spaCy'] / spent['ours']:10.2f}")
    print(f"differing texts {differing:10}")
    linked = linking_speed(texts, ours, knowledge)
    print(f"linking         {linked:10.0f} mentions per CPU second")
    print(f"peak memory     {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:10.0f} MiB")


def read_texts(folder: Path) -> list[str]:
    """All texts of the JSON lines in a folder."""
    texts = []
    for path in sorted(folder.glob("*.jsonl*")):
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            texts += [row.get("text") or row.get("body") for row in map(json.loads, lines)]
    return texts


def best_batch_size(pipeline: spacy.Language, texts: Sequence[str]) -> int:
    """The batch size at which spaCy is fastest on the first texts."""
    spacy_entities(pipeline, texts, BATCH_SIZES[0])  # its tokenizer's cache is warm from here
    spent: dict[int, float] = {}
    for size in BATCH_SIZES:
        timed(spent, size, lambda size=size: spacy_entities(pipeline, texts, size))
    return min(spent, key=spent.__getitem__)


def spacy_entities(
    pipeline: spacy.Language, texts: Sequence[str], batch_size: int
) -> list[list[tuple[int, int, str]]]:
    """What spaCy finds."""
    return [
        [(entity.start_char, entity.end_char, entity.label_) for entity in doc.ents]
        for doc in pipeline.pipe(texts, batch_size=batch_size)
    ]


def clean(texts: Sequence[str], spans: Sequence, knowledge: object) -> None:
    """The steps after recognition, without their rows."""
    for text, found in zip(texts, spans, strict=True):
        mentions_of({"body": text}, {"body": found}, knowledge)


def linking_speed(texts: Sequence[str], ours: FastRecogniser, knowledge: object) -> float:
    """Mentions linked per CPU second, cleaning left out."""
    named = []
    for text, spans in zip(texts[:2_000], ours(texts[:2_000]), strict=True):
        mentions = mentions_of({"body": text}, {"body": spans}, knowledge)
        named.append(([(text[one.start : one.end], one.label) for one in mentions], [text]))
    spent: dict[str, float] = {}
    timed(spent, "links", lambda: [link_names(*one, knowledge.gazetteer) for one in named])
    return sum(len(mentions) for mentions, _ in named) / spent["links"]


def timed(spent: dict, name: object, work: Callable):
    """Do the work and add its CPU seconds."""
    began = time.process_time()
    result = work()
    spent[name] = spent.get(name, 0.0) + time.process_time() - began
    return result


if __name__ == "__main__":
    main()
