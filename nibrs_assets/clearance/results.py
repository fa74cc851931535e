"""The rows of the result tables."""

from collections.abc import Sequence
from typing import Any

from nibrs_assets.clearance.leak import forbidden
from nibrs_assets.clearance.study import Results, Row
from nibrs_assets.clearance.tables import result_tables


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
