"""Memory that row groups are gathered in is used again, but never while someone reads it."""

import numpy as np
import pytest

from nibrs_assets.core.arrow import Column
from nibrs_assets.fixed_width import gathering, lines
from nibrs_assets.fixed_width.forms import Form, Place
from nibrs_assets.fixed_width.gathering import Gathering
from nibrs_assets.fixed_width.lending import Memory

PLACES = (
    Place("code", 0, 2, is_count=False),
    Place("number", 2, 5, is_count=False),
    Place("text", 7, 12, is_count=False),
)
FORM = Form(PLACES, (((0, 19, 0),),))


def test_an_array_is_used_again_when_its_buffer_is_gone() -> None:
    memory = Memory(np.int32)
    array = memory.of(10)
    buffer = memory.lend(array, 10)
    other = memory.of(10)
    assert not np.shares_memory(other, array)
    part = buffer.slice(4, 8)
    del buffer
    assert not np.shares_memory(memory.of(10), array)
    del part
    assert memory.of(10) is array
    memory.lend(array, 10)
    assert len(memory.of(11)) == 11


def address_of(column: Column) -> int:
    values = column.buffers()[1]
    assert values
    return values.address


def test_a_row_group_stays_as_it_was_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "ROW_GROUP_ROWS", 50)
    gathered, kept = Gathering(FORM), []
    for group in range(4):
        cells = [
            b"%2d%5d%-12s" % (row % 9, row * group, b"t%d" % (row * group) if row % 3 else b"") for row in range(50)
        ]
        data = np.frombuffer(b"".join(cells) + b" " * lines.PADDING, np.uint8)
        block = lines.Block(data, np.arange(50) * 19, np.full(50, 19), first_line=1)
        gathered.add(block, np.arange(50), None)
        kept.append((cells, gathered.take()))
    for cells, columns in kept:
        for place in PLACES:
            expected = [cell[place.start : place.start + place.width].decode().rstrip() or None for cell in cells]
            assert columns[place.name].to_pylist() == expected
    del columns
    memories = {address_of(columns["number"]) for _, columns in kept}
    assert len(memories) == 4
    kept.clear()
    gathered.add(block, np.arange(50), None)
    assert address_of(gathered.take()["number"]) in memories
