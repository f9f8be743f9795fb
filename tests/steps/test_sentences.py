"""Sentences: places in code points, whatever the text."""

from hypothesis import given
from hypothesis import strategies as st

from flows.steps.sentences import paragraph_spans, sentence_spans


def cut(text: str, language: str | None = "en") -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, language)]


def test_abbreviations_end_no_sentence() -> None:
    assert cut("Dr. Kessel left. Mr. Brandt stayed.") == ["Dr. Kessel left.", "Mr. Brandt stayed."]


def test_places_behind_wide_characters() -> None:
    assert cut("𝒳😀 one. 𝒳😀 two.") == ["𝒳😀 one.", "𝒳😀 two."]


def test_a_blank_line_ends_a_sentence() -> None:
    assert cut("No full stop\n \nNext") == ["No full stop", "Next"]


def test_chinese() -> None:
    assert cut("桥开了。人来了。", "zh") == ["桥开了。", "人来了。"]


def test_unknown_language_reads_as_english() -> None:
    assert cut("One here. Two there.", "xx") == cut("One here. Two there.", None)


TEXT = st.text(st.sampled_from('aB .!?。\n\t\r😀\u2028\u00a0\ud800é1"')) | st.text(
    st.characters(codec=None)
)


@given(TEXT, st.sampled_from(["en", "de", "zh", "xx", None]))
def test_sentences_hold_every_visible_character_once(text: str, language: str | None) -> None:
    spans = sentence_spans(text, language)
    last = 0
    for start, end in spans:
        assert last <= start < end <= len(text)
        assert text[last:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        assert "\n\n" not in text[start:end]
        last = end
    assert text[last:].strip() == ""


@given(TEXT)
def test_paragraphs_hold_every_visible_character_once(text: str) -> None:
    kept = "".join(text[start:end] for start, end in paragraph_spans(text))
    assert "".join(kept.split()) == "".join(text.split())
