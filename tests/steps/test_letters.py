"""Words and phrases have one name, wherever they stand and by whatever way they are read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.steps.letters import hash_word, read_letters
from flows.steps.lexicon import phrase_key

FILLER = "harbour " * 100


@pytest.mark.parametrize("lines_before", [0, 1, 80, 200], ids=str)
@pytest.mark.parametrize("last", ["Share", "ŠÍPEK", "x" * 90], ids=["plain", "marks", "long"])
def test_a_word_has_one_hash_wherever_it_stands(lines_before: int, last: str) -> None:
    letters = read_letters([*[FILLER] * lines_before, f"Please, {last}"])
    assert letters is not None
    assert int(letters.hashes[-1]) == hash_word(last) == hash_word(last.lower())
    assert int(letters.hashes[-2]) == hash_word("please") != hash_word("pleas")


def test_words_of_the_same_letters_have_other_hashes() -> None:
    words = ["stop", "post", "spot", "tops", "stops", "s", "ss", "sss"]
    assert len(set(map(hash_word, words))) == len(words)


@given(st.text(st.characters(max_codepoint=127)))
def test_the_short_way_of_ascii_gives_the_same_phrase(text: str) -> None:
    assert f"{phrase_key(text)} é".strip() == phrase_key(f"{text} é")
