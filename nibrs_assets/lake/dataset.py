"""Parquet files as datasets that are read little ahead."""

from typing import Any

import pyarrow.dataset as ds
from pyarrow import fs


def bounded_dataset(path: str, filesystem: fs.FileSystem) -> ds.Dataset:
    """The Parquet file at `path`, of which only what is asked for is read, a bit at a time."""
    found = ds.dataset(path, filesystem=filesystem, format="parquet")
    return _BoundedDataset(list(found.get_fragments()), found.schema, found.format, found.filesystem)


class _BoundedDataset(ds.FileSystemDataset):
    """A dataset that is read little ahead, by DuckDB too, which asks for a scanner without saying how far.

    By default pyarrow reads 16 batches of 131,072 rows ahead and keeps what it read of the file's bytes.
    """

    def scanner(self, *positional: Any, **how: Any) -> ds.Scanner:
        slowly = {"batch_size": 1 << 14, "batch_readahead": 2, "fragment_readahead": 1}
        options = ds.ParquetFragmentScanOptions(pre_buffer=False)
        return super().scanner(*positional, **{**slowly, "fragment_scan_options": options, **how})
