"""Configuration: the defaults, the user's changes, sources and word lists.

Every unknown key is refused with its place; a typing mistake must not silently mean a default.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

import schemas
from flows.errors import SetupError
from flows.steps.charset import normalise_charset
from flows.steps.options import FieldNames, Limits

_PACKAGE = Path(__file__).resolve().parent

SOURCE_NAME = r"^[a-z0-9][a-z0-9_-]*$"

UNFINISHED = (".*", "*.part", "*.partial", "*.tmp", "*.crdownload")
"""Names under which programs write a file before it is whole."""

PROBLEMS = (
    "stopped",
    "failed",
    "interrupted",
    "stuck",
    "late",
    "warned",
    "quiet",
    "thin",
    "disk",
    "clock",
)
"""What `broadsheet status` may report, most urgent first."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LakeSettings(_Strict):
    """Where the lake lives, and whether it keeps the bytes of records."""

    path: Path
    archive: bool


class RunSettings(_Strict):
    """Bounds of a run; see `config/broadsheet.toml` for the units."""

    workers: int = Field(ge=0, le=512)
    shard_records: int = Field(ge=1)
    shard_bytes: int = Field(ge=1)
    attempts: int = Field(ge=1)
    record_seconds: float = Field(gt=0)
    retry_seconds: float = Field(ge=0)
    lock_expiry_seconds: float = Field(gt=1)
    busy_wait_seconds: float = Field(ge=0)
    min_free_bytes: int = Field(ge=0)
    memory_limit_mb: int = Field(ge=64)


class LanguageSettings(_Strict):
    """Recogniser by ISO 639 code, and what runs it; numpy where nothing is said."""

    recognisers: dict[str, str]
    engines: dict[str, Literal["numpy", "spacy"]]


class DuplicateSettings(_Strict):
    """Sites whose copy is the canonical one before any other's, best first."""

    preferred_sites: tuple[str, ...]


class SourceRuleSettings(_Strict):
    """Evidence on which a recurring line becomes a rule; see `config/broadsheet.toml`."""

    propose_articles: int = Field(ge=2)
    propose_share: float = Field(ge=0, le=1)
    accept_articles: int = Field(ge=2)
    accept_share: float = Field(ge=0, le=1)
    most_kept_share: float = Field(ge=0, le=1)
    most_probability: float = Field(ge=0, le=1)


class UpkeepSettings(_Strict):
    """When the lake is tidied and what it keeps; see `config/broadsheet.toml` for the units."""

    hours_between: float = Field(ge=0)
    keep_snapshot_days: float = Field(ge=0)
    keep_file_days: int = Field(ge=0)


