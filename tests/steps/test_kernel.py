"""The compiled way gives what numpy and patterns give, bit for bit, and probabilities nearly so."""

import dataclasses
import gzip
import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.models import load_line_net
from flows.settings import load_lexicon
from flows.steps import kernel
from flows.steps.body import measure_units
from flows.steps.letters import Letters, read_letters
from flows.steps.line_features import FEATURES, describe_lines
from flows.steps.line_net import run_net
from flows.steps.lines import read_units
from flows.steps.record import Decoded, Hints, Page
from flows.steps.structure import compile_structure_lexicon, structure
from flows.steps.widgets import believe_runs, find_clues, find_suspects

LEXICON = compile_structure_lexicon(load_lexicon())
NET = load_line_net()
SAMPLE = Path(__file__).parents[2] / "data" / "raw" / "sample"
SAMPLE_PARTS = (
    "The council approved the bridge.", "Home", "Share", "12 Comments", "Share14K", "© 2024",
    "“We won,” she said.”", "he said, (again)...", "SUBSCRIBE TO CONTINUE", "Über uns", "Yorumlar",
    "市议会批准新大桥。", "ราคา", "İSTANBUL", "ﬁnal ẞ ǅ", "1,234", "Privacy policy", "and a link",
    "View all comments", "We use cookies to improve your experience and our service.",
    "which they had voted for in March", ", then left.", "𝐚bc", "😀", "\u200bzero", "e\u0301a",
    "a" * 1999, "b " * 1100, "x.) y.”)] z.'”’»›", "•", "???", "\ufeff", "___",
    "it ended.”’»”", "it ended.”’»”)", "The board said that", "The board said", "the pier", "2019",
    "The" + " harbour" * 20, "市议会批准新大桥港口委员会也同意了",
)  # fmt: skip
LINE_ENDS = ("\n", "\n\n", "\r\n", "\r", "\n \n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", " \n")
SPACES = (" ", "  ", "\t", "\xa0", "\u3000", "\x1f", "")

pieces = st.one_of(st.sampled_from(SAMPLE_PARTS), st.text(max_size=12))
glue = st.one_of(st.sampled_from(LINE_ENDS), st.sampled_from(SPACES))
mixed = st.lists(st.tuples(pieces, glue), max_size=40).map(
    lambda parts: "".join(piece + end for piece, end in parts)
)
gapless = st.lists(st.sampled_from(SAMPLE_PARTS), min_size=6, max_size=30).map("\n".join)
texts = st.one_of(mixed, gapless)
needs_kernel = pytest.mark.skipif(
    kernel.KERNEL is None, reason="there was no C compiler when this was installed"
)


@contextmanager
def numpy_alone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "KERNEL", None)
        yield


def test_where_there_is_a_compiler_there_is_the_kernel() -> None:
    if shutil.which("cc") is None or sys.platform == "win32":
        pytest.skip("no C compiler here")
    assert kernel.KERNEL is not None, "no kernel, or one of another source: `make clean setup`"


@needs_kernel
@given(texts)
def test_texts_have_the_same_units(text: str) -> None:
    with numpy_alone():
        wanted = read_units(text)
    assert read_units(text) == wanted


@needs_kernel
@given(texts)
def test_lines_have_the_same_letters_suspects_and_features(text: str) -> None:
    check_features(text)


@needs_kernel
def test_long_and_wide_texts_have_the_same_features() -> None:
    for text in ("word " * 70_000, "Line of a menu\n" * 3_000, "市" * 9_000, "é.\n\n" * 2_000):
        check_features(text)


@needs_kernel
def test_dumps_become_the_same_pages() -> None:
    paths = sorted(SAMPLE.glob("[pw]*/*.txt"))
    assert paths
    for path in paths:
        decoded = Decoded(path.read_text("utf-8"), False, "utf-8", "utf8", Hints())
        page = structure(decoded, LEXICON, NET)
        with numpy_alone():
            other = structure(decoded, LEXICON, NET)
        assert isinstance(page, Page) and isinstance(other, Page)
        scores = [[block.score or 0 for block in read.blocks] for read in (page, other)]
        assert np.allclose(*scores, rtol=0, atol=1e-3), path
        assert unscored(page) == unscored(other), path


def unscored(page: Page) -> Page:
    blocks = tuple(block._replace(score=None) for block in page.blocks)
    return dataclasses.replace(page, blocks=blocks, body_confidence=None)


@needs_kernel
@pytest.mark.heavy
@pytest.mark.parametrize("form", ["raw_text", "raw_text_region", "raw_text_soup", "body_truth"])
def test_pages_have_the_same_features(form: str, shared_dir: Path) -> None:
    with gzip.open(shared_dir / "eval/dev/clean/pages.jsonl.gz", "rt", encoding="utf-8") as lines:
        for line in lines:
            check_features(json.loads(line)[form])


def check_features(text: str) -> None:
    units = read_units(text)
    found = read_letters([unit.text for unit in units])
    with numpy_alone():
        wanted = read_letters([unit.text for unit in units])
    if found is None or wanted is None:
        assert found is wanted is None
        return
    for field in dataclasses.fields(Letters):
        if field.name != "buffer":
            assert np.array_equal(getattr(found, field.name), getattr(wanted, field.name)), field
    suspects, clues = find_suspects(found, LEXICON.heads), find_clues(units, LEXICON, found)
    marks = (clues, believe_runs(clues), measure_units(units))
    figures = describe_lines(found, units, *marks, NET.words)
    with numpy_alone():
        expected_suspects = find_suspects(wanted, LEXICON.heads)
        assert list(map(sorted, expected_suspects)) == list(map(sorted, suspects))
        expected = describe_lines(wanted, units, *marks, NET.words)
        scores = run_net(expected, NET)
    differing = np.flatnonzero((figures != expected).any(axis=0))
    assert not len(differing), [FEATURES[at] for at in differing]
    for name, likely in dataclasses.asdict(run_net(figures, NET)).items():
        assert np.allclose(likely, getattr(scores, name), rtol=0, atol=1e-4), name
