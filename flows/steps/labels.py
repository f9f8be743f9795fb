"""One name, one label: what a whole article says about a name that one sentence left open."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

Span = tuple[int, int, str]
"""Start and end in code points, half-open, and label."""

NAME_LABELS = frozenset(
    ("PERSON", "ORG", "GPE", "LOC", "NORP", "FAC", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW")
)


def settle_labels(named: Sequence[tuple[str, str]], places: frozenset[str]) -> list[str]:
    """Give every (surface, label) of one article its settled label, in the same order.

    Countries and capitals of `places` are GPE; else a name has the label that most of its
    mentions got; else a single word takes the label of the one longer name that ends with it.
    Numbers and dates keep theirs.

    >>> settle_labels([("Ida Kessel", "PERSON"), ("Kessel", "ORG"), ("Qatar", "ORG")],
    ...     frozenset({"Qatar"}))
    ['PERSON', 'PERSON', 'GPE']
    >>> settle_labels([("Orbit", "ORG"), ("Orbit", "ORG"), ("Orbit", "GPE"), ("two", "CARDINAL")],
    ...     frozenset())
    ['ORG', 'ORG', 'ORG', 'CARDINAL']
    """
    names = [(name_key(surface), label) for surface, label in named if label in NAME_LABELS]
    settled = _vote(names)
    settled |= _inherited(settled)
    settled |= {name: "GPE" for name in settled if name in places}
    return [
        settled[name_key(surface)] if label in NAME_LABELS else label for surface, label in named
    ]


def name_key(surface: str) -> str:
    r"""The name in a surface: blanks squashed, a leading article off.

    >>> name_key("the United\nStates")
    'United States'
    """
    name = " ".join(surface.split())
    return name[4:] if name[:4] in ("the ", "The ") else name


def _vote(names: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Most frequent label of each name; at a tie the one seen first."""
    votes: dict[str, Counter[str]] = {}
    for name, label in names:
        votes.setdefault(name, Counter())[label] += 1
    return {name: counted.most_common(1)[0][0] for name, counted in votes.items()}


def _inherited(settled: Mapping[str, str]) -> dict[str, str]:
    """Labels of lone surnames: that of the one person whose full name ends with them."""
    owners: dict[str, set[str]] = {}
    for name, label in settled.items():
        first, _, last = name.rpartition(" ")
        if first and label == "PERSON":
            owners.setdefault(last, set()).add(name)
    return {name: "PERSON" for name in settled if len(owners.get(name, ())) == 1}
