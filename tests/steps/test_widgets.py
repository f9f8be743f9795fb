"""Widgets: runs of lines are found, and stories that quote them lose nothing."""

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.models import load_line_net
from flows.settings import load_lexicon
from flows.steps.letters import read_letters
from flows.steps.lines import read_units
from flows.steps.record import Decoded, Hints, Page
from flows.steps.structure import assemble_body, compile_structure_lexicon, structure
from flows.steps.widgets import find_clue, find_clues

ROOT = Path(__file__).resolve().parents[2]
LEXICON = compile_structure_lexicon(load_lexicon())
NET = load_line_net()
WIDGETS = json.loads((ROOT / "tests/cases/widgets.json").read_text())
TRAPS = json.loads((ROOT / "tests/cases/widget_traps.json").read_text())


def read(paragraphs: list[str], title: str | None = None) -> Page:
    text = "\n\n".join(paragraphs)
    page = structure(Decoded(text, False, "utf-8", "utf8", Hints(title=title)), LEXICON, NET)
    assert isinstance(page, Page)
    return page


def body_of(page: Page) -> str:
    return assemble_body(page.text, page.blocks)[0]


@pytest.mark.parametrize("case", WIDGETS, ids=[case["label"] for case in WIDGETS])
def test_a_widget_is_one_run_of_its_grammar(case: dict) -> None:
    clues = find_clues(read_units("\n".join(case["lines"])), LEXICON)
    assert {clue and clue.method for clue in clues} == {f"widget_{case['widget']}"}


@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["tight", "loose"])
@pytest.mark.parametrize("case", WIDGETS, ids=[case["label"] for case in WIDGETS])
def test_a_widget_below_a_story_is_cut(case: dict, gap: str) -> None:
    language = case["language"]
    story = [TRAPS["titles"][language], *TRAPS["frames"][language]]
    page = read([*story, gap.join(case["lines"])])
    assert body_of(page) == "\n\n".join(TRAPS["frames"][language])
    assert page.title == TRAPS["titles"][language]
    tail = [block for block in page.blocks if not block.is_kept][1:]
    assert {block.role for block in tail} == {case["role"]}


@pytest.mark.parametrize("place", [1, 2, 3], ids=["second", "third", "last"])
@pytest.mark.parametrize("case", TRAPS["cases"], ids=[case["label"] for case in TRAPS["cases"]])
def test_a_story_that_quotes_a_widget_loses_nothing(case: dict, place: int) -> None:
    story = list(TRAPS["frames"][case["language"]])
    story.insert(place, case["sentence"])
    title = TRAPS["titles"][case["language"]]
    assert body_of(read([title, *story])) == "\n\n".join(story)
    assert body_of(read(story, title)) == "\n\n".join(story)


PHRASES = sorted({*LEXICON.lines, *LEXICON.openings, *LEXICON.grammars})
REAL = [line for case in WIDGETS for line in case["lines"]]
TERMS = sorted(
    term for table in load_lexicon()["widgets"].values() for term in table.get("terms", ())
)
WORDS = [
    "harbour",
    "Straße",
    "İlgili",
    "12",
    "Share14K",
    "•",
    "|",
    "(",
    "don’t",
    "ΤΕΛΟΣ",
    "記者",
    "e\u0301",
]
PARTS = st.sampled_from([*PHRASES, *REAL, *TERMS, *WORDS])
SHAPES = st.sampled_from([str, str.upper, str.title, "• {}".format, "({})".format, "{}:".format])


@given(st.lists(st.tuples(st.lists(PARTS, min_size=1, max_size=3), SHAPES), max_size=12))
@settings(max_examples=300, deadline=None)
def test_what_the_arrays_pass_over_is_no_clue(lines: list) -> None:
    units = read_units("\n".join(shape(" ".join(parts)) for parts, shape in lines))
    letters = read_letters([unit.text for unit in units])
    assert find_clues(units, LEXICON, letters) == find_clues(units, LEXICON)


@pytest.mark.heavy
def test_on_real_pages_the_arrays_pass_over_no_clue(shared_dir: Path) -> None:
    with gzip.open(shared_dir / "eval/dev/clean/pages.jsonl.gz", "rt", encoding="utf-8") as rows:
        pages = [json.loads(row) for row in rows]
    for page in pages:
        for form in ("raw_text", "raw_text_soup"):
            units = read_units(page[form])
            letters = read_letters([unit.text for unit in units])
            assert find_clues(units, LEXICON, letters) == find_clues(units, LEXICON), page["id"]


def test_one_line_alone_is_a_clue_and_quoted_is_none() -> None:
    [line], [quoted] = read_units("View all comments"), read_units("“View all comments”")
    clue = find_clue(line, LEXICON)
    assert clue is not None
    assert (clue.role, clue.is_alone) == ("comment_ui", False)
    assert find_clue(quoted, LEXICON) is None


def test_the_traps_are_many() -> None:
    assert len(TRAPS["cases"]) >= 60
