"""How long, how varied and how hard a text is."""

import re
from collections import Counter
from collections.abc import Sequence

import pyarrow as pa

from flows.steps.columns import column_or_nulls, with_column
from flows.steps.sentences import paragraph_spans, sentence_spans

WORDS_PER_MINUTE = 238
"""Silent reading of English non-fiction: Brysbaert (2019), How many words do we read per
minute?, Journal of Memory and Language 109. For Chinese it gives 260 characters a minute, so
that a character counted as a word reads at nearly the same pace."""

DIVERSITY_WINDOW = 50
LONG_WORD_LETTERS = 6

# Scripts written without spaces. Unicode's default word boundaries (UAX #29, rule WB999) part
# every ideograph, kana and South-East Asian letter; word processors count "characters" of
# these scripts in the same way. A dictionary would give words, but a different number a version.
_UNSPACED = (
    "\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ec0-\u0ec6"
    "\u1000-\u102a\u1780-\u17b3"
)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
# A word runs from its first letter or digit to the next blank or dash, so that vowel signs,
# apostrophes, hyphens and the points of "U.S." stay inside.
_WORD = re.compile(r"\w[^\s—–]*")
_WORD_OR_CHARACTER = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}][^\s—–{_UNSPACED}]*")
_EDGE_MARKS = ".,;:!?…\"'“”‘’«»‹›„‚()[]{}*/_-。、，！？；：「」『』（）"


def words_of(text: str) -> list[str]:
    """List the words of a text, without the punctuation at their edges.

    Words stand between blanks or dashes and hold a letter or digit. Each character of a script
    without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) counts as one.

    >>> words_of("The mayor’s aide—a U.S. citizen—said: “No comment.” * 42%")
    ['The', 'mayor’s', 'aide', 'a', 'U.S', 'citizen', 'said', 'No', 'comment', '42%']
    >>> words_of("市长辞职。 हिन्दी")
    ['市', '长', '辞', '职', 'हिन्दी']
    """
    pattern = _WORD_OR_CHARACTER if _HAS_UNSPACED.search(text) else _WORD
    return [word.rstrip(_EDGE_MARKS) for word in pattern.findall(text)]


def count_words(text: str) -> int:
    """Count words; see `words_of` for what is one.

    >>> count_words("Mayor resigns, again"), count_words("— * —")
    (3, 0)
    """
    return len(words_of(text))


def count_paragraphs(text: str) -> int:
    r"""Count stretches of text between blank lines.

    >>> count_paragraphs("One.\n\nTwo,\nstill two."), count_paragraphs("")
    (2, 0)
    """
    return len(paragraph_spans(text))


def count_sentences(text: str, language: str | None) -> int:
    """Count sentences as `sentence_spans` cuts them.

    >>> count_sentences("Nobody knew. Dr. Kessel left.", "en")
    2
    """
    return len(sentence_spans(text, language))


def reading_seconds(word_count: int) -> int:
    """Seconds of silent reading at 238 words a minute, rounded.

    >>> reading_seconds(238), reading_seconds(1), reading_seconds(0)
    (60, 0, 0)
    """
    return round(word_count * 60 / WORDS_PER_MINUTE)


def lexical_diversity(words: list[str]) -> float | None:
    """Moving-average type-token ratio: mean share of distinct words in windows of 50 words.

    Unlike the plain ratio it does not fall as texts get longer (Covington and McFall 2010).
    A text below 50 words gets its plain ratio, a text without words None. Case is ignored.

    >>> lexical_diversity(["The", "dog", "the", "cat"])
    0.75
    >>> lexical_diversity([]) is None
    True
    >>> lexical_diversity(["a", "b"] * 50)
    0.04
    """
    if not words:
        return None
    tokens = [word.casefold() for word in words]
    window = min(DIVERSITY_WINDOW, len(tokens))
    inside = Counter(tokens[:window])
    distinct = total = len(inside)
    for leaving, entering in zip(tokens, tokens[window:], strict=False):
        inside[leaving] -= 1
        distinct -= inside[leaving] == 0
        distinct += inside[entering] == 0
        inside[entering] += 1
        total += distinct
    return total / (window * (len(tokens) - window + 1))


def readability(words: list[str], sentence_count: int) -> float | None:
    """LIX: words per sentence plus the percentage of words over six letters (Björnsson 1968).

    Under 30 reads as a children's book, over 60 as a statute. None without words, and for
    scripts without spaces, where letters say nothing about difficulty.

    >>> readability(["The", "council", "met"], 1)
    36.333333333333336
    >>> readability([], 0) is None, readability(["市", "长"], 1) is None
    (True, True)
    """
    unspaced = sum(1 for word in words if _HAS_UNSPACED.match(word))
    if not words or 2 * unspaced > len(words):
        return None
    long_words = sum(1 for word in words if len(word) > LONG_WORD_LETTERS)
    return len(words) / max(sentence_count, 1) + 100 * long_words / len(words)


def derive_counts(articles: pa.Table) -> pa.Table:
    """Measure each `body`. Rows and their order are unchanged; reads `body` and `language`.

    Writes `word_count`, `char_count`, `sentence_count`, `paragraph_count`, `reading_seconds`,
    `lexical_diversity` and `readability`. A null body counts as an empty one.
    """
    bodies = [body or "" for body in articles["body"].to_pylist()]
    words = [words_of(body) for body in bodies]
    sentences = list(map(count_sentences, bodies, column_or_nulls(articles, "language")))
    derived: dict[str, Sequence[object]] = {
        "word_count": [len(found) for found in words],
        "char_count": [len(body) for body in bodies],
        "sentence_count": sentences,
        "paragraph_count": [count_paragraphs(body) for body in bodies],
        "reading_seconds": [reading_seconds(len(found)) for found in words],
        "lexical_diversity": [lexical_diversity(found) for found in words],
        "readability": list(map(readability, words, sentences)),
    }
    for name, values in derived.items():
        articles = with_column(articles, name, values)
    return articles
