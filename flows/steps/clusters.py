"""Clusters: which articles are copies of one text, which came first, and what each copy is.

The result depends on the set of copies and ties alone, in whatever order they are given.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import combinations
from typing import NamedTuple

from flows.steps.copies import EXCERPT_CONTAINMENT, NEAR_JACCARD, Comparison
from schemas.duplicates import DUPLICATE_KINDS

HUBS = 8
"""Texts of one bucket with which all others in it are compared: all pairs of a small bucket,
and work in proportion to the size of a large one."""

STRANGE_JACCARD, MOST_STRANGERS, SAMPLED, LEAST_ACQUAINTED = 0.6, 4, 20, 0.2
"""A text is furniture that more than 4 others have beside much of their own (Jaccard similarity
below 0.6), when of the first 20 of these fewer than a fifth of the pairs are copies of each other:
the abridgements of one report are, articles that carry the same notice are not."""

MOST_GROUPS = 200
"""Groups of near copies that looser ties may join into one cluster. More of them have a form or
a page in common rather than a report, and stay apart."""

Row = dict[str, object]


class Copy(NamedTuple):
    """An article version and its text. `preference` is lower for a better source."""

    article_id: str
    version: int
    document_id: str
    text_id: str
    shingle_count: int
    site: str | None = None
    published_at: datetime | None = None
    agency: str | None = None
    preference: int = 0


class Tie(NamedTuple):
    """Two texts that were compared."""

    one: str
    other: str
    comparison: Comparison


@dataclass(frozen=True)
class Cluster:
    """Copies of one text, with the fillings of the same form that hang on them."""

    copies: tuple[Copy, ...]
    templates: tuple[Copy, ...]
    is_capped: bool

    @cached_property
    def cluster_id(self) -> str:
        """The smallest id of its texts: it stays while that text is there."""
        return min(copy.text_id for copy in self.copies or self.templates)

    @cached_property
    def canonical(self) -> Copy:
        """The copy of the best source, of those the earliest, of undated ones the longest."""
        return min(self.copies or self.templates, key=_precedence)


def arrange(copies: Sequence[Copy], ties: Sequence[Tie]) -> list[Row]:
    """Rows of `duplicates`, without the run, for every copy that is in a cluster.

    `ties` are all the kept comparisons among the texts of these copies.
    """
    holders = defaultdict(list)
    for copy in copies:
        holders[copy.text_id].append(copy)
    related = {(tie.one, tie.other): _same_address(tie, holders) for tie in ties}
    closest = _closest_copies(related)
    return [
        row for cluster in _clusters(holders, related) for row in _rows(cluster, related, closest)
    ]


def _clusters(
    holders: Mapping[str, list[Copy]], ties: Mapping[tuple[str, str], Comparison]
) -> list[Cluster]:
    near = _Groups(holders)
    for (one, other), found in ties.items():
        if found.is_copy and found.jaccard >= NEAR_JACCARD:
            near.join(one, other)
    groups, capped = _with_looser_copies(near, ties)
    members = groups.members()
    lone = {name for name, texts in members.items() if len(_copies_of(texts, holders)) == 1}
    return [
        Cluster(
            _copies_of(texts, holders),
            _copies_of(forms, holders),
            len(texts) > HUBS or not capped.isdisjoint(texts),
        )
        for texts, forms in _families(groups, lone, ties)
    ]


def _with_looser_copies(
    near: "_Groups", ties: Mapping[tuple[str, str], Comparison]
) -> tuple["_Groups", set[str]]:
    """Join groups of near copies by looser ones: not through furniture, nor more than 200.

    Returns the joined groups, and the texts of which some ties were not followed.
    """
    loose = {
        pair: found
        for pair, found in ties.items()
        if found.is_copy and near[pair[0]] != near[pair[1]]
    }
    furniture = _furniture(near, loose)
    followed = [pair for pair in loose if furniture.isdisjoint((near[pair[0]], near[pair[1]]))]
    joined = near.joined(followed)
    sizes = Counter(joined[name] for name in near.members())
    within = [pair for pair in followed if sizes[joined[pair[0]]] <= MOST_GROUPS]
    capped = {text_id for pair in loose.keys() - set(within) for text_id in pair}
    return near.joined(within), capped


def _furniture(near: "_Groups", loose: Mapping[tuple[str, str], Comparison]) -> set[str]:
    """Groups of near copies that stand in too many texts which are no copies of each other."""
    neighbours, strangers = defaultdict(set), defaultdict(set)
    for (one, other), found in loose.items():
        for name, its in ((near[one], near[other]), (near[other], near[one])):
            neighbours[name].add(its)
            if found.jaccard < STRANGE_JACCARD:
                strangers[name].add(its)
    return {name for name, others in strangers.items() if _is_furniture(others, neighbours)}


def _is_furniture(others: set[str], neighbours: Mapping[str, set[str]]) -> bool:
    if len(others) <= MOST_STRANGERS:
        return False
    pairs = list(combinations(sorted(others)[:SAMPLED], 2))
    acquainted = sum(other in neighbours[one] for one, other in pairs)
    return acquainted < LEAST_ACQUAINTED * len(pairs)


def _families(
    groups: "_Groups", lone: set[str], ties: Mapping[tuple[str, str], Comparison]
) -> list[tuple[Sequence[str], Sequence[str]]]:
    """Every cluster as its texts that are copies, if any, and the lone ones that share its form.

    Forms hang on copies only from outside: two groups of copies never become one by a form.
    """
    forms = sorted(
        (
            (-found.jaccard, pair)
            for pair, found in ties.items()
            if found.is_template and found.jaccard >= NEAR_JACCARD
        )
    )
    family = _Groups(lone)
    for _, (one, other) in forms:
        if groups[one] in lone and groups[other] in lone:
            family.join(groups[one], groups[other])
    hosts: dict[str, str] = {}
    for _, (one, other) in forms:
        for guest, host in ((groups[one], groups[other]), (groups[other], groups[one])):
            if guest in lone and host not in lone:
                hosts.setdefault(family[guest], host)
    guests = defaultdict(list)
    alone = []
    for name, texts in family.members().items():
        if name in hosts:
            guests[hosts[name]].extend(texts)
        elif len(texts) > 1:
            alone.append(texts)
    copied = {name: texts for name, texts in groups.members().items() if name not in lone}
    return [
        *((texts, guests[name]) for name, texts in copied.items()),
        *(((), texts) for texts in alone),
    ]


def _rows(
    cluster: Cluster,
    ties: Mapping[tuple[str, str], Comparison],
    closest: Mapping[str, Comparison],
) -> list[Row]:
    """Rows of one cluster.

    A copy that was not compared with the canonical one, or is none of it, is judged by its
    closest copy. The canonical one has the first kind that another copy has.
    """
    canonical = cluster.canonical
    is_wired = any(copy.agency for copy in cluster.copies)
    kinds = {
        copy: kind_of_copy(
            copy, canonical, _copy_tie(copy, canonical, ties) or closest[copy.text_id], is_wired
        )
        for copy in cluster.copies
        if copy is not canonical
    }
    kinds |= dict.fromkeys(cluster.templates, "template")
    if cluster.copies:
        others = [kinds[copy] for copy in cluster.copies if copy is not canonical]
        kinds[canonical] = min(others, key=DUPLICATE_KINDS.index)
    return [_row(copy, kind, cluster, ties) for copy, kind in kinds.items()]


def _row(
    copy: Copy, kind: str, cluster: Cluster, ties: Mapping[tuple[str, str], Comparison]
) -> Row:
    found = _tie(copy, cluster.canonical, ties)
    return {
        "article_id": copy.article_id,
        "version": copy.version,
        "cluster_id": cluster.cluster_id,
        "kind": kind,
        "canonical_article_id": cluster.canonical.article_id,
        "jaccard": found and found.jaccard,
        "containment": found and found.containment,
        "is_capped": cluster.is_capped,
    }


def kind_of_copy(copy: Copy, canonical: Copy, found: Comparison, is_wired: bool) -> str:
    """What a copy is to the canonical one; the first rule that fits decides.

    * revision: the same address, or the same site, later, and not word for word;
    * wire: another site, in a cluster where some copy names its agency;
    * exact: the same words;
    * near: Jaccard similarity of 0.8 or more;
    * excerpt: shorter, and nine tenths of it stand in the other;
    * revision: what is left was worked over.
    """
    if copy.article_id == canonical.article_id:
        return "revision"
    is_exact = copy.text_id == canonical.text_id
    if is_wired and copy.site and canonical.site and copy.site != canonical.site:
        return "wire"
    if not is_exact and _is_later_there(copy, canonical):
        return "revision"
    if is_exact:
        return "exact"
    if found.jaccard >= NEAR_JACCARD:
        return "near"
    is_shorter = copy.shingle_count < canonical.shingle_count
    return "excerpt" if is_shorter and found.containment >= EXCERPT_CONTAINMENT else "revision"


def _is_later_there(copy: Copy, canonical: Copy) -> bool:
    if copy.site is None or copy.site != canonical.site:
        return False
    return bool(
        copy.published_at and canonical.published_at and copy.published_at > canonical.published_at
    )


_SAME = Comparison(1.0, 1.0)


def _same_address(tie: Tie, holders: Mapping[str, list[Copy]]) -> Comparison:
    """A comparison, in which versions of one address are no form filled anew."""
    if not tie.comparison.is_template:
        return tie.comparison
    addresses = [{copy.article_id for copy in holders[text_id]} for text_id in (tie.one, tie.other)]
    is_template = addresses[0].isdisjoint(addresses[1])
    return tie.comparison._replace(is_template=is_template)


def _tie(
    copy: Copy, canonical: Copy, ties: Mapping[tuple[str, str], Comparison]
) -> Comparison | None:
    if copy.text_id == canonical.text_id:
        return _SAME
    pair = min(copy.text_id, canonical.text_id), max(copy.text_id, canonical.text_id)
    return ties.get(pair)


def _copy_tie(
    copy: Copy, canonical: Copy, ties: Mapping[tuple[str, str], Comparison]
) -> Comparison | None:
    found = _tie(copy, canonical, ties)
    return found if found and found.is_copy else None


def _closest_copies(ties: Mapping[tuple[str, str], Comparison]) -> dict[str, Comparison]:
    """The comparison of each text with its closest copy."""
    closest: dict[str, Comparison] = {}
    for pair, found in ties.items():
        if found.is_copy:
            for text_id in pair:
                closest[text_id] = max(closest.get(text_id, found), found)
    return closest


def _copies_of(texts: Iterable[str], holders: Mapping[str, list[Copy]]) -> tuple[Copy, ...]:
    return tuple(copy for text_id in sorted(texts) for copy in holders[text_id])


_NEVER = datetime.max.replace(tzinfo=UTC)


def _precedence(copy: Copy) -> tuple[int, datetime, int, str]:
    return copy.preference, copy.published_at or _NEVER, -copy.shingle_count, copy.document_id


class _Groups:
    """Names in disjoint groups; a group is called by its smallest name."""

    def __init__(self, names: Iterable[str]) -> None:
        self._parent = {name: name for name in names}

    def __getitem__(self, name: str) -> str:
        root = name
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[name] != root:
            self._parent[name], name = root, self._parent[name]
        return root

    def join(self, one: str, other: str) -> None:
        """Make one group of two."""
        first, second = sorted((self[one], self[other]))
        self._parent[second] = first

    def joined(self, pairs: Iterable[tuple[str, str]]) -> "_Groups":
        """New groups: these, joined by the pairs."""
        copied = _Groups(())
        copied._parent = dict(self._parent)
        for one, other in pairs:
            copied.join(one, other)
        return copied

    def members(self) -> dict[str, list[str]]:
        """Names by group."""
        found = defaultdict(list)
        for name in self._parent:
            found[self[name]].append(name)
        return dict(found)
