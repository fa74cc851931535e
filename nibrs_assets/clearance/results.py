"""The result tables: what `result.yaml` says of them, and their rows."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from nibrs_assets.clearance.leak import forbidden
from nibrs_assets.clearance.study import Results, Row
from nibrs_assets.core.sql_text import postgres_type


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result table: its DuckDB type and what it means."""

    name: str
    type: str
    comment: str

    @property
    def postgres_type(self) -> str:
        """The column's type in Postgres."""
        return postgres_type(self.type)


@dataclass(frozen=True)
class ResultTable:
    """A table of what is told of the models, of no year."""

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[ResultColumn, ...]


@functools.cache
def result_tables() -> dict[str, ResultTable]:
    """The result tables by name."""
    with (Path(__file__).parent / "result.yaml").open(encoding="utf-8") as file:
        described: Mapping[str, Any] = yaml.safe_load(file)
    return {
        name: ResultTable(
            name,
            given["description"].strip(),
            tuple(given["key"]),
            tuple(ResultColumn(column, *said) for column, said in given["columns"].items()),
        )
        for name, given in described.items()
    }


def rows_of(
    card: Row, results: Results, flow: Sequence[Row], left_out: Sequence[Row], plots: Sequence[Row]
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each result table, in the order of its columns."""
    rows: dict[str, Sequence[Row]] = {
        "clearance_model_card": [card],
        "clearance_metric": results.metric,
        "clearance_calibration": results.calibration,
        "clearance_audit": [{**row, "at": _threshold(row["threshold"])} for row in results.audit],
        "clearance_feature": [{**row, "column_name": row["column"]} for row in results.feature],
        "clearance_forbidden": [
            {"place": f.place, "but_in": f.but_in or None, "reason": f.reason} for f in forbidden()
        ],
        "clearance_flow": flow,
        "clearance_agency_left_out": left_out,
        "clearance_plot": plots,
    }
    tables = result_tables()
    return {
        name: [tuple(row[column.name] for column in tables[name].columns) for row in found]
        for name, found in rows.items()
    }


def _threshold(threshold: float | None) -> str:
    return "any" if threshold is None else f"{threshold:g}"
