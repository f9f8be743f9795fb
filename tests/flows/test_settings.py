"""Configuration: laid over the defaults, strict about every key."""

from pathlib import Path

import pytest

from flows.errors import SetupError
from flows.settings import choose_sources, load_settings


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_the_users_file_changes_single_values(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.toml", "[run]\nworkers = 7\n")
    assert load_settings(mine).run.workers == 7
    assert load_settings(mine).run.shard_records == load_settings().run.shard_records


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[run]\nworkerz = 7\n", r"mine.toml: unknown key 'run.workerz'"),
        ("[rum]\nworkers = 7\n", r"unknown section \[rum\]"),
        ("[run]\nworkers = 'many'\n", r"run.workers: .*'many'"),
        ("[read]\nmax_rato = 3\n", r"max_rato"),
        ("[fields]\ntxt = ['a']\n", r"txt"),
        ("[languages]\nengines = { en = 'cuda' }\n", r"languages.engines.en: .*'cuda'"),
        ("run = 3\n", r"run must be a section"),
        ("[run\n", r"not valid TOML"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    mine = write(tmp_path / "mine.toml", text)
    with pytest.raises(SetupError, match=sentence) as raised:
        load_settings(mine)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no such configuration file"):
        load_settings(tmp_path / "absent.toml")


def test_sources_stand_beside_the_configuration_in_use(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.toml", "")
    write(tmp_path / "sources" / "a.toml", 'name = "courier"\npath = "dumps"\n')
    assert [source.name for source in choose_sources(None, mine)] == ["courier"]
    with pytest.raises(SetupError, match=r"no source is named 'other'.*courier"):
        choose_sources("other", mine)


def test_an_unknown_key_of_a_source_is_refused(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine.toml", "")
    write(tmp_path / "sources" / "a.toml", 'name = "courier"\npath = "d"\nkolor = 1\n')
    with pytest.raises(SetupError, match=r"a.toml: unknown key 'kolor'"):
        choose_sources(None, mine)


def test_only_what_shapes_rows_changes_the_fingerprint(tmp_path: Path) -> None:
    base = load_settings().fingerprint()
    circumstance = write(tmp_path / "a.toml", "[run]\nworkers = 7\n[lake]\npath = 'x'\n")
    shaping = write(tmp_path / "b.toml", "[fields]\ntext = ['words']\n")
    assert load_settings(circumstance).fingerprint() == base
    assert load_settings(shaping).fingerprint() != base
