"""Layout files damaged in any way: an error that names the file, or layouts that hold together."""

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.layouts.loader import LayoutError, load_layouts

_VALUES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"{a: 1}",
    b"[1, [2]]",
    b"-1",
    b"99999999999999999999",
    b"true",
    b"2013-01-01",
    b"&a *a",
)
_LINES = (
    b"- []",
    b"? [a]",
    b"x: 1",
    b"1: 2",
    b"[" * 5_000,
    b'"',
    b"- 3",
    b"fields:",
    b"%YAML 9",
    b"- include: ../nibrs",
)


def _value(data: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb": ([^,\n}]+)", data)) or list(re.finditer(rb",([^,\n]+)", data))
    value = rng.choice(found)
    return data[: value.start(1)] + rng.choice(_VALUES) + data[value.end(1) :]


def _at(data: bytes, rng: random.Random, inserted: bytes, removed: int = 0) -> bytes:
    index = rng.randrange(len(data))
    return data[:index] + inserted + data[index + removed :]


def _flipped(data: bytes, rng: random.Random) -> bytes:
    index = rng.randrange(len(data))
    return data[:index] + bytes([data[index] ^ 1 << rng.randrange(8)]) + data[index + 1 :]


def _lines(data: bytes, rng: random.Random, change: Callable[[list[bytes], int], object]) -> bytes:
    lines = data.split(b"\n")
    change(lines, rng.randrange(len(lines)))
    return b"\n".join(lines)


_DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "bit": _flipped,
    "byte gone": lambda data, rng: _at(data, rng, b"", 1),
    "cut": lambda data, rng: data[: rng.randrange(len(data))],
    "NUL": lambda data, rng: _at(data, rng, b"\0"),
    "no UTF-8": lambda data, rng: _at(data, rng, b"\xff"),
    "quote": lambda data, rng: _at(data, rng, b'"'),
    "line gone": lambda data, rng: _lines(data, rng, lambda lines, i: lines.pop(i)),
    "line twice": lambda data, rng: _lines(data, rng, lambda lines, i: lines.insert(i, lines[i])),
    "other line": lambda data, rng: _lines(data, rng, lambda lines, i: lines.__setitem__(i, rng.choice(_LINES))),
    "indented": lambda data, rng: _lines(data, rng, lambda lines, i: lines.__setitem__(i, b"  " + lines[i])),
    "value": _value,
    "empty": lambda data, rng: b"",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = tmp_path_factory.mktemp("layouts") / "layouts"
    shutil.copytree(shipped_folder("layouts"), copied)
    return copied


@pytest.mark.slow
@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_file_is_named_or_holds_together(folder: Path, damage: str) -> None:
    rng = random.Random(damage)
    layouts, tables = sorted(folder.rglob("*.yaml")), sorted(folder.rglob("*.csv"))
    refused = 0
    for _ in range(30):
        file = rng.choice(layouts if rng.random() < 0.7 else tables)
        good = file.read_bytes()
        file.write_bytes(_DAMAGES[damage](good, rng))
        try:
            load_layouts(folder)
        except NibrsError as error:
            refused += 1
            assert str(error).startswith(str(folder)), error
            assert ":" in str(error).removeprefix(str(folder))
            assert len(str(error)) < 1_000, error
        finally:
            file.write_bytes(good)
    assert refused > (0 if damage != "empty" else 29)


_EDITS = [
    ("codes/sex.csv", lambda text: text.replace("M,Male", 'M,"Male'), 2, "goes on in the next line|unexpected end"),
    ("codes/sex.csv", lambda text: text.splitlines()[0] + "\n", 1, "holds no code"),
    ("codes/sex.csv", lambda text: text.replace("Male", "Ma\0le"), 2, "control character .* does not belong"),
    ("codes/sex.csv", lambda text: text.replace("M,Male", "1-99999999,Male"), 2, "no range"),
    ("codes/reta_overpunch.csv", lambda text: text.replace("digit,sign", "digits,sign"), 1, "no digit from 0 to 9"),
    ("codes/reta_overpunch.csv", lambda text: text.replace("digit,sign", "digit,digit"), 1, "a column stands twice"),
    ("nibrs/victim.yaml", lambda text: text.partition("fields:")[0] + "fields: []\n", 2, "fields is empty"),
    (
        "nibrs/arrestee.yaml",
        lambda text: re.sub("widths: {[^}]*}", "widths: 3", text),
        None,
        "widths is 3; it has to be a mapping",
    ),
    ("nibrs/_county_part.yaml", lambda text: text + "\n- include: county_part\n", None, "county_part"),
    (
        "nibrs.yaml",
        lambda text: text.replace("{year}", "{year}{0}"),
        3,
        "zip_name is .*; it has to be a text with .year. in it once",
    ),
    ("series_breaks.csv", lambda text: text.replace("1974", "19²4", 1), 2, "is no year"),
]


@pytest.mark.parametrize(("file", "change", "line", "message"), _EDITS, ids=[f"{e[0]} {e[3]}" for e in _EDITS])
def test_what_was_found_by_chance_is_told_in_particular(
    tmp_path: Path, file: str, change: Callable[[str], str], line: int | None, message: str
) -> None:
    folder = tmp_path / "layouts"
    shutil.copytree(shipped_folder("layouts"), folder)
    text = (folder / file).read_text()
    assert change(text) != text
    (folder / file).write_text(change(text))
    with pytest.raises(LayoutError, match=message) as caught:
        load_layouts(folder)
    assert str(folder / file) in str(caught.value)
    assert line is None or str(caught.value).startswith(f"{folder / file}:{line}: "), str(caught.value)


def test_a_file_that_is_gone_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "layouts"
    shutil.copytree(shipped_folder("layouts"), folder)
    (folder / "series_breaks.csv").unlink()
    with pytest.raises(LayoutError, match=r"series_breaks.csv:1: can't be read: No such file"):
        load_layouts(folder)
