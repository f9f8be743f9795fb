"""Choosing among candidate speakers: a conditional logit whose weights are table look-ups."""

from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp
from operator import itemgetter
from typing import Any

from flows.steps.candidates import FEATURES, Candidate
from flows.steps.people import UNKNOWN_SHORT

Key = tuple[int, ...]
Cross = tuple[int, ...]
"""Places in `FEATURES` whose values are weighed together."""


class Weights:
    """What the values of features are worth, cross by cross; unknown values are worth nothing."""

    def __init__(self, tables: Iterable[tuple[Cross, Mapping[Key, float]]]) -> None:
        self.tables = [_lookup(cross, table) for cross, table in tables]

    def score(self, features: Sequence[int]) -> float:
        """Sum of what the features are worth."""
        values = coarse(features)
        score = 0.0
        for pick, worth in self.tables:
            score += worth(pick(values), 0.0)
        return score


def _lookup(
    cross: Cross, table: Mapping[Key, float]
) -> tuple[Callable[[Sequence[int]], Any], Callable[[Any, float], float]]:
    """How to pick a cross from the features, and what the picked is worth."""
    if not cross:
        return lambda _: (), dict(table).get
    if len(cross) == 1:  # itemgetter picks a bare value then, not a tuple
        return itemgetter(*cross), {key[0]: weight for key, weight in table.items()}.get
    return itemgetter(*cross), dict(table).get


@dataclass(frozen=True, slots=True)
class SpeakerRanker:
    """Scores for candidates, and for nobody's being the speaker, which the text may well mean."""

    somebody: Weights
    nobody: Weights

    def choose(self, found: Sequence[Candidate]) -> tuple[Candidate | None, float]:
        """The likeliest source with its probability; None where nobody is likelier.

        Mentions of one name share their probability; the best of them is taken.
        """
        if not found:
            return None, 1.0
        scores = [self.somebody.score(one.features) for one in found]
        null = self.nobody.score(found[0].features)
        top = max(*scores, null)
        weights = [exp(score - top) for score in scores]
        nobody = exp(null - top)
        total = sum(weights) + nobody
        shares: dict[object, float] = {}
        bearers = [bearer(one) for one in found]
        for own, weight in zip(bearers, weights, strict=True):
            shares[own] = shares.get(own, 0.0) + weight
        chosen = max(shares, key=shares.__getitem__)
        if nobody > shares[chosen]:
            return None, nobody / total
        best = max(
            (place for place, own in enumerate(bearers) if own == chosen),
            key=weights.__getitem__,
        )
        return found[best], shares[chosen] / total


def bearer(one: Candidate) -> object:
    """What candidates that are one source share: the name, else the place."""
    return one.entity if one.kind <= UNKNOWN_SHORT else one.start


_GAP = FEATURES.index("gap")
_GAP_CUTS = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 29)
_COARSE_GAP = tuple(bisect(_GAP_CUTS, gap) for gap in range(64))


def coarse(features: Sequence[int]) -> list[int]:
    """Features as the weights know them: the gap in steps that grow."""
    values = list(features)
    values[_GAP] = _COARSE_GAP[values[_GAP]]
    return values


def compile_ranker(weights: Mapping[str, Any]) -> SpeakerRanker:
    """Compile the weights of a file in `config/models/`.

    Raises KeyError for a part that is missing and ValueError for a feature nobody computes.
    """
    return SpeakerRanker(_compile(weights["somebody"]), _compile(weights["nobody"]))


def _compile(parts: Sequence[Mapping[str, Any]]) -> Weights:
    return Weights(
        (
            cross_of(part["features"]),
            {tuple(map(int, key.split())): weight for key, weight in part["weights"].items()},
        )
        for part in parts
    )


def cross_of(names: Sequence[str]) -> Cross:
    """Places of features by name.

    >>> cross_of(["zone", "between"])
    (0, 2)
    """
    return tuple(FEATURES.index(name) for name in names)
