"""What fingerprints cost beside their peers, and what 1,000 more articles cost a large lake.

    python benchmarks/duplicates.py FOLDER [--sizes 50000,100000,200000] [--words 564]

FOLDER holds JSON lines with `text`, packed or not. Fingerprints are timed in turns with
datasketch and with datatrove's MinHash signatures, where those are installed, on the same
articles cut to so many words, in CPU seconds of this process. The lake is filled with articles
recombined from the folder's sentences, one in fifty of them a retouched copy; with `--sizes ""`
no lake is made.
"""

import argparse
import contextlib
import gzip
import io
import json
import random
import re
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from flows.lake import create_lake, open_lake
from flows.steps.fingerprints import find_fingerprints
from tests.flows.newsdesk import article, land_batch

ADDED = 1_000
BATCH = 10_000
ROUNDS = 5
TIMED_ARTICLES = 300


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--sizes", default="50000,100000,200000")
    arguments.add_argument("--words", type=int, default=564)
    options = arguments.parse_args()
    texts = list(read_texts(options.folder))
    compare_fingerprints(texts, options.words)
    if options.sizes:
        draw_curve(texts, sorted(int(size) for size in options.sizes.split(",")))


def read_texts(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.jsonl*")):
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8") as lines:
            yield from (json.loads(line)["text"] for line in lines)


def compare_fingerprints(texts: list[str], words: int) -> None:
    """Articles a CPU second of each contestant, medians of interleaved rounds."""
    split = (text.split() for text in texts)
    articles = [" ".join(text[:words]) for text in split if len(text) >= words][:TIMED_ARTICLES]
    contestants = {"broadsheet": by_broadsheet, **with_datasketch(), **with_datatrove()}
    spent: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(ROUNDS):
        for name, contestant in contestants.items():
            began = time.process_time()
            contestant(articles)
            spent[name].append(time.process_time() - began)
    rates = {name: len(articles) / statistics.median(times) for name, times in spent.items()}
    for name, rate in rates.items():
        times = rates["broadsheet"] / rate
        print(f"{name:<12} {rate:9,.0f} articles/s/core of {words} words  broadsheet x {times:.1f}")


def by_broadsheet(articles: list[str]) -> None:
    ids = [str(number) for number in range(len(articles))]
    find_fingerprints(pa.table({"article_id": ids, "document_id": ids, "body": articles}))


def with_datasketch() -> dict[str, Callable[[list[str]], None]]:
    try:
        from datasketch import MinHash
    except ImportError:
        print("datasketch   skipped: not installed")
        return {}

    def by_datasketch(articles: list[str]) -> None:
        shingled = []
        for text in articles:
            words = re.findall(r"\w+", text.lower())
            shingled.append({" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)})
        for _ in MinHash.generator(shingled, num_perm=128):
            pass

    return {"datasketch": by_datasketch}


def with_datatrove() -> dict[str, Callable[[list[str]], None]]:
    try:
        from datatrove.data import Document
        from datatrove.pipeline.dedup import MinhashDedupSignature
        from datatrove.pipeline.dedup.minhash import MinhashConfig
        from datatrove.utils.hashing import HashConfig
    except ImportError:
        print("datatrove    skipped: not installed")
        return {}
    config = MinhashConfig(
        n_grams=5, num_buckets=14, hashes_per_bucket=8, hash_config=HashConfig(precision=64)
    )

    def by_datatrove(articles: list[str]) -> None:
        documents = [Document(text=text, id=str(n)) for n, text in enumerate(articles)]
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
            MinhashDedupSignature(output_folder=folder, config=config)(iter(documents), 0, 1)

    return {"datatrove": by_datatrove}


def draw_curve(texts: list[str], sizes: list[int]) -> None:
    """Land and curate up to each size, then a thousand more, and say what these cost."""
    sentences = [part for text in texts for part in re.split(r"(?<=[.!?])\s+", text) if part]
    length = statistics.median(len(text.split()) for text in texts if len(text.split()) > 300)
    source = recombined(sentences, int(length))
    with tempfile.TemporaryDirectory() as folder:
        lake = Path(folder) / "lake"
        create_lake(lake)
        landed = 0
        for size in sizes:
            while landed < size:
                count = min(BATCH, size - landed)
                land_batch(lake, [next(source) for _ in range(count)], f"run-{landed:08}")
                landed += count
            seconds, cpu = timed_addition(lake, [next(source) for _ in range(ADDED)], landed)
            landed += ADDED
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"{size:>9,} + {ADDED:,} articles: {seconds:6.2f} s, {cpu:6.2f} CPU s; "
                f"{rows_in(lake):,} rows in clusters; peak {peak:,.0f} MiB so far",
                flush=True,
            )


def timed_addition(lake: Path, rows: list[dict], landed: int) -> tuple[float, float]:
    """Wall and CPU seconds of fingerprinting, landing and curating these articles."""
    began, cpu_began = time.perf_counter(), time.process_time()
    land_batch(lake, rows, f"run-{landed:08}-more")
    return time.perf_counter() - began, time.process_time() - cpu_began


def recombined(sentences: list[str], words: int) -> Iterator[dict]:
    """Endless articles of real sentences; one in fifty is an earlier one, retouched."""
    dice = random.Random(20260301)
    earlier: list[str] = []
    number = 0
    while True:
        if earlier and number % 50 == 0:
            parts = dice.choice(earlier).split(". ")
            parts[dice.randrange(len(parts))] = dice.choice(sentences)
            body = ". ".join(parts)
        else:
            body, size = "", 0
            while size < words:
                sentence = dice.choice(sentences)
                body, size = f"{body} {sentence}", size + len(sentence.split())
            if number % 100 == 1:
                earlier.append(body)
        yield article(body, f"https://site{number % 50}.example/{number}")
        number += 1


def rows_in(lake: Path) -> int:
    with open_lake(lake) as connection:
        return connection.execute("SELECT count(*) FROM duplicates").fetchone()[0]


if __name__ == "__main__":
    main()
