"""Tells which records of a block have another shape than their layout's usual one."""

from collections.abc import Iterator

import numpy as np
import pyarrow.compute as pc

from nibrs_assets.fixed_width.arrays import Integers
from nibrs_assets.fixed_width.columns import binary_array
from nibrs_assets.fixed_width.lines import Block
from nibrs_assets.layouts.model import Record, Variant


def split_by_variant(
    block: Block, record: Record, rows: Integers, year: int | None
) -> Iterator[tuple[Variant | None, Integers]]:
    """The rows of the record's own layout (None) and of each variant; parts without rows are left out."""
    left = rows
    for variant in record.variants:
        if (variant.year is not None and variant.year != year) or not len(left):
            continue
        candidates = left
        if variant.state_code is not None:
            state = record.field("state_code")
            cells = block.windows(left, state.width, state.start - 1)
            candidates = left[(cells == np.frombuffer(variant.state_code.encode(), np.uint8)).all(axis=1)]
        lines = binary_array(block.data, block.starts[candidates], block.lengths[candidates])
        matches = pc.match_substring_regex(lines, f"^(?s:{variant.matches})").to_numpy(zero_copy_only=False)
        unless = pc.match_substring_regex(lines, f"^(?s:{variant.unless})").to_numpy(zero_copy_only=False)
        found = candidates[matches & ~unless]
        if len(found):
            yield variant, found
            left = left[~np.isin(left, found)]
    if len(left):
        yield None, left
