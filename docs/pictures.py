"""Draw the pictures of docs/sql.md: real answers of the sample dumps, as a terminal shows them.

    python docs/pictures.py LAKE

LAKE holds the sample dumps: `broadsheet run data/raw/sample --lake LAKE --direct`.
"""

import io
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from flows.answers import reading_statements, write_answer
from flows.asking import find
from flows.catalog import introduce, list_columns
from flows.lake import open_lake
from flows.saved import bind_values

IMAGES = Path(__file__).parent / "images"
WIDTH = 116
PICTURES = {
    "sql_search": ("what_fits", "words=harbour ferry", "most=5"),
    "sql_quotes": ("who_said_it", "name=Óscar Villalobos"),
    "sql_kwic": ("where_is_it_said", "phrase=the city", "width=34"),
    "sql_timeline": ("how_much_was_published",),
    "sql_sources": ("which_fields_are_filled",),
    "sql_lineage": ("where_did_it_come_from",),
}


def main() -> None:
    with open_lake(Path(sys.argv[1]), is_locked=True) as connection:
        for name, (query, *values) in PICTURES.items():
            saved = find(query)
            answer = shown(connection, saved.sql, bind_values(connection, saved, values))
            words = " ".join(quoted(value) for value in values)
            draw(name, f"$ broadsheet sql {query} {words}\n{answer}")
        columns = shown(connection, list_columns(connection, "quotes"), {})
        meaning, example = introduce("quotes")
        draw("sql_schema", f"$ broadsheet sql --schema quotes\n{meaning}\n\n{columns}\n{example}")


def shown(connection: object, sql: str, values: dict) -> str:
    page = io.StringIO()
    for statement in reading_statements(sql):
        write_answer(connection, statement, "table", page, WIDTH, values)
    return page.getvalue()


def quoted(value: str) -> str:
    name, _, text = value.partition("=")
    return f"{name}='{text}'" if " " in text else value


def draw(name: str, page: str) -> None:
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    console.print(Text.from_ansi(page))
    picture = console.export_svg(title="broadsheet", unique_id=name)
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.S)  # a font from elsewhere
    (IMAGES / f"{name}.svg").write_text(picture, encoding="utf-8")
    print(IMAGES / f"{name}.svg")


if __name__ == "__main__":
    main()
