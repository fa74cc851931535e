"""What the macros make of text, against Python's own dates."""

import datetime
import itertools

import duckdb

from nibrs_assets.catalog.views import macros
from nibrs_assets.layouts.loader import shipped_layouts

MARKS = "7 -+.:|%\t\n\u00a0\u0663"


def date_of(written: str) -> datetime.date | None:
    """The date that eight digits are."""
    if len(written) != 8 or not (written.isascii() and written.isdigit()):
        return None
    try:
        return datetime.date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return None


def marked(written: str) -> list[str]:
    """`written` with marks in the place of a character, before it and after it, of two at once too."""
    one = [written[:at] + mark + written[end:] for at in range(9) for end in (at, at + 1) for mark in MARKS]
    two = [text[:at] + mark + text[at + 1 :] for text in one for at in (0, 7) for mark in MARKS]
    return [*one, *two]


def test_a_date_is_eight_digits_that_are_one() -> None:
    days = itertools.product((1, 1900, 1999, 2000, 2021, 9999), (0, 1, 2, 4, 12, 13), (0, 1, 28, 29, 30, 31, 32))
    written = [f"{year:04}{month:02}{day:02}" for year, month, day in days]
    texts = sorted({*written, *marked("20210115"), "", "2021", "        ", "00000000"})
    with duckdb.connect() as connection:
        connection.execute(macros(shipped_layouts()))
        rows = connection.execute(
            "SELECT text, to_date(text) FROM unnest(?::VARCHAR[]) AS t (text)", [texts]
        ).fetchall()
    assert sorted(rows) == [(text, date_of(text)) for text in texts]
    assert sum(day is not None for _, day in rows) > 100
