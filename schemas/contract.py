"""One description per table: its grain, its key, its columns and what each of them means.

The Arrow schema, the DDL and comments of the lake, the row rules, the base of the
expectation suites and the data dictionary are all made from a `Contract`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

TIMESTAMP = pa.timestamp("us", "UTC")
STRINGS = pa.list_(pa.field("element", pa.string(), nullable=False))


@dataclass(frozen=True, slots=True)
class Field:
    """One column: what it holds, whether it may be missing, and which values are right.

    `later` names what will fill a column that is declared and still always null; `before` is
    what rows hold that a lake had before the column was added to it.
    """

    name: str
    type: pa.DataType
    meaning: str
    nullable: bool = False
    allowed: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    later: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """The only description of a table. `grain` completes the words "one row per"."""

    name: str
    grain: str
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    partition_by: tuple[str, ...] = ()
    sort_by: tuple[str, ...] = ()

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema of every write; meanings travel as field metadata."""
        return pa.schema([_arrow_field(field) for field in self.fields])

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in table order."""
        return tuple(field.name for field in self.fields)

    def field(self, name: str) -> Field:
        """The column of that name. Raises KeyError for a name that the table lacks."""
        return {field.name: field for field in self.fields}[name]


def field(
    name: str,
    type: pa.DataType,  # reads as a declaration: field("title", pa.string(), ...)
    meaning: str,
    *,
    nullable: bool = False,
    allowed: Sequence[str] | None = None,
    minimum: float | None = None,
    maximum: float | None = None,
    later: str | None = None,
    before: str | None = None,
) -> Field:
    """Declare one column of a contract."""
    values = tuple(allowed) if allowed is not None else None
    return Field(name, type, meaning, nullable, values, minimum, maximum, later, before)


def contract(
    name: str,
    *,
    grain: str,
    key: Sequence[str],
    fields: Sequence[Field],
    partition_by: Sequence[str] = (),
    sort_by: Sequence[str] = (),
) -> Contract:
    """Declare a table; raises ValueError when the declaration contradicts itself."""
    names = [column.name for column in fields]
    twice = sorted({name_ for name_ in names if names.count(name_) > 1})
    if twice:
        raise ValueError(f"contract {name}: columns declared twice: {', '.join(twice)}")
    unknown = sorted({*key, *sort_by} - set(names))
    if unknown:
        raise ValueError(f"contract {name}: key or order names no column: {', '.join(unknown)}")
    return Contract(name, grain, tuple(key), tuple(fields), tuple(partition_by), tuple(sort_by))


def table_from_rows(contract: Contract, rows: Sequence[Mapping[str, object]]) -> pa.Table:
    """Build a table of the contract's schema; a key that a row lacks becomes null.

    Rows and their order are unchanged. Raises KeyError when a row has a column that the
    contract does not know, since a silently lost column is a lost fact.
    """
    known = set(contract.column_names)
    for row in rows:
        if not known.issuperset(row):
            raise KeyError(f"{contract.name}: no such column: {sorted(set(row) - known)}")
    return pa.Table.from_pylist([dict(row) for row in rows], schema=_lenient(contract))


def conform(contract: Contract, table: pa.Table) -> pa.Table:
    """Cast to the contract's columns, types and order. Rows and their order are unchanged.

    Columns the contract lacks raise KeyError; missing nullable columns are added as null.
    """
    unknown = set(table.column_names) - set(contract.column_names)
    if unknown:
        raise KeyError(f"{contract.name}: no such column: {sorted(unknown)}")
    columns: list[Any] = [
        table[column.name].cast(column.type)
        if column.name in table.column_names
        else pa.array([None] * table.num_rows, column.type)
        for column in contract.fields
    ]
    return pa.Table.from_arrays(columns, schema=_lenient(contract))


def duckdb_type(type: pa.DataType) -> str:
    """The DuckDB type of an Arrow type that contracts use.

    >>> duckdb_type(pa.string()), duckdb_type(STRINGS), duckdb_type(TIMESTAMP)
    ('VARCHAR', 'VARCHAR[]', 'TIMESTAMP WITH TIME ZONE')
    """
    if pa.types.is_list(type):
        return f"{duckdb_type(type.value_type)}[]"
    if pa.types.is_struct(type):
        inner = ", ".join(f"{part.name} {duckdb_type(part.type)}" for part in type)
        return f"STRUCT({inner})"
    if pa.types.is_timestamp(type):
        return "TIMESTAMP WITH TIME ZONE"
    return _DUCKDB_TYPES[type]


_DUCKDB_TYPES = {
    pa.string(): "VARCHAR",
    pa.binary(): "BLOB",
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
}


def _arrow_field(column: Field) -> Any:
    return pa.field(column.name, column.type, column.nullable, {"meaning": column.meaning})


def _lenient(contract: Contract) -> pa.Schema:
    """The schema with every column nullable: rules, not Arrow, judge what is missing."""
    return pa.schema([part.with_nullable(True).remove_metadata() for part in contract.schema])
