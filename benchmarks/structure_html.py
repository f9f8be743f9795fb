"""How fast HTML pages are structured, as a ratio to trafilatura, measured in one process.

    python benchmarks/structure_html.py FOLDER [--pages 200] [--rounds 3]

FOLDER holds `*.html` or `*.html.gz`. Every page is structured (body, blocks and fields) and
given to trafilatura (body and metadata), turn and turn about, in CPU time. The first round
warms both up and is not counted. Prints the ratio, the share of pages that was sent on to
trafilatura, and milliseconds a page by stage.
"""

import argparse
import gc
import gzip
import time
import tomllib
from collections import Counter
from pathlib import Path

from trafilatura import bare_extraction

from flows.models import load_story_net
from flows.settings import config_folder
from flows.steps.html import find_story, shown_lines
from flows.steps.lexicon import compile_structure_lexicon
from flows.steps.metadata import read_metadata
from flows.steps.record import Decoded, Hints, Page
from flows.steps.render import read_sheet
from flows.steps.structure import structure


def main() -> None:
    """Time both on every page, turn and turn about."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--pages", type=int, default=200)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    paths = sorted(options.folder.glob("*.html*"))
    chosen = paths[:: max(1, len(paths) // options.pages)][: options.pages]
    markups = [read_page(path) for path in chosen]
    lexicon = compile_structure_lexicon(
        {
            path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
            for path in (config_folder() / "lexicon").glob("*.toml")
        }
    )
    net = load_story_net()
    gc.freeze()
    ours, theirs, methods = [], [], Counter()
    for number in range(options.rounds + 1):
        for markup in markups:
            decoded = Decoded(markup, True, "utf-8", "utf8", Hints())
            seconds, page = timed(structure, decoded, lexicon, story_net=net)
            reference, _ = timed(bare_extraction, markup, with_metadata=True)
            if number:
                ours.append(seconds)
                theirs.append(reference)
                methods[page.body_method if isinstance(page, Page) else page.reason] += 1
    count = len(ours)
    print(f"{len(markups)} pages, {options.rounds} rounds, CPU milliseconds a page")
    print(f"structure    {1000 * sum(ours) / count:8.2f}")
    print(f"trafilatura  {1000 * sum(theirs) / count:8.2f}")
    print(f"ratio        {sum(theirs) / sum(ours):8.2f}")
    for method, times in methods.most_common():
        print(f"{method:<12} {times / count:8.1%} of pages")
    for name, seconds in stages(markups, lexicon, net).items():
        print(f"  {name:<10} {1000 * seconds / len(markups):8.2f}")


def stages(markups: list[str], lexicon, net) -> dict[str, float]:
    """Seconds of all pages by stage."""
    spent = Counter()
    for markup in markups:
        decoded = Decoded(markup, True, "utf-8", "utf8", Hints())
        seconds, sheet = timed(read_sheet, markup)
        spent["render"] += seconds
        seconds, stated = timed(read_metadata, sheet, markup, None, lexicon)
        spent["metadata"] += seconds
        lines = shown_lines(sheet)
        if lines:
            seconds, _ = timed(find_story, lines, sheet, stated, decoded, net)
            spent["story"] += seconds
    return spent


def timed(step, *args, **options):
    """CPU seconds of a call, and what it gave."""
    began = time.process_time()
    result = step(*args, **options)
    return time.process_time() - began, result


def read_page(path: Path) -> str:
    """A page as text."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8", "replace")


if __name__ == "__main__":
    main()
