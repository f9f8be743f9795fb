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

SETTLED_SHARE = 0.5
"""The confidence of what the detector did not say."""
VOTES_TO_OVERRULE = 1
"""Small words that a language without a list is taken to have: three of another overrule it."""
SHORT_TEXT = 400
"""Of a text of fewer characters the small words are counted too: the detector errs on these."""
_SMALL_WORDS = {
    "en": "the and of to is was that with for it on as are by this from at",
    "de": "der die das und ist nicht mit den von zu ein eine auf für im dem des sich",
    "fr": "le la les des et est une dans pour qui que sur pas au du aux ce",
    "es": "el la los las que del y una con para por se lo su es al",
    "pt": "o os a as que do da dos das em um uma com não para por e ao no na",
    "it": "il lo gli che di della del per con non una è sono nel dei",
    "nl": "de het een van en is niet op dat met voor zijn",
    "sv": "och att det som en på är för med den inte till av ett från kommer vid",
    "no": "og det som på er for med den ikke til av et å har fra ved",
    "da": "og det som på er for med den ikke til af et at har fra ved",
    "pl": "w na się nie że jest do z i od po dla",
    "tr": "ve bir bu için ile da de olarak çok daha",
}
_LANGUAGES_OF_WORDS: dict[str, list[str]] = {}
for _code, _words in _SMALL_WORDS.items():
    for _word in _words.split():
        _LANGUAGES_OF_WORDS.setdefault(_word, []).append(_code)
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("uk", re.compile("[іїєґ]")),
    ("ru", re.compile("[а-яё]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("el", re.compile("[α-ω]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("th", re.compile("[\u0e01-\u0e2e]")),
)
"""What a script is mostly written for, where nothing else tells; the first that matches."""
_SWEDISH, _NOT_SWEDISH = re.compile("[äöÄÖ]"), re.compile("[æøÆØ]")


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
    code, share = best or (None, None)
    settled = settle_language(code, sample[:SHORT_TEXT], len(sample) <= SHORT_TEXT)
    return settled, share if settled == code else SETTLED_SHARE


def settle_language(code: str | None, head: str, is_short: bool) -> str | None:
    """Correct what the detector gets wrong in short texts and between Nordic languages.

    Small words overrule it where they clearly speak for another language; a script that is
    mostly one language's decides where nothing else does.

    >>> settle_language("en", "Det är hamnen och inte bron, som ”North Pier”.", True)
    'sv'
    >>> settle_language(None, "Мост открыли утром.", True), settle_language(None, "12:30", True)
    ('ru', None)
    """
    if code in ("no", "da") and _SWEDISH.search(head) and not _NOT_SWEDISH.search(head):
        return "sv"
    if not is_short:
        return code
    words = re.findall(r"[^\W\d_]+", head.lower())
    votes = dict.fromkeys(_SMALL_WORDS, 0)
    for word in words if len(words) >= 3 else ():
        for language in _LANGUAGES_OF_WORDS.get(word, ()):
            votes[language] += 1
    best = max(votes, key=lambda language: votes[language])
    if votes[best] >= (1 if code is None else votes.get(code, VOTES_TO_OVERRULE) + 2):
        return best
    if code is None:
        return next((name for name, script in _SCRIPTS if script.search(head.lower())), None)
    return code


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
