"""Quotation floors on real news: they may rise, never fall."""

import gzip
import importlib.util
import json
from pathlib import Path

import pytest

from flows.settings import load_lexicon, load_speaker_weights
from flows.steps.quotes import compile_speech_knowledge, quotes_of

HERE = Path(__file__).resolve().parent
KNOWLEDGE = compile_speech_knowledge(load_lexicon(), load_speaker_weights())


@pytest.mark.heavy
def test_spans_and_speakers_hold_their_floors(shared_dir: Path) -> None:
    scorer = _scorer(shared_dir / "eval/scripts/score_quotes.py")
    with gzip.open(
        shared_dir / "eval/dev/quotes/polnear.jsonl.gz", "rt", encoding="utf-8"
    ) as lines:
        gold = [json.loads(line) for line in lines]
    found = scorer.run(gold, {row["id"]: _predict(row["text"]) for row in gold})
    floors = json.loads((HERE / "floors_quotes.json").read_text(encoding="utf-8"))
    assert found["f1"] >= floors["quote_span_f1"]
    assert found["speaker_last"] >= floors["quote_speaker_last"]


def _predict(text: str) -> list[dict[str, object]]:
    return [
        {
            "start": quote.span.start,
            "end": quote.span.end,
            "speaker": quote.speaker.name
            or (quote.speaker.source and text[slice(*quote.speaker.source[:2])]),
        }
        for quote in quotes_of(text, "en", KNOWLEDGE)
    ]


def _scorer(path: Path):  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("score_quotes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
