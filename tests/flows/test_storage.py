"""Listing and whole writes."""

import os
from pathlib import Path

import pytest

from flows.errors import DiskFullError, SetupError
from flows.storage import list_files, printable_path, require_space, whole_folder, write_whole


def test_a_listing_is_recursive_sorted_and_names_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("c.txt", "a.txt", "b/d.txt", ".hidden"):
        (tmp_path / name).write_text("x")
    found = list_files([tmp_path, tmp_path / "a.txt"])
    assert [file.path.relative_to(tmp_path).as_posix() for file in found] == [
        ".hidden",
        "a.txt",
        "b/d.txt",
        "c.txt",
    ]


def test_links_and_pipes_inside_a_folder_are_listed_as_such(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text("x")
    (tmp_path / "link.txt").symlink_to("real.txt")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    irregular = {file.path.name for file in list_files([tmp_path]) if not file.is_regular}
    assert irregular == {"link.txt", "loop", "pipe"}


def test_a_name_that_is_no_utf8_becomes_valid_text() -> None:
    assert printable_path(Path(os.fsdecode(b"/dumps/\xff.txt"))) == "/dumps/\\xff.txt"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [(lambda path: None, "no such file or folder"), (lambda path: path.mkdir(), "holds no file")],
)
def test_nothing_to_read_is_one_sentence(tmp_path: Path, make, sentence: str) -> None:
    make(tmp_path / "dumps")
    with pytest.raises(SetupError, match=sentence):
        list_files([tmp_path / "dumps"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_asked_for_by_name_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "a.txt").chmod(0)
    with pytest.raises(SetupError, match="permission denied"):
        list_files([tmp_path / "a.txt"])


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "part") as scratch:
        (scratch / "half").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with whole_folder(tmp_path / "part") as scratch:
        (scratch / "whole").write_text("x")
    assert [path.name for path in tmp_path.rglob("*")] == ["part", "whole"]


def test_a_text_is_replaced_in_one_step(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "page.html", "a")
    write_whole(tmp_path / "new" / "page.html", "b")
    assert [path.read_text() for path in (tmp_path / "new").iterdir()] == ["b"]


def test_too_little_space_says_what_was_kept(tmp_path: Path) -> None:
    with pytest.raises(DiskFullError, match=r"min_free_bytes\); all is kept"):
        require_space(tmp_path, 2**62, "all is kept")
