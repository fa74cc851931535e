"""What lineage says that a column is made from, as bytes of the FBI's records."""

import csv

from nibrs_assets.catalog.model import Column
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.positions import read_positions
from nibrs_assets_tests.support.samples import DATA

Span = tuple[str, int, int]
"""Record type, first and last byte."""


def positions_of(record_type: str) -> dict[str, tuple[int, int]]:
    """Start and end by field, as the FBI's documents give them; of Return A those of January."""
    if record_type == "return_a":
        with (DATA / "return_a_positions.csv").open(newline="") as file:
            return {row["field"]: (int(row["start"]), int(row["end"])) for row in csv.DictReader(file)}
    return {field: (start, end) for field, start, end in read_positions()[record_type]}


def bytes_behind(column: Column) -> set[Span]:
    """Record type, first and last byte of every field that the lineage of `column` ends at."""
    records = shipped_layouts().records
    ends = [root for root in column.roots if root.layer == "segments" and root.column not in ("line_number", "month")]
    fields = [(records[root.table], records[root.table].column(root.column)) for root in ends]
    return {
        ("return_a" if record.record_type == "1" else record.record_type, field.start, field.end)
        for record, field in fields
    }
