"""What is derived from files is kept until one of them changes."""

from pathlib import Path

import pytest

from nibrs_assets.core import kept as module
from nibrs_assets.core.kept import kept


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(module, "_FOLDER", tmp_path / "kept")
    path = tmp_path / "source.txt"
    path.write_text("one")
    return path


def derived(source: Path, made: list[str], versions: str = "1") -> str:
    """The text of `source`; `made` gets it each time that it is read."""

    def make() -> str:
        made.append(source.read_text())
        return made[-1]

    return kept("text", [source], versions, make)


def test_it_is_made_once_until_a_file_or_version_changes(source: Path) -> None:
    made: list[str] = []
    assert [derived(source, made), derived(source, made)] == ["one", "one"]
    assert made == ["one"]
    source.write_text("two")
    assert [derived(source, made), derived(source, made)] == ["two", "two"]
    assert derived(source, made, versions="2") == "two"
    assert made == ["one", "two", "two"]


def test_only_the_latest_is_kept(source: Path) -> None:
    derived(source, [])
    source.write_text("two")
    derived(source, [])
    assert len(list((source.parent / "kept").iterdir())) == 1


def test_a_folder_that_cannot_be_written_and_a_damaged_file_are_no_error(source: Path) -> None:
    folder = source.parent / "kept"
    folder.write_text("a file where the folder should be")
    assert derived(source, []) == "one"
    folder.unlink()
    derived(source, [])
    [file] = folder.iterdir()
    file.write_bytes(b"")
    assert derived(source, []) == "one"
