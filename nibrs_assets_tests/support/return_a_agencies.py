"""Agencies of Return A made by hand from months of real records, and what the bytes of a record say of its months."""

from functools import cache

from nibrs_assets_tests.support.return_a import (
    MONTH_BYTES,
    MONTHS,
    cell,
    record_of,
    records_of,
    slice_of,
    with_cell,
    with_field,
    zoned,
)

MADE = 2022
"""The year of a record unless `year2` says otherwise."""

CARDS = ("unfounded", "actual", "cleared", "cleared_under_18")
OFFENSES = 28
DATA_RECORD = record_of(2013, "LANPD00")


def counts(record: bytes, month: int, card: str) -> list[int]:
    """All counts of a card of a month, by their bytes."""
    start = slice_of(month, f"{card}_murder").start
    return [zoned(record[start + 5 * k : start + 5 * k + 5].decode("latin-1"))[0] or 0 for k in range(OFFENSES)]


def has_counts(record: bytes, month: int) -> bool:
    return any(any(counts(record, month, card)) for card in CARDS)


def kind_of_month(record: bytes, month: int) -> str:
    """Whether a month is returned with data (S), with zeros (s) or not (.)."""
    if cell(record, month, "card1_type") not in "25":
        return "."
    return "S" if has_counts(record, month) else "s"


@cache
def template(kind: str) -> bytes:
    """A real record whose months are returned with data (S), returned with zeros (s) or not returned (.)."""
    if kind == "S":
        return DATA_RECORD
    return next(r for r in records_of(2013) if all(kind_of_month(r, month) == kind for month in MONTHS))


def return_a(ori: str, months: str, covered_by: str = "", **fields: str) -> bytes:
    """A record of `MADE` whose months are returned with data (S), with zeros (s) or not (.)."""
    blocks = [
        template(kind)[305 + MONTH_BYTES * n : 305 + MONTH_BYTES * (n + 1)]
        for n, kind in enumerate(months.ljust(12, "."))
    ]
    record = DATA_RECORD[:305] + b"".join(blocks)
    defaults = {"population_1": "000001000", "population_2": "0" * 9, "population_3": "0" * 9, "population_group": "6"}
    header = {
        **defaults,
        "ori7": ori,
        "year2": str(MADE)[2:],
        "covered_by_ori": covered_by,
        "agency_count": "1",
        **fields,
    }
    for name, value in header.items():
        record = with_field(record, name, value)
    return record


def included(record: bytes, month: int, in_month: int) -> bytes:
    return with_cell(record, month, "month_included_in", b"%02d" % in_month)


ALL, NONE = "S" * 12, ""


def raw_agency(record: bytes) -> tuple[object, ...]:
    """What the bytes of a record say: ORI, statuses without covered, months returned, people, covering agency."""
    months = ""
    for month in MONTHS:
        written = cell(record, month, "month_included_in")
        holder = int(written) if written not in ("  ", "00") else month
        months += kind_of_month(record, holder)
    people = sum(int(record[start : start + 9]) for start in (44, 59, 74))
    return record[3:10].decode(), months, people, record[23:30].decode().strip() or None
