"""Entity floors on real news: they may rise, never fall."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

from flows.gazetteer import load_name_knowledge
from flows.models import load_recogniser
from flows.steps.cleanup import clean_names
from flows.steps.labels import Span

HERE = Path(__file__).resolve().parent
LABELS = ["PER", "ORG", "LOC"]
KNOWLEDGE = load_name_knowledge()

Cleaning = Callable[[str, list[Span]], list[Span]]


def test_cleaning_keeps_what_it_gains(shared_dir: Path) -> None:
    floors = json.loads((HERE / "floors_mentions.json").read_text(encoding="utf-8"))
    dev = shared_dir / "eval/dev/ner"
    news = _read(dev / "conllpp_test.jsonl")
    clean, bare = _f1(shared_dir, news, _cleaned), _f1(shared_dir, news, _bare)
    assert clean >= floors["conllpp_dev_f1"]
    assert round(clean - bare, 3) >= floors["conllpp_dev_gain_over_model"]
    english = [row for row in _read(dev / "uner_pud_news.jsonl") if row["lang"] == "en"]
    assert _f1(shared_dir, english, _cleaned) >= floors["uner_en_dev_f1"]


def _cleaned(text: str, spans: list[Span]) -> list[Span]:
    fields = clean_names({"body": text}, {"body": spans}, KNOWLEDGE.words, KNOWLEDGE.places)
    return fields["body"]


def _bare(text: str, spans: list[Span]) -> list[Span]:
    """The model alone; it counts "the" as part of a name, which no gold set does."""
    return [
        (start + 4 if text[start : start + 4].lower() == "the " else start, end, label)
        for start, end, label in spans
    ]


def _f1(shared_dir: Path, gold: list[dict], clean: Cleaning) -> float:
    recognise = load_recogniser("en_core_web_sm")
    found = recognise([row["text"] for row in gold])
    predicted = {
        row["id"]: [
            {"start": start, "end": end, "label": label}
            for start, end, label in clean(row["text"], spans)
        ]
        for row, spans in zip(gold, found, strict=True)
    }
    return _scorer(shared_dir).run(gold, predicted, LABELS)["exact"]["f1"]


def _read(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _scorer(shared_dir: Path):
    path = shared_dir / "eval/scripts/score_ner.py"
    spec = importlib.util.spec_from_file_location("score_ner", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
