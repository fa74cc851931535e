"""Dagster metadata of the columns of a table: types, meaning and lineage."""

from collections.abc import Iterable

import dagster as dg

from nibrs_assets.catalog.model import Column, Origin, Table

COLUMN_ORIGINS = "column_origins"
"""What the lineage for people is called."""

_COLUMNS_SHOWN = 3


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


def column_lineage(table: Table) -> dg.TableColumnLineage:
    """From the columns of a table to those of the assets that its SQL reads."""
    return _lineage({column.name: _in_assets(table, column) for column in table.columns})


def loaded_column_lineage(table: Table) -> dg.TableColumnLineage:
    """From the columns of a table in the warehouse to those of the table that is loaded."""
    return _lineage({column.name: _loaded(table, column) for column in table.columns})


def column_origins(table: Table) -> dg.MarkdownMetadataValue:
    """The lineage for people: Dagster's own view of columns is not part of its open-source UI."""
    return _for_people(table, {column.name: _in_assets(table, column) for column in table.columns})


def loaded_column_origins(table: Table) -> dg.MarkdownMetadataValue:
    """The same of a table in the warehouse."""
    return _for_people(table, {column.name: _loaded(table, column) for column in table.columns})


def _in_assets(table: Table, column: Column) -> list[Origin]:
    return [origin for origin in column.origins if (origin.layer, origin.table) in table.inputs]


def _loaded(table: Table, column: Column) -> list[Origin]:
    return [Origin(table.layer, table.name, column.name)]


def _lineage(origins: dict[str, list[Origin]]) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            name: [dg.TableColumnDep(dg.AssetKey([o.layer, o.table]), o.column) for o in found]
            for name, found in origins.items()
            if found
        }
    )


def _for_people(table: Table, origins: dict[str, list[Origin]]) -> dg.MarkdownMetadataValue:
    rows = [f"| {column.name} | {_linked(origins[column.name])} | {column.source} |" for column in table.columns]
    return dg.MetadataValue.md("\n".join(["| column | made from | in the raw record |", "|---|---|---|", *rows]))


def _linked(origins: Iterable[Origin]) -> str:
    by_asset: dict[str, list[str]] = {}
    for origin in origins:
        by_asset.setdefault(f"{origin.layer}/{origin.table}", []).append(origin.column)
    return "; ".join(f"[{asset}](/assets/{asset}) {_listed(columns)}" for asset, columns in by_asset.items())


def _listed(columns: list[str]) -> str:
    if len(columns) <= _COLUMNS_SHOWN:
        return ", ".join(columns)
    return f"{columns[0]} … {columns[-1]} ({len(columns)} columns)"
