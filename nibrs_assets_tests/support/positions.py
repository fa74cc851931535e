"""Where the FBI's record descriptions, not `layouts/`, put the fields of NIBRS."""

import csv

from nibrs_assets_tests.support.samples import DATA

Positions = dict[str, list[tuple[str, int, int]]]


def read_positions() -> Positions:
    """Field, start and end by record type, as taken from the FBI's record descriptions and not from `layouts/`."""
    positions: Positions = {}
    with (DATA / "positions.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            positions.setdefault(row["record"], []).append((row["field"], int(row["start"]), int(row["end"])))
    return positions
