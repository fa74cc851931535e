"""Records of the FBI's real Return A files, read and changed by the positions of its record description, not by `layouts/`."""

import csv
import re
from functools import cache

from nibrs_assets_tests.support.samples import DATA, RETURN_A_SAMPLE, unpack_independently

Position = tuple[str, int, int]
RECORD_BYTES, MONTH_BYTES, MONTHS = 7385, 590, range(1, 13)
FILES = {
    1964: DATA / "reta-1964.zip",
    1971: DATA / "reta-1971.zip",
    1974: DATA / "reta-1974.zip",
    2013: RETURN_A_SAMPLE / "reta-2013.zip",
}


@cache
def text_of(year: int) -> bytes:
    """The whole file of a year, unpacked without the package's reader."""
    return unpack_independently(FILES[year])


@cache
def records_of(year: int) -> list[bytes]:
    return text_of(year).removesuffix(b"\x1a").removesuffix(b"\r\n").split(b"\r\n")


def record_of(year: int, ori: str) -> bytes:
    [record] = [record for record in records_of(year) if record[3:10] == ori.encode()]
    return record


@cache
def positions() -> tuple[list[Position], list[Position]]:
    """The fields of the header and those of January, as the FBI's record description places them and not `layouts/`."""
    with (DATA / "return_a_positions.csv").open(newline="") as file:
        fields = [(row["field"], int(row["start"]), int(row["end"])) for row in csv.DictReader(file)]
    return fields[:40], fields[40:]


def is_count(field: str) -> bool:
    return re.match(r"(unfounded|actual|cleared|officers)_", field) is not None


def slice_of(month: int, column: str) -> slice:
    """Where a column of a month stands in a record."""
    [(start, end)] = [(start, end) for field, start, end in positions()[1] if field == column]
    shift = MONTH_BYTES * (month - 1)
    return slice(start - 1 + shift, end + shift)


def with_cell(record: bytes, month: int, column: str, cell: bytes) -> bytes:
    """The record with other bytes in a column of a month."""
    position = slice_of(month, column)
    assert len(cell) == position.stop - position.start
    return record[: position.start] + cell + record[position.stop :]


def joined(records: list[bytes], line_end: bytes = b"\r\n") -> bytes:
    return b"".join(record + line_end for record in records)


@cache
def zoned(text: str) -> tuple[int | None, bool]:
    """The number that a zoned decimal is (None: it is none), and whether it should be written otherwise."""
    if not text.strip(" "):
        return None, False
    before, last = text[:-1].lstrip(" "), text[-1]
    negative, positive = "}JKLMNOPQR".find(last), "{ABCDEFGHI".find(last)
    digits = before + (str(max(negative, positive)) if max(negative, positive) >= 0 else last)
    if re.fullmatch("[0-9]+", digits) is None:
        return None, True
    value = -int(digits) if negative >= 0 else int(digits)
    regular = f"{abs(value):0{len(text)}}"
    if value < 0:
        regular = regular[:-1] + "}JKLMNOPQR"[int(regular[-1])]
    return value, text != regular


def cell(record: bytes, month: int, column: str) -> str:
    return record[slice_of(month, column)].decode("latin-1")


def with_field(record: bytes, name: str, value: str) -> bytes:
    """The record with another value in a field of its header."""
    [(start, end)] = [(start, end) for field, start, end in positions()[0] if field == name]
    return record[: start - 1] + value.ljust(end - start + 1).encode() + record[end:]
