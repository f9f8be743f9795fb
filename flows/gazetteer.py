"""The gazetteer and the name words of `config/`, read once a process."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from flows.errors import SetupError
from flows.memory import load_for_good
from flows.settings import config_folder, load_lexicon
from flows.steps.amounts import compile_amount_words
from flows.steps.cleanup import compile_name_words, index_names
from flows.steps.links import Entity, Gazetteer, slug
from flows.steps.mentions import NameKnowledge

Row = Mapping[str, str]

_ALIAS_COLUMNS = ("surface", "label", "entity_id", "name", "country_code", "why")


@cache
@load_for_good()
def load_name_knowledge() -> NameKnowledge:
    """Read `config/gazetteer/` and the name words. Raises SetupError for a table cut wrong."""
    words = load_lexicon()["name_words"]
    folder = config_folder() / "gazetteer"
    names = {row["name"] for row in _rows(folder / "places.csv", ("name", "kind"))}
    names |= {name.upper() for name in names if len(name) > 3}
    gazetteer = Gazetteer(
        aliases=read_aliases(sorted(folder.glob("aliases*.csv"))),
        countries=_countries(folder / "countries.csv"),
        places=_places(folder / "place_names.csv", folder / "shared_names.csv"),
        cities=_cities(folder / "cities.csv", _capitals(folder / "countries.csv")),
        organisations=_organisations(folder / "organisations.csv"),
        demonyms=_demonyms(folder / "demonyms.csv"),
        company_forms=frozenset(words["company_forms"]),
        generations=frozenset(words["generations"]),
    )
    return NameKnowledge(
        words=compile_name_words(words),
        places=index_names(dict.fromkeys(names, "GPE")),
        gazetteer=gazetteer,
        amounts=compile_amount_words(load_lexicon()),
    )


def read_aliases(paths: Iterable[Path]) -> dict[tuple[str, str], Entity]:
    """The user's tables; of two rows for one name the later wins. Raises SetupError."""
    return {
        (row["surface"], row["label"]): Entity(
            row["entity_id"], row["name"], row["country_code"] or None
        )
        for path in paths
        for row in _rows(path, _ALIAS_COLUMNS)
    }


def _countries(path: Path) -> dict[str, Entity]:
    return {
        row["name"]: Entity(f"gpe:{slug(row['name'])}", row["name"], row["country_code"])
        for row in _rows(path, ("name", "country_code", "capital"))
    }


def _capitals(path: Path) -> set[tuple[str, str]]:
    rows = _rows(path, ("name", "country_code", "capital"))
    return {(row["capital"], row["country_code"]) for row in rows}


def _places(*paths: Path) -> dict[str, tuple[Entity, ...]]:
    """Other names; a name that stands in several rows has several candidates."""
    places: dict[str, tuple[Entity, ...]] = {}
    for path in paths:
        for row in _rows(path, ("surface", "entity_id", "name", "country_code")):
            place = Entity(row["entity_id"], row["name"], row["country_code"] or None)
            places[row["surface"]] = (*places.get(row["surface"], ()), place)
    return places


def _cities(path: Path, capitals: set[tuple[str, str]]) -> dict[str, tuple[Entity, ...]]:
    """Cities by name, one a country, the most populous first; a capital before all others."""
    sized: dict[tuple[str, str], int] = {}
    for row in _rows(path, ("name", "country_code", "thousands")):
        place = (row["name"], row["country_code"])
        weight = 1_000_000 if place in capitals else int(row["thousands"])
        sized[place] = max(weight, sized.get(place, 0))
    cities: dict[str, list[Entity]] = defaultdict(list)
    for (name, code), weight in sorted(sized.items(), key=lambda city: (-city[1], city[0])):
        cities[name].append(Entity(f"gpe:{slug(name)}-{code.lower()}", name, code, weight))
    return {name: tuple(found) for name, found in cities.items()}


def _organisations(path: Path) -> dict[str, Entity]:
    organisations = {}
    for row in _rows(path, ("name", "short_names")):
        entity = Entity(f"org:{slug(row['name'])}", row["name"])
        names = (row["name"], *row["short_names"].split("|"))
        organisations.update(dict.fromkeys(filter(None, names), entity))
    return organisations


def _demonyms(path: Path) -> dict[str, Entity]:
    return {
        row["word"]: Entity(f"norp:{slug(row['name'])}", row["name"], row["country_code"])
        for row in _rows(path, ("word", "name", "country_code"))
    }


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """Rows of a table below its comment. Raises SetupError where it has other columns."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(line for line in lines if not line.startswith("#"))
            if tuple(reader.fieldnames or ()) != columns:
                raise SetupError(f"{path}: found columns {reader.fieldnames}, expected {columns}")
            for row in reader:
                if None in row or None in row.values():
                    raise SetupError(
                        f"{path}: the row of {next(iter(row.values()))!r} has not "
                        f"{len(columns)} columns"
                    )
                yield row
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read: {error}") from None
