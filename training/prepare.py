"""Make the folder that nets are trained on: `python -m training.prepare EVALUATION --out DATA`.

EVALUATION is a folder with `clean/pages.jsonl.gz` (three text forms and the story of each page),
`metadata/*.jsonl` (title, authors, date by page id) and `html/*.html.gz`. Pages with a known
story go to `pages.jsonl.gz`. The others become `silver.jsonl.gz`: their story is what
trafilatura finds in the HTML, and they weigh less; where snippets of the story are known
(`clean_snippets/*.jsonl.gz`) and the teacher misses one, they weigh little.
"""

import argparse
import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree
from lxml.html import document_fromstring
from trafilatura import extract

from flows.settings import load_lexicon
from flows.steps.html import shown_lines
from flows.steps.lexicon import compile_structure_lexicon
from flows.steps.metadata import read_metadata
from flows.steps.render import read_sheet
from training.pages import load_rows

SILVER, DOUBTFUL = 0.5, 0.15
SHORTEST_STORY = 400
"""Characters of a story that the teacher may teach."""

LEXICON = compile_structure_lexicon(load_lexicon())


def main() -> None:
    """Write both files of the training folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("evaluation", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    folder: Path = options.evaluation
    options.out.mkdir(parents=True, exist_ok=True)
    known = load_rows(folder / "clean" / "pages.jsonl.gz")
    stated = read_stated(folder)
    for row in known:
        html = read_html(folder / row["html_path"])
        row["stated"] = complete_stated(stated.get(row["id"], {}), html)
    write_rows(options.out / "pages.jsonl.gz", known)
    seen = {row["id"] for row in known}
    write_rows(options.out / "silver.jsonl.gz", teach(folder, seen, stated))


def read_stated(folder: Path) -> dict[str, dict[str, Any]]:
    """Title, authors and date by page id, as people or publishers state them."""
    stated = {}
    for path in sorted((folder / "metadata").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            stated[row["id"]] = {name: row.get(name) for name in ("title", "authors", "date")}
    return stated


def complete_stated(stated: Mapping[str, Any], html: str) -> dict[str, Any]:
    """Fill what nobody stated with what the markup states."""
    filled = {name: value for name, value in stated.items() if value is not None}
    sheet = read_sheet(html)
    if sheet is None:
        return filled
    found = read_metadata(sheet, html, None, LEXICON)
    if not filled.get("title") and found.title:
        filled["title"] = found.title
    if "authors" not in filled and found.authors:
        filled["authors"] = list(found.authors)
    if not filled.get("date") and found.published:
        filled["date"] = found.published.at.date().isoformat()
    return filled


def teach(
    folder: Path, seen: set[str], stated: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Rows of the pages whose story only the teacher knows."""
    snippets = {
        row["id"]: row
        for path in sorted((folder / "clean_snippets").glob("*.jsonl.gz"))
        for row in load_rows(path)
    }
    for path in sorted((folder / "html").glob("*.html.gz")):
        name = path.name.removesuffix(".html.gz")
        html = read_html(path)
        story = extract(html, include_comments=False, include_tables=False, favor_precision=True)
        sheet = read_sheet(html)
        if name in seen or sheet is None or len(story or "") < SHORTEST_STORY:
            continue
        lines = shown_lines(sheet)
        page = "".join(("\n\n" if line.has_gap else "\n") + line.text for line in lines)
        known = snippets.get(name, {})
        yield {
            "id": name,
            "site": known.get("site") or name,
            "raw_text": page,
            "raw_text_soup": "\n".join(read_nodes(html)),
            "body_truth": story,
            "weight": SILVER if agrees(story, page, known) else DOUBTFUL,
            "stated": complete_stated(stated.get(name, {}), html),
        }


def read_nodes(html: str) -> Iterator[str]:
    """Every text node of a page that is not a script's or a style's, as soup libraries print it."""
    tree = document_fromstring(html.encode())
    etree.strip_elements(tree, etree.Comment, "script", "style", "template", with_tail=False)
    return filter(None, map(str.strip, tree.itertext()))


def agrees(story: str, page: str, known: Mapping[str, Any]) -> bool:
    """Whether a story has the known snippets that the page shows, and none that it should not."""
    story, page = (" ".join(text.split()) for text in (story, page))
    wanted, unwanted = (
        [" ".join(text.split()) for text in known.get(name, ())] for name in ("with", "without")
    )
    return not any(text in page and text not in story for text in wanted) and not any(
        text in story for text in unwanted
    )


def read_html(path: Path) -> str:
    """The markup of a gzipped page."""
    return gzip.decompress(path.read_bytes()).decode("utf-8", "replace")


def write_rows(path: Path, rows: Any) -> None:
    """Write gzipped JSON lines."""
    with gzip.open(path, "wt", encoding="utf-8") as lines:
        for row in rows:
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
