"""The harmonized Parquet as one Hive dataset over its years: by DuckDB, Polars and pyarrow, with one schema."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from nibrs_assets.catalog.tables import tables_of
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets_tests.support.pipeline import platform_at
from nibrs_assets_tests.support.samples import NIBRS, REAL_LINES, SAMPLE, make_zip, unpack_independently

YEARS = (2012, 2021)
TABLES = [name for name, table in tables_of("nibrs").items() if table.layer == "harmonized"]


@pytest.fixture(scope="module")
def harmonized(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A year of the 132-byte era, in which windows and Group B arrests are empty, and one with all record types."""
    keys = ["raw/nibrs_master_file", *(f"segments/{name}" for name in segment_names(NIBRS))]
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        lines = unpack_independently(SAMPLE / "nibrs-2012.zip").splitlines()[:2_000]
        make_zip(platform.settings.raw_dir / "nibrs-2012.zip", b"\n".join(lines))
        make_zip(platform.settings.raw_dir / "nibrs-2021.zip", REAL_LINES.read_bytes())
        for year in YEARS:
            platform.materialize(year, *keys, *(f"harmonized/{name}" for name in TABLES))
        yield Path(platform.settings.lake_uri) / "harmonized"


@pytest.mark.parametrize("table", TABLES)
def test_a_table_is_one_dataset_with_one_schema(harmonized: Path, table: str) -> None:
    files = [harmonized / table / f"year={year}" / "part-0.parquet" for year in YEARS]
    schemas = [pq.read_schema(file) for file in files]
    assert schemas[0].equals(schemas[1])
    assert not any(pa.types.is_null(field.type) for field in schemas[0])
    rows = dict(zip(YEARS, (pq.read_metadata(file).num_rows for file in files), strict=True))
    there = {year: count for year, count in rows.items() if count}

    dataset = ds.dataset(harmonized / table, partitioning="hive")
    assert dataset.count_rows() == sum(rows.values())
    assert dataset.count_rows(filter=ds.field("year") == 2021) == rows[2021]

    pattern = f"{harmonized}/{table}/*/*.parquet"
    by_year = (
        f"SELECT year, count(*), bool_and(year = data_year) FROM read_parquet('{pattern}', hive_partitioning = true)"
    )
    with duckdb.connect() as connection:
        found = connection.sql(f"{by_year} GROUP BY year").fetchall()
    assert {year: (count, same) for year, count, same in found} == {year: (n, True) for year, n in there.items()}

    scanned = pl.scan_parquet(pattern, hive_partitioning=True)
    counted = (
        scanned.group_by("year").agg(pl.len(), (pl.col("year") == pl.col("data_year")).all().alias("same")).collect()
    )
    assert {year: (count, same) for year, count, same in counted.rows()} == {
        year: (n, True) for year, n in there.items()
    }
