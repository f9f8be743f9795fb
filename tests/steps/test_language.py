"""Languages: by cases, by a law, and on the shared set."""

import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.language import derive_language, detect_language

TEXTS = {
    "en": "The council met on Tuesday and voted for the new bridge over the river.",
    "de": "Der Stadtrat traf sich am Dienstag und stimmte für die neue Brücke.",
    "fr": "Le conseil s'est réuni mardi et a voté pour le nouveau pont sur la rivière.",
    "es": "El consejo se reunió el martes y votó por el nuevo puente sobre el río.",
    "ru": "Городской совет собрался во вторник и проголосовал за новый мост через реку.",
    "zh": "市议会星期二开会，投票决定在河上修建一座新桥，预计明年完工。",
    "he": "המועצה התכנסה ביום שלישי והצביעה בעד הגשר החדש מעל הנהר.",
    "no": "Bystyret møttes på tirsdag og stemte for den nye broen over elven i byen.",
    "th": "สภาเมืองประชุมเมื่อวันอังคารและลงมติให้สร้างสะพานใหม่ข้ามแม่น้ำ",
}


@pytest.mark.parametrize("language", TEXTS)
def test_languages(language: str) -> None:
    found, share = detect_language(TEXTS[language])
    assert found == language
    assert share is not None and 0.5 < share <= 1


def test_characters_that_the_detector_refuses() -> None:
    noise = "\x00\x1b\x7f\x85\ud800\ufdd0\uffff\U0001ffff"
    assert detect_language(noise.join(TEXTS["en"].split()))[0] == "en"


def test_a_stated_language_only_fills_gaps() -> None:
    articles = pa.table({"body": [TEXTS["de"], "12", None], "language": ["en-US", "fr-CA", None]})
    derived = derive_language(articles)
    assert derived["language"].to_pylist() == ["de", "fr", None]
    assert derived["language_confidence"].null_count == 2
    assert derive_language(derived).equals(derived)


@given(st.text(st.characters(codec=None)))
def test_any_text_has_an_answer(text: str) -> None:
    language, share = detect_language(text)
    assert (language is None) == (share is None)


@pytest.mark.heavy
def test_shared_set(shared_dir: Path) -> None:
    with (shared_dir / "eval/dev/langid/langid.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    right = sum(detect_language(row["text"])[0] == row["lang"] for row in rows)
    assert right / len(rows) >= 0.97
