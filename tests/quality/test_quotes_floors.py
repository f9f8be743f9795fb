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
    answers = {row["id"]: _answers(row["text"]) for row in gold}
    found = scorer.run(gold, answers)
    printed = {
        key: [{**row, "speaker": row["printed"]} for row in rows] for key, rows in answers.items()
    }
    figures = {
        "quote_span_f1": found["f1"],
        "quote_speaker_last": found["speaker_last"],
        "quote_speaker_as_printed": scorer.run(gold, printed)["speaker_exact"],
        "quote_pronoun_answered": found["pronoun_named"],
    }
    floors = json.loads((HERE / "floors_quotes.json").read_text(encoding="utf-8"))
    assert {name: figures[name] for name in floors if figures[name] < floors[name]} == {}


def test_learned_figures_hold_their_floors() -> None:
    """The card tells what the weights were worth on publishers they were not learned from."""
    card = load_speaker_weights()["en"]["card"]["figures_with_one_publisher_left_out"]
    assert card["right_surname"] >= 0.94
    assert card["answered_at_0.9"] >= 0.78
    assert card["right_at_0.9"] >= 0.985
    assert card["noun_phrases_found"] >= 0.72


def _answers(text: str) -> list[dict[str, object]]:
    rows = []
    for quote in quotes_of(text, "en", KNOWLEDGE):
        source = quote.speaker.source
        printed = text[source.start : source.end] if source else None
        speaker = quote.speaker.name or printed
        place = {"start": quote.span.start, "end": quote.span.end}
        if quote.kind != "indirect":
            rows.append({**place, "speaker": speaker, "printed": printed})
    return rows


def _scorer(path: Path):  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("score_quotes", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
