"""Entity models: verified before they are loaded, and right on names that matter."""

from pathlib import Path

import pytest

from flows.errors import SetupError
from flows.models import find_model, load_recogniser, split_text, verify_files
from flows.steps.recognise import FastRecogniser


def test_an_undeclared_model_is_refused() -> None:
    with pytest.raises(SetupError, match=r"no entity model is named 'xx'.*en_core_web_sm"):
        load_recogniser("xx")


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"other weights")
    with pytest.raises(SetupError, match=r"model: found SHA-256 .* pins 000000000000"):
        verify_files(tmp_path, {"model": "0" * 64})


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="missing"):
        verify_files(tmp_path, {"model": "0" * 64})


def test_the_installed_model_is_the_pinned_one() -> None:
    assert (find_model("en_core_web_sm") / "ner" / "model").is_file()


def test_pieces_make_the_text_again() -> None:
    text = "One two.\n\nThree four.\nFive six seveneightnine"
    pieces = list(split_text(text, 12))
    assert "".join(piece for _, piece in pieces) == text
    assert all(text.startswith(piece, start) for start, piece in pieces)
    assert max(len(piece) for _, piece in pieces) <= 12


def test_entities_with_their_places() -> None:
    recognise = load_recogniser("en_core_web_sm")
    text = "😀 Officials from Egypt and Hamas met Joe Biden in Tel Aviv on Monday."
    found = {text[start:end]: label for start, end, label in recognise([text])[0]}
    assert found.items() >= {"Egypt": "GPE", "Hamas": "ORG", "Joe Biden": "PERSON"}.items()
    assert found["Tel Aviv"] == "GPE"


def test_the_engine_is_chosen_and_finds_the_same() -> None:
    texts = ["Angela Merkel met Tim Cook in Berlin on 3 May.", "NATO and Apple lost $5 million."]
    fast, slow = (load_recogniser("en_core_web_sm", engine) for engine in ("numpy", "spacy"))
    assert fast(texts) == slow(texts)
    assert isinstance(fast.args[0], FastRecogniser)
    assert not isinstance(slow.args[0], FastRecogniser)


def test_broken_text_raises_nothing() -> None:
    recognise = load_recogniser("en_core_web_sm")
    assert len(recognise(["", "\ud800 \x00 \uffff", "a" * 120_000])) == 3
