"""Row rules: what every row of a contract must satisfy, as vectorised tests of columns."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from schemas.contract import Contract, Field

Mask: TypeAlias = Any
"""One boolean a row: an Arrow array, chunked or not. The stubs of Arrow cannot say so."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One fact that must hold for a row: the reason if it does not, and the test.

    `holds` takes a table and returns one boolean a row; null counts as held, since a missing
    value is for the not-null rule alone to judge.
    """

    reason: str
    holds: Callable[[pa.Table], Mask]


def split_by(rules: Sequence[Rule], table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Split rows into (kept, broken); a broken row carries its first failed rule as `reason`.

    No row is lost and order is kept on both sides. Reads the columns that the rules name;
    KeyError for one that the table lacks.

    >>> rules = [Rule("word_count_below_0", lambda rows: pc.greater_equal(rows["word_count"], 0))]
    >>> kept, broken = split_by(rules, pa.table({"word_count": [3, -1, None]}))
    >>> kept["word_count"].to_pylist(), broken.to_pylist()
    ([3, None], [{'word_count': -1, 'reason': 'word_count_below_0'}])
    """
    reason: Any = pa.nulls(table.num_rows, pa.string())
    for rule in rules:
        held = pc.fill_null(_flat(rule.holds(table)), True)
        first_failure = pc.and_(pc.invert(held), pc.is_null(reason))
        reason = pc.if_else(first_failure, pa.scalar(rule.reason), reason)
    is_kept = pc.is_null(reason)
    broken = table.append_column("reason", reason).filter(pc.invert(is_kept))
    return table.filter(is_kept), broken


def contract_rules(contract: Contract, columns: Collection[str] | None = None) -> tuple[Rule, ...]:
    """Rules of a contract's columns, in table order: not null, allowed, minimum, maximum.

    `columns` limits them to columns that are filled already: a version and a run are given
    only when a batch is committed. KeyError for one that the contract lacks.

    >>> from schemas.contract import contract, field
    >>> shelf = contract("shelf", grain="book", key=("title",), fields=[
    ...     field("title", pa.string(), "Title."),
    ...     field("pages", pa.int32(), "Pages.", nullable=True, minimum=1)])
    >>> [rule.reason for rule in contract_rules(shelf)]
    ['title_is_null', 'pages_below_1']
    >>> contract_rules(shelf, ())
    ()
    """
    chosen = (
        contract.fields
        if columns is None
        else tuple(contract.field(name) for name in contract.column_names if name in columns)
    )
    unknown = sorted(set(columns or ()) - set(contract.column_names))
    if unknown:
        raise KeyError(f"{contract.name}: no such column: {unknown}")
    return tuple(rule for column in chosen for rule in _column_rules(column))


def measured_rules() -> tuple[Rule, ...]:
    """Rules across columns of `articles`, for rows that are measured already."""
    return (
        Rule("char_count_is_not_length_of_body", char_count_is_length),
        Rule("words_counted_without_body", words_need_body),
    )


def char_count_is_length(articles: pa.Table) -> Mask:
    """Whether `char_count` is the number of code points in `body`, one boolean a row."""
    return pc.equal(articles["char_count"], pc.utf8_length(articles["body"]))


def words_need_body(articles: pa.Table) -> Mask:
    """Whether an empty `body` counts no words, sentences or paragraphs, one boolean a row."""
    nothing = pa.scalar(0)
    has_body = pc.greater(pc.utf8_length(articles["body"]), nothing)
    counts = [articles[name] for name in ("word_count", "sentence_count", "paragraph_count")]
    return pc.or_kleene(has_body, pc.equal(pc.max_element_wise(*counts), nothing))


def _column_rules(column: Field) -> Iterator[Rule]:
    name = column.name
    if not column.nullable:
        yield Rule(f"{name}_is_null", partial(_is_present, name))
    if column.allowed is not None:
        yield Rule(f"{name}_not_allowed", partial(_is_allowed, name, column.allowed))
    if column.minimum is not None:
        yield Rule(f"{name}_below_{column.minimum:g}", partial(_is_least, name, column.minimum))
    if column.maximum is not None:
        yield Rule(f"{name}_above_{column.maximum:g}", partial(_is_most, name, column.maximum))


def _is_present(name: str, table: pa.Table) -> Mask:
    return pc.is_valid(table[name])


def _is_allowed(name: str, allowed: tuple[str, ...], table: pa.Table) -> Mask:
    column = table[name]
    return pc.or_(pc.is_null(column), pc.is_in(column, pa.array(allowed, column.type)))


def _is_least(name: str, minimum: float, table: pa.Table) -> Mask:
    return pc.greater_equal(table[name], pa.scalar(minimum))


def _is_most(name: str, maximum: float, table: pa.Table) -> Mask:
    return pc.less_equal(table[name], pa.scalar(maximum))


def _flat(values: Mask) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
