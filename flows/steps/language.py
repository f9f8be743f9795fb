"""Which language a text is in."""

import re

import pyarrow as pa
import pycld2

from flows.steps.columns import column_or_nulls, with_column

SAMPLE_CHARACTERS = 20_000
"""A language shows in the first pages; the rest of a book would only cost time."""

SHORTEST_GUESS = 20
"""Characters from which an answer that the detector itself calls unreliable is believed."""

# The detector refuses texts with control characters, surrogates or noncharacters.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(
        f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
    )
    + "]"
)
_ADDRESS = re.compile(r"(?:https?://|www\.|@)\S+")
_CURRENT_CODES = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "jw": "jv",
    "mo": "ro",
    "sh": "sr",
    "nb": "no",
    "nn": "no",
}
_UNKNOWN = "un"


def detect_language(text: str) -> tuple[str | None, float | None]:
    r"""Name a text's main language as an ISO 639 code, and the share of the text that is in it.

    (None, None) for a text too short or too mixed to tell. Both written Chinese are `zh`, both
    Norwegian ones `no`.

    >>> detect_language("The mayor resigned on Tuesday after a long meeting of the council.")
    ('en', 0.98)
    >>> detect_language("12:30"), detect_language("\x00\ud800")
    ((None, None), (None, None))
    """
    sample = _ADDRESS.sub(" ", _REFUSED.sub(" ", text[:SAMPLE_CHARACTERS]))
    if len(sample.strip()) < SHORTEST_GUESS:
        best = _detect(sample, is_guess=False)
    else:
        best = _detect(sample, is_guess=False) or _detect(sample, is_guess=True)
    return best or (None, None)


def _detect(sample: str, is_guess: bool) -> tuple[str, float] | None:
    """The detector's first answer; a guess is one that it calls unreliable itself."""
    try:
        is_reliable, _, found = pycld2.detect(sample, isPlainText=True, bestEffort=is_guess)
    except pycld2.error:
        return None
    _, tag, percent, _ = found[0]
    code = current_code(tag)
    if code is None or code == _UNKNOWN or not percent or not (is_reliable or is_guess):
        return None
    return code, percent / 100


def current_code(stated: str) -> str | None:
    """Reduce a language tag to the code used here: no region or script, no withdrawn codes.

    >>> current_code("en-US"), current_code("zh_Hant"), current_code("iw"), current_code("nb-NO")
    ('en', 'zh', 'he', 'no')
    >>> current_code("") is None, current_code("x!") is None
    (True, True)
    """
    code = re.split(r"[-_]", stated.strip().lower(), maxsplit=1)[0]
    if not (code.isascii() and code.isalpha() and 2 <= len(code) <= 3):
        return None
    return _CURRENT_CODES.get(code, code)


def derive_language(articles: pa.Table) -> pa.Table:
    """Detect the language of each `body`. Rows and their order are unchanged.

    Writes `language` and `language_confidence`. A language that the page states is kept only
    where the detector says nothing, since templates state the site's language, not the text's;
    its confidence is null.
    """
    found = [detect_language(body or "") for body in articles["body"].to_pylist()]
    stated = column_or_nulls(articles, "language")
    languages = [
        language or (current_code(page) if page else None)
        for (language, _), page in zip(found, stated, strict=True)
    ]
    articles = with_column(articles, "language", languages)
    return with_column(articles, "language_confidence", [share for _, share in found])
