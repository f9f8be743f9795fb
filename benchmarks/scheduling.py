"""What tracking costs: a run with Prefect against --direct, by shards, in CPU seconds and memory.

    python benchmarks/scheduling.py tracked --shards 10 1000
    python benchmarks/scheduling.py long --articles 60000
    python benchmarks/scheduling.py known --articles 100000 --new 1000

`tracked` lands one short story a shard, so that nearly all is overhead, and gives CPU seconds a
shard with and without Prefect, and the peak memory of the coordinating process. `long` lands
many stories in shards of the usual size, turn and turn about. `known` multiplies
a landed lake in place, by SQL, then lands new stories into it and into an empty lake.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from flows.lake import write_lake

STORY = """Council of {place} votes on harbour plan {number}

By Ana Moreau

The council of {place} voted on Tuesday to spend {number} million crowns on its harbour, ending
years of argument between the port and the people who live beside it.

“We have waited {number} years for this,” said Mayor Tomas Lind. “Now we build.”

{rest}
"""
WORDS = [
    "harbour", "council", "ferry", "winter", "school", "budget", "market", "bridge", "water",
    "night", "strike", "river", "engine", "window", "garden", "letter", "doctor", "summer",
    "island", "forest", "street", "copper", "museum", "answer", "machine", "ticket", "planet",
    "silver", "number", "player", "record", "figure", "kitchen", "farmer", "editor", "singer",
    "season", "border", "valley",
]  # fmt: skip
PLACES = ("Oslo", "Lisbon", "Nairobi", "Lima", "Hanoi")
COORDINATOR = """
import sys
from flows.cli import main
try:
    main()
except SystemExit:
    pass
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(int(peak.split()[1]) // 1024, file=sys.stderr)
"""
"""The command, and its own peak memory: what the system counts as used by a process otherwise has
in it what its parent had when it was started."""


def write_stories(folder: Path, count: int, first: int = 0) -> None:
    """One text file a story; no two are copies of each other."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        (folder / f"{number:06}.txt").write_text(make_story(number), encoding="utf-8")


def make_story(number: int) -> str:
    """A story of a hundred words; no two numbers make copies of each other."""
    words = Random(number).choices(WORDS, k=90)
    rest = " ".join(f"The {' '.join(words[at : at + 9])}." for at in range(0, 90, 9))
    return STORY.format(place=PLACES[number % 5], number=number, rest=rest)


def run(dumps: Path, lake: Path, *options: str, shard_records: int = 250) -> dict[str, float]:
    """Land dumps in a process of its own; seconds, CPU seconds, its peak MB, records."""
    config = lake.with_suffix(".toml")
    config.write_text(f"[run]\nshard_records = {shard_records}\n")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [
            sys.executable, "-c", COORDINATOR, "run", str(dumps), "--lake", str(lake),
            "--config", str(config), "--json", *options,
        ],
        capture_output=True, text=True, check=True, env={**os.environ},
    )  # fmt: skip
    seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    peak = float(done.stderr.split()[-1])
    landed = json.loads(done.stdout)["records_landed"]
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "landed": landed}


def compare_tracked(counts: list[int]) -> None:
    """Print CPU seconds and peak memory by number of shards, with Prefect and without."""
    print(
        "| shards | CPU s with Prefect | CPU s --direct | peak MB with Prefect | peak MB --direct |"
    )
    print("|---:|---:|---:|---:|---:|")
    for count in counts:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            write_stories(folder / "dumps", count)
            tracked = run(folder / "dumps", folder / "tracked", shard_records=1)
            direct = run(folder / "dumps", folder / "direct", "--direct", shard_records=1)
        print(
            f"| {count:,} | {tracked['cpu']:.1f} | {direct['cpu']:.1f} | {tracked['peak']:.0f} "
            f"| {direct['peak']:.0f} |",
            flush=True,
        )


def compare_long(count: int, rounds: int = 2) -> None:
    """Print seconds and CPU seconds of one long run with Prefect and without, in turn."""
    print("| engine | records | s | CPU s | peak MB |\n|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with (folder / "stories.jsonl").open("w", encoding="utf-8") as lines:
            for number in range(count):
                lines.write(json.dumps({"id": str(number), "text": make_story(number)}) + "\n")
        for turn in range(rounds):
            for engine, options in (("Prefect", []), ("--direct", ["--direct"])):
                took = run(folder / "stories.jsonl", folder / f"lake{turn}{engine}", *options)
                print(
                    f"| {engine} | {took['landed']:,} | {took['seconds']:.1f} | {took['cpu']:.1f} "
                    f"| {took['peak']:.0f} |",
                    flush=True,
                )


def multiply(lake: Path, times: int) -> None:
    """Add copies of every record under new ids and addresses, with their articles and receipts."""
    ids = "md5(document_id || i)"
    article = "md5(article_id || i)"
    source = f"(SELECT unnest(range(1, {times})) AS i)"
    with write_lake(lake, 2000) as connection:
        connection.execute(
            f"INSERT INTO documents BY NAME SELECT * EXCLUDE i REPLACE ({ids} AS document_id, "
            f"uri || '.' || i AS uri) FROM documents, {source}"
        )
        for table in ("articles", "blocks", "mentions", "quotes", "fingerprints"):
            connection.execute(
                f"INSERT INTO {table} BY NAME SELECT * EXCLUDE i REPLACE ({ids} AS document_id, "
                f"{article} AS article_id) FROM {table}, {source}"
            )


def measure_known(article_count: int, new_count: int) -> None:
    """Print what new stories cost in an empty lake and in one with many articles."""
    base = 500
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_stories(folder / "known", base)
        write_stories(folder / "one", 1, first=base)
        write_stories(folder / "new", new_count, first=base + 1)
        run(folder / "known", folder / "lake", "--direct")
        multiply(folder / "lake", article_count // base)
        run(folder / "one", folder / "lake", "--direct")  # curates what was multiplied
        empty = run(folder / "new", folder / "empty", "--direct")
        full = run(folder / "new", folder / "lake", "--direct")
        again = run(folder / "new", folder / "lake", "--direct")
    print(f"{new_count:,} new into an empty lake: {empty['cpu']:.1f} CPU s")
    print(f"{new_count:,} new beside {article_count:,} known: {full['cpu']:.1f} CPU s")
    print(f"nothing new beside {article_count:,} known: {again['cpu']:.1f} CPU s")
    print(f"peak of the coordinator: {full['peak']:.0f} MB")


def main() -> None:
    """Measure what the first argument names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("tracked", "long", "known"))
    parser.add_argument("--shards", type=int, nargs="+", default=[10, 1000])
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--new", type=int, default=1000)
    asked = parser.parse_args()
    if asked.what == "tracked":
        compare_tracked(asked.shards)
    elif asked.what == "long":
        compare_long(asked.articles)
    else:
        measure_known(asked.articles, asked.new)


if __name__ == "__main__":
    main()