class ScheduleSettings(_Strict):
    """When `broadsheet serve` runs, where its page is, and what counts as late."""

    cron: str
    time_zone: str
    host: str
    port: int = Field(ge=1, le=65_535)
    settle_seconds: float = Field(ge=0)
    late_hours: float = Field(gt=0)
    stuck_hours: float = Field(gt=0)
    look_seconds: float = Field(gt=0)

    @field_validator("time_zone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError):  # a folder, a path upwards, an unknown name
            raise ValueError("no such time zone; write it like Europe/Paris") from None
        return name


class NoticeSettings(_Strict):
    """Whom to tell about problems: a command, a web address, or both."""

    command: tuple[str, ...]
    webhook: str = Field(pattern=r"^(https?://\S+)?$")
    timeout_seconds: float = Field(gt=0)
    kinds: tuple[str, ...]

    @field_validator("kinds")
    @classmethod
    def _are_known(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        unknown = sorted(set(kinds) - set(PROBLEMS))
        if unknown:
            raise ValueError(f"no such kind of problem; there are {', '.join(PROBLEMS)}")
        return kinds


Kind = Literal["text", "html", "json", "jsonl", "csv"]


class Hints(_Strict):
    """What a source says about its records where their bytes leave a doubt."""

    kind: Kind | None = None
    charset: str | None = None
    language: str | None = None


class Settings(_Strict):
    """All of `config/broadsheet.toml`, checked, with the hints of the source that is read."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    lake: LakeSettings
    run: RunSettings
    read: dict[str, int]
    fields: dict[str, tuple[str, ...]]
    languages: LanguageSettings
    duplicates: DuplicateSettings
    source_rules: SourceRuleSettings
    upkeep: UpkeepSettings
    schedule: ScheduleSettings
    notice: NoticeSettings
    hints: Hints = Hints()

    def for_source(self, source: "Source") -> "Settings":
        """The settings by which this source's records are read."""
        fields = self.fields | {name: tuple(keys) for name, keys in source.fields.items()}
        language = source.languages[0] if source.languages else None
        hints = Hints(kind=source.kind, charset=source.charset, language=language)
        return self.model_copy(update={"fields": fields, "hints": hints})

    def limits(self) -> Limits:
        """Bounds of the readers."""
        return Limits(**self.read)

    def field_names(self) -> FieldNames:
        """Names under which records keep their fields."""
        return FieldNames(**self.fields)

    def fingerprint(self) -> str:
        """Hash of what shapes rows: not of paths, worker counts and other circumstances."""
        shaping = self.model_dump_json(include={"read", "fields", "languages", "hints"})
        return _digest(shaping.encode(), *(path.read_bytes() for path in _knowledge()))


class Source(_Strict):
    """Where dumps come from: a file in `config/sources/`.

    `path` is a folder, a file, or any address that fsspec opens. Of its files those are read
    whose name or path matches a pattern and nothing in `ignore`. Hints never overrule what the
    bytes say clearly. What is expected is told by `broadsheet status`, and stops nothing.
    """

    name: str = Field(pattern=SOURCE_NAME)
    path: str = Field(min_length=1)
    patterns: tuple[str, ...] = ("*",)
    ignore: tuple[str, ...] = UNFINISHED
    kind: Kind | None = None
    fields: dict[str, tuple[str, ...]] = {}
    charset: str | None = None
    languages: tuple[str, ...] = ()
    licence: str | None = None
    why: str | None = None
    settle_seconds: float | None = Field(default=None, ge=0)
    expected_records_per_day: int | None = Field(default=None, ge=1)
    fresh_hours: float | None = Field(default=None, gt=0)

    @property
    def is_remote(self) -> bool:
        """Whether the path is an address and no path of this machine."""
        return "://" in self.path

    @field_validator("fields")
    @classmethod
    def _name_fields(cls, fields: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        known = [own.name for own in fields_of(FieldNames)]
        if unknown := sorted(set(fields) - set(known)):
            raise ValueError(f"no field is called {unknown[0]!r}; there are {', '.join(known)}")
        return fields

    @field_validator("charset")
    @classmethod
    def _is_charset(cls, charset: str | None) -> str | None:
        if charset is not None and normalise_charset(charset) is None:
            raise ValueError("no such charset; write it like windows-1252")
        return charset


def config_folder() -> Path:
    """The shipped configuration: beside the code in a checkout, inside an installed package."""
    packaged = _PACKAGE / "config"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "config"


def load_settings(path: Path | None = None) -> Settings:
    """Read the defaults and lay the user's file over them.

    Raises SetupError for a missing file, broken TOML, an unknown key or a wrong value.
    """
    merged = _read_toml(config_folder() / "broadsheet.toml")
    if path is not None:
        merged = _overlay(merged, _read_toml(path), path)
    try:
        settings = Settings.model_validate(merged)
        settings.limits(), settings.field_names()
    except ValidationError as error:
        raise SetupError(_first_problem(error, path or "config/broadsheet.toml")) from None
    except TypeError as error:
        raise SetupError(f"{path or 'config/broadsheet.toml'}: {error}") from None
    return settings


def load_sources(config: Path | None = None) -> list[Source]:
    """Sources beside the configuration in use, by name. Raises SetupError for a wrong file."""
    folder = (config.resolve().parent if config else config_folder()) / "sources"
    return [_load_source(path) for path in sorted(folder.glob("*.toml"))]


def choose_sources(name: str | None, config: Path | None = None) -> list[Source]:
    """All sources, or the named one. Raises SetupError for a name that nobody declared."""
    sources = load_sources(config)
    if name is None:
        return sources
    chosen = [source for source in sources if source.name == name]
    if not chosen:
        known = ", ".join(source.name for source in sources) or "none"
        raise SetupError(f"no source is named {name!r}; config/sources/ declares: {known}")
    return chosen


@cache
def load_lexicon() -> dict[str, dict[str, Any]]:
    """Word lists and rule tables of `config/lexicon/`, by file name without its ending."""
    return {path.stem: _read_toml(path) for path in sorted(_lexicon_files())}


@cache
def load_speaker_weights() -> dict[str, dict[str, Any]]:
    """Weights that choose the speakers of quotations, by language: `config/models/`."""
    return {
        path.stem.removeprefix("speakers_"): json.loads(path.read_text(encoding="utf-8"))
        for path in _speaker_weights()
    }


@cache
def code_fingerprint() -> str:
    """Hash of the code that makes rows: contracts and pure steps."""
    folders = (_PACKAGE / "steps", Path(str(schemas.__file__)).parent)
    kinds = ("*.py", "*.c")
    files = sorted(path for folder in folders for kind in kinds for path in folder.rglob(kind))
    return _digest(*(path.read_bytes() for path in files))


def _load_source(path: Path) -> Source:
    try:
        return Source.model_validate(_read_toml(path))
    except ValidationError as error:
        raise SetupError(_first_problem(error, path)) from None


def _lexicon_files() -> Iterator[Path]:
    return (config_folder() / "lexicon").glob("*.toml")


def _speaker_weights() -> Iterator[Path]:
    return (config_folder() / "models").glob("speakers_*.json")


def _knowledge() -> list[Path]:
    """Word lists, gazetteers and the weights of nets: the files that shape rows."""
    folder = config_folder()
    return sorted(
        [
            *_lexicon_files(),
            *_speaker_weights(),
            *(folder / "gazetteer").glob("*.csv"),
            *(folder / "models").glob("*.npz"),
        ]
    )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SetupError(f"{path}: no such configuration file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{path}: not valid TOML: {error}") from None


def _overlay(base: Mapping[str, Any], changes: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """Lay sections of `changes` over `base`, key by key."""
    unknown = sorted(set(changes) - set(base))
    if unknown:
        raise SetupError(
            f"{path}: unknown section [{unknown[0]}]; known sections are {', '.join(base)}"
        )
    return {
        name: {**section, **_section(changes.get(name, {}), name, path)}
        for name, section in base.items()
    }


def _section(value: object, name: str, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SetupError(f"{path}: {name} must be a section, [{name}], found {value!r}")
    return value


def _first_problem(error: ValidationError, path: Path | str) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"{path}: unknown key {place!r}; see config/broadsheet.toml for the known ones"
    return f"{path}: {place}: {problem['msg']}, found {problem['input']!r}"


def _digest(*parts: bytes) -> str:
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
