"""Reading and replacing single columns of the articles table."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from schemas.articles import ARTICLES


def column_or_nulls(table: pa.Table, name: str) -> list[Any]:
    """Values of a column; as many nulls where the table lacks it.

    >>> column_or_nulls(pa.table({"title": ["Mayor resigns"]}), "subtitle")
    [None]
    """
    if name not in table.column_names:
        return [None] * table.num_rows
    values: list[Any] = table[name].to_pylist()
    return values


def with_column(articles: pa.Table, name: str, values: Sequence[object]) -> pa.Table:
    """Replace or append one column, typed as the contract of `articles` says.

    >>> with_column(pa.table({"title": ["Mayor resigns"]}), "word_count", [2]).column_names
    ['title', 'word_count']
    """
    column = pa.array(values, type=ARTICLES.field(name).type)
    place = articles.schema.get_field_index(name)
    if place < 0:
        return articles.append_column(name, column)
    return articles.set_column(place, name, column)
