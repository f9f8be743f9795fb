"""What rules learned from a source are worth: `benchmarks.source_rules EVALUATION [FORM]`.

Frames are real and stories are real; the pages are made by putting one into the other: of every
third page of `dev/clean` the lines that are not its body, around stories of `bulk/`. So each site
has many pages, and what is body is known. Half of the pages of a site teach, the other half is
read by the rules. Reuters' tables are the hard part: the model takes many for no body.

Told are, by form of text: the rules accepted and proposed, the share of accepted ones whose line
is a line of no story (precision), words of frames that leak into bodies and lines of stories
that rules cut, without and with the rules. Every site is judged by a net that never saw it.
Last, one site with many frames that prints nothing but Reuters.
"""

import gzip
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from flows.curation import Curation
from flows.models import load_line_net
from flows.settings import load_lexicon, load_settings
from flows.source_rules import curate_source_rules, load_rules
from flows.steps import compose
from flows.steps.assembly import assemble_body
from flows.steps.fingerprints import find_fingerprints
from flows.steps.line_net import LineNet
from flows.steps.record import Decoded, Hints, Locator, Page, Record
from flows.steps.source_rules import METHOD, NO_RULES, SourceRules
from flows.steps.structure import compile_structure_lexicon, structure
from schemas import TABLES
from schemas.contract import table_from_rows
from training.pages import fold_of

WIRE = "-wire"
FORMS = ("raw_text", "raw_text_region", "raw_text_soup", "raw_text_region-wire")
EVERY_FRAME, PAGES_A_FRAME = 3, 24
SEED = 7
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
LEXICON = compile_structure_lexicon(load_lexicon())


@dataclass(frozen=True)
class Made:
    """A page put together: its address, its text, the lines of its story and of its frame."""

    site: str
    url: str
    text: str
    story: list[str]
    frame: list[str]


def main() -> None:
    evaluation, forms = Path(sys.argv[1]), sys.argv[2:] or FORMS
    stories = list(read_stories(evaluation / "bulk"))
    for form in forms:
        pages = list(make_pages(evaluation, form.removesuffix(WIRE), stories))
        if form.endswith(WIRE):
            pages = [print_wire(*pair) for pair in zip(pages, reversed(stories), strict=False)]
        report(form, pages[::2], pages[1::2])


def print_wire(page: Made, story: list[str]) -> Made:
    """The page with a story of Reuters, as one of a single site that prints nothing else."""
    text = page.text.replace("\n\n".join(page.story), "\n\n".join(story))
    url = f"https://wire.example/{page.url}"
    return replace(page, site="wire.example", url=url, text=text, story=story)


