"""Writes Parquet the one way the lake has it: zstd, row groups of bounded size, the same bytes for the same rows."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

ROW_GROUP_ROWS = 1 << 17

_MOST_GATHERED = 32
"""Batches of a rare segment are made one when they are so many: a batch of a few rows takes a hundred times their memory."""

_BLOOM_FILTER = {"ndv": 1 << 12, "fpp": 0.01}
"""5 KB a row group, which holds the records of some hundreds of agencies."""


class ParquetFile:
    """A Parquet file being written to `path`; batches are gathered into row groups of `ROW_GROUP_ROWS`.

    Dictionary columns are written as what they encode: a reader sees text. Columns of `unrepeated` values get no dictionary, which
    takes longer and more space than it saves. With `ordered`, columns that the rows are in order of, only these have statistics:
    in others every row group holds nearly every value. Texts of these have Bloom filters too, as the order of ORIs is that of
    the states' numbers and not of their letters. Leaving the context without an error completes the file.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, unrepeated: Collection[str] = (), ordered: Sequence[str] | None = None
    ) -> None:
        self.rows = 0
        self._schema = schema
        self._gathered: list[pa.RecordBatch] = []
        self._gathered_rows = 0
        # Row groups are compressed while the next ones are gathered; one at a time, so that memory stays bounded.
        self._thread = ThreadPoolExecutor(1)
        self._writing: Future[None] | None = None
        # Without the Arrow schema in the file a dictionary column reads back as the text it is.
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="zstd",
            store_schema=False,
            write_page_index=True,
            # The stubs know only all columns or none.
            use_dictionary=cast("Any", [name for name in schema.names if name not in unrepeated]),
            column_encoding={
                name: "DELTA_BINARY_PACKED" if _is_integer(schema, name) else "PLAIN" for name in unrepeated
            },
            write_statistics=True if ordered is None else list(ordered),
            bloom_filter_options={name: _BLOOM_FILTER for name in ordered or () if not _is_integer(schema, name)},
        )

    def write(self, batch: pa.RecordBatch) -> None:
        """Add `batch`; complete row groups go to the file."""
        self.rows += batch.num_rows
        self._gathered.append(batch)
        self._gathered_rows += batch.num_rows
        if self._gathered_rows >= ROW_GROUP_ROWS:
            self._flush(keep_rest=True)
        elif len(self._gathered) >= _MOST_GATHERED:
            self._gathered = self._together().combine_chunks().to_batches()

    def _together(self) -> pa.Table:
        return pa.Table.from_batches(self._gathered, self._schema).unify_dictionaries()

    def _written(self) -> None:
        """Wait for the row groups handed over last; raises what went wrong with them."""
        if self._writing:
            self._writing.result()
            self._writing = None

    def note(self, metadata: Mapping[str, str]) -> None:
        """Keep `metadata` in the file's footer."""
        self._written()
        self._writer.add_key_value_metadata(dict(metadata))

    def _flush(self, keep_rest: bool) -> None:
        table = self._together()
        whole = table.num_rows - table.num_rows % ROW_GROUP_ROWS if keep_rest else table.num_rows
        if whole:
            self._written()
            self._writing = self._thread.submit(self._writer.write_table, table.slice(0, whole), ROW_GROUP_ROWS)
        rest = table.slice(whole)
        self._gathered = rest.to_batches() if rest.num_rows else []
        self._gathered_rows = rest.num_rows

    def __enter__(self) -> "ParquetFile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with closing(self._writer), self._thread:
            if kind is None:
                if self._gathered:
                    self._flush(keep_rest=False)
                self._written()


def _is_integer(schema: pa.Schema, name: str) -> bool:
    return bool(pa.types.is_integer(schema.field(name).type))
