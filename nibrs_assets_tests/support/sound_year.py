"""A NIBRS file without a fault, of any size, and changes that put faults into it."""

from collections.abc import Callable

from nibrs_assets_tests.support.samples import REAL_LINES

REAL = REAL_LINES.read_text().splitlines()
HEADER = REAL[1]
PARTS = {"01": REAL[2], "02": REAL[6], "04": REAL[12], "05": REAL[15]}
ARRESTEE = REAL[18]
INCIDENTS = 300
Lines = list[str]


def sound(year: int, incidents: int = INCIDENTS) -> Lines:
    """A header and incidents of one offense, victim, offender and arrestee each, their totals saying so."""
    lines = [HEADER.replace("122021NYN", f"12{year}NYN")]
    for number in range(1, incidents + 1):
        incident = f"AK0010200{number:012d}{year}0101"
        parts = [f"{kind}50{incident}{line[33:]}" for kind, line in PARTS.items()]
        # The totals (bytes 37-45) are of one record each; cargo theft stands at byte 89.
        parts[0] = f"{parts[0][:36]}010010101{parts[0][45:88]:<43}N"
        lines += [*parts, f"0650{incident}01{number:012d}{year}0102{ARRESTEE[55:]}"]
    return lines


def change(kind: str, start: int, end: int, text: str, first: int = INCIDENTS) -> Callable[[Lines], Lines]:
    """Writes `text` into the bytes `start` to `end` of the `first` records of a type."""

    def changed(lines: Lines) -> Lines:
        for index in [index for index, line in enumerate(lines) if line[:2] == kind][:first]:
            lines[index] = lines[index][: start - 1] + text.ljust(end - start + 1) + lines[index][end:]
        return lines

    return changed


def without(kind: str, first: int) -> Callable[[Lines], Lines]:
    """Leaves out the `first` records of a type."""

    def left(lines: Lines) -> Lines:
        gone = set([index for index, line in enumerate(lines) if line[:2] == kind][:first])
        return [line for index, line in enumerate(lines) if index not in gone]

    return left
