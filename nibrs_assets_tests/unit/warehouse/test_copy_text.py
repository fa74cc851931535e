"""Rows as the text that COPY reads: what could end a value or a row early is escaped, and nothing is lost."""

import datetime
from decimal import Decimal

import pyarrow as pa

from nibrs_assets.warehouse.copy_text import CopyText


def text_of(batch: pa.RecordBatch) -> bytes:
    return b"".join(CopyText([batch]))


def test_a_row_is_a_line_and_null_is_no_empty_text() -> None:
    batch = pa.RecordBatch.from_pydict(
        {
            "text": pa.array(["A", "", None]),
            "number": pa.array([1, None, -3], pa.int16()),
            "day": pa.array([datetime.date(2021, 1, 25), None, None]),
            "yes": pa.array([True, False, None]),
            "amount": pa.array([Decimal("1.500"), None, None]),
        }
    )
    assert text_of(batch) == b"A\t1\t2021-01-25\ttrue\t1.500\n\t\\N\t\\N\tfalse\t\\N\n\\N\t-3\t\\N\t\\N\t\\N\n"


def test_what_would_end_a_value_is_escaped() -> None:
    batch = pa.record_batch({"text": ["a\tb", "a\nb", "a\rb", "\\N", "\\.", 'a"b', "é"]})
    assert text_of(batch).decode().splitlines() == ["a\\tb", "a\\nb", "a\\rb", "\\\\N", "\\\\.", 'a"b', "é"]


def test_nul_is_replaced_and_counted() -> None:
    rows = CopyText([pa.record_batch({"text": ["a\0b\0", "c", None]}), pa.record_batch({"text": ["\0"]})])
    assert b"".join(rows).decode() == "a\ufffdb\ufffd\nc\n\\N\n\ufffd\n"
    assert (rows.rows, rows.replaced) == (4, 2)


def test_the_codes_of_all_batches_are_kept_as_they_are() -> None:
    batches = [pa.record_batch({"code": codes, "text": ["x"] * len(codes)}) for codes in (["B", None, "B"], ["\\", ""])]
    rows = CopyText(batches, ["code"])
    b"".join(rows)
    assert rows.codes == {"code": {"B", "\\", ""}}


def test_a_part_of_a_batch_is_written_and_no_rows_are_no_text() -> None:
    batch = pa.record_batch({"text": ["a", "b\\", "c"]})
    assert text_of(batch.slice(1, 1)) == b"b\\\\\n"
    assert text_of(batch.slice(3)) == b""