def read_stories(bulk: Path) -> Iterator[list[str]]:
    """Paragraphs of each story: of BBC by blank lines, of Reuters by indented lines."""
    for name in ("bbc2225", "reuters21578"):
        with gzip.open(bulk / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            for line in lines:
                text = json.loads(line)["text"]
                parts = text.split("\n\n") if name == "bbc2225" else text.split("\n ")
                yield [part for part in (" ".join(part.split()) for part in parts) if part]


def make_pages(evaluation: Path, form: str, stories: list[list[str]]) -> Iterator[Made]:
    dice = random.Random(SEED)
    with gzip.open(evaluation / "dev/clean/pages.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][::EVERY_FRAME]
    for row in rows:
        before, after = frame_of(row[form], row["body_truth"])
        for number in range(PAGES_A_FRAME):
            story = dice.choice(stories)
            yield Made(
                row["site"],
                f"https://{row['site']}/{row['id']}/{number}",
                "\n\n".join([*before, *story, *after]),
                story,
                [*before, *after],
            )


def frame_of(text: str, body: str) -> tuple[list[str], list[str]]:
    """The lines of a page above its story, and those in and below it that are not body."""
    told = " ".join(body.split())
    lines = [line for line in (" ".join(line.split()) for line in text.splitlines()) if line]
    is_body = [len(line) >= 20 and line in told for line in lines]
    first = is_body.index(True) if True in is_body else len(lines)
    after = [line for line, inside in zip(lines, is_body, strict=True) if not inside][first:]
    return lines[:first], [line for line in after if line not in told]


def read_page(page: Made, net: LineNet, rules: SourceRules) -> Page | None:
    decoded = Decoded(page.text, False, "utf-8", "utf8", Hints(url=page.url))
    found = structure(decoded, LEXICON, net, None, rules)
    return found if isinstance(found, Page) else None


def report(form: str, taught: list[Made], tested: list[Made]) -> None:
    rules, listed = learn(taught)
    told = {line for page in (*taught, *tested) for line in page.story}
    accepted = [row for row in listed if row["state"] == "accepted"]
    wrong = [row for row in accepted if row["line"] in told]
    kept = sum(row["kept_count"] > 0 for row in accepted)
    print(
        f"{form}: {len(taught)} pages taught {len(accepted)} accepted rules, {kept} of lines that "
        f"were sometimes kept, and {len(listed) - len(accepted)} proposed; "
        f"precision {1 - len(wrong) / max(1, len(accepted)):.4f}"
    )
    for name, applied in (("without", NO_RULES), ("with", rules)):
        leaked, cut, words = measure(tested, applied)
        print(f"  {name:8}{len(tested)} pages, {words} words: {leaked} leaked, {cut} lines lost")


def measure(pages: list[Made], rules: SourceRules) -> tuple[int, int, int]:
    """Words of frames in bodies, lines of stories that a rule cut, and words of stories."""
    nets = unseen_nets()
    leaked = cut = words = 0
    for page in pages:
        found = read_page(page, nets[fold_of(page.site, len(nets))], rules)
        body = assemble_body(found.text, found.blocks)[0] if found else ""
        have, want = Counter(body.split()), Counter(" ".join(page.story).split())
        leaked += sum((have - want).values())
        words += sum(want.values())
        for block in found.blocks if found else ():
            line = " ".join(page.text[block.raw_start : block.raw_end].split())
            cut += block.method == METHOD and line in page.story and line not in page.frame
    return leaked, cut, words


def learn(pages: list[Made]) -> tuple[SourceRules, list[dict[str, Any]]]:
    """The rules that the curator of a lake learns from these pages."""
    nets = unseen_nets()
    rows: dict[str, list[dict[str, Any]]] = {"documents": [], "articles": [], "blocks": []}
    for page in pages:
        found = read_page(page, nets[fold_of(page.site, len(nets))], NO_RULES)
        if found is not None:
            note_rows(rows, page, found)
    prints = find_fingerprints(table_from_rows(TABLES["articles"], rows["articles"]))
    rows["fingerprints"] = [{**row, "version": 1} for row in prints.to_pylist()]
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS lake; USE lake")
        for name in ("curations", "source_lines", "source_rules", *rows):
            of_table = [{**row, "run_id": "first"} for row in rows.get(name, ())]
            connection.register("rows", table_from_rows(TABLES[name], of_table))
            connection.execute(f"CREATE TABLE {name} AS FROM rows")
        curate_source_rules(connection, Curation("first", MOMENT, load_settings()))
        listed = connection.execute("FROM source_rules").to_arrow_table().to_pylist()
        return load_rules(connection).get("bench", NO_RULES), listed


def note_rows(rows: dict[str, list[dict[str, Any]]], page: Made, found: Page) -> None:
    decoded = Decoded(page.text, False, "utf-8", "utf8", Hints(url=page.url))
    record = Record(Locator(page.url, 0), page.text.encode(), "text/plain")
    article, blocks = compose.page_rows(record, decoded, found)
    document = compose.document_row(record, decoded, "bench")
    rows["documents"].append({**document, "first_seen_at": MOMENT, "last_seen_at": MOMENT})
    rows["articles"].append(article)
    rows["blocks"].extend(blocks)


@cache
def unseen_nets() -> list[LineNet]:
    """The nets of the shipped file, one for each fold of the sites, trained without it."""
    net = load_line_net()

    def one(layer: Any, at: int) -> Any:
        return tuple(part[at : at + 1] for part in layer)

    return [
        replace(
            net,
            first=one(net.first, at),
            middle=tuple(one(layer, at) for layer in net.middle),
            last=one(net.last, at),
        )
        for at in range(len(net.first[0]))
    ]


if __name__ == "__main__":
    main()
