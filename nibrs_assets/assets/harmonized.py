"""harmonized: typed tables, comparable across years; DuckDB SQL over the segments of a year."""

import hashlib
from collections.abc import Iterator
from typing import Any

import dagster as dg

from nibrs_assets.assets.failure import failing_for_people
from nibrs_assets.checks.contract import check_specs, check_table
from nibrs_assets.layouts import nibrs_layouts
from nibrs_assets.partitions import NIBRS_YEARS, ONE_YEAR_A_RUN
from nibrs_assets.resources.duck import write_query, year_session
from nibrs_assets.resources.lake import Lake
from nibrs_assets.settings import Settings
from nibrs_assets.tables import Table, harmonized_tables
from nibrs_assets.views import prelude, views_under


def harmonized_assets() -> list[dg.AssetsDefinition]:
    """An asset per harmonized table."""
    return [_asset(table) for table in harmonized_tables().values()]


def _asset(table: Table) -> dg.AssetsDefinition:
    key = dg.AssetKey(["harmonized", table.name])

    @dg.asset(
        key=key,
        deps=[*(["segments", name] for name in table.segments), *(["harmonized", name] for name in table.tables)],
        group_name="harmonized",
        kinds={"duckdb", "parquet"},
        partitions_def=NIBRS_YEARS,
        backfill_policy=ONE_YEAR_A_RUN,
        description=table.description,
        code_version=_code_version(table),
        check_specs=check_specs(table, key),
        metadata={"dagster/column_schema": column_schema(table)},
    )
    def harmonized(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> Iterator[dg.MaterializeResult[None]]:
        year = int(context.partition_key)
        path = lake.path("harmonized", table.name, year)
        with failing_for_people(), lake.staging() as folder:
            staged = folder / "table.parquet"
            with year_session(lake, nibrs_layouts(), table, year, settings.memory_limit, folder) as connection:
                rows = write_query(connection, table.sql, staged)
                results = check_table(connection, table, key, staged)
            lake.publish(staged, path)
        metadata: dict[str, Any] = {
            "dagster/row_count": rows,
            "dagster/uri": lake.uri(path),
            "dagster/column_lineage": _column_lineage(table),
            "bytes": lake.size(path),
        }
        yield dg.MaterializeResult(asset_key=key, metadata=metadata, check_results=results)

    return harmonized


def column_schema(table: Table) -> dg.TableSchema:
    """The columns of a table with types and descriptions, as Dagster shows them."""
    columns = [
        dg.TableColumn(
            column.name,
            column.postgres_type,
            column.comment,
            constraints=dg.TableColumnConstraints(nullable=column.name not in table.key),
        )
        for column in table.columns
    ]
    return dg.TableSchema(columns)


def _column_lineage(table: Table) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column.name: [dg.TableColumnDep(dg.AssetKey([o.layer, o.table]), o.column) for o in column.origins]
            for column in table.columns
            if column.origins
        }
    )


def _code_version(table: Table) -> str:
    """Changes with the table's SQL and with the views under it."""
    text = "\n".join([table.sql, *views_under(table.sql).values(), *prelude(nibrs_layouts(), 0, table.segments)])
    return hashlib.sha256(text.encode()).hexdigest()[:12]
