"""Rows of a few tables, as a lake would hold them, for loading into a warehouse."""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.dataset as ds

from nibrs_assets.catalog.model import Table
from nibrs_assets.catalog.tables import shipped_tables

TABLES = {name: shipped_tables()[name] for name in ("agency", "incident", "offense", "property", "property_drug")}
_ARROW: dict[str, pa.DataType] = {
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "text": pa.string(),
    "date": pa.date32(),
    "boolean": pa.bool_(),
}


def dataset(table: Table, rows: list[dict[str, object]]) -> ds.Dataset:
    schema = pa.schema([(c.name, _ARROW.get(c.postgres_type, pa.decimal128(12, 3))) for c in table.columns])
    complete = [{name: row.get(name) for name in schema.names} for row in rows]
    return ds.dataset(pa.Table.from_pylist(complete, schema))


def year_of(year: int, incidents: int, **more: list[dict[str, object]]) -> Mapping[str, ds.Dataset]:
    """Datasets of one agency with incidents of one offense each, numbered from 1."""
    key = {"data_year": year, "ori": "AK0010200"}
    rows: dict[str, list[dict[str, object]]] = {
        "agency": [{**key, "city_name": "FAIR\0BANKS", "has_header": True}],
        "incident": [{**key, "incident_id": n, "incident_number": f"{n:012d}"} for n in range(1, incidents + 1)],
        "offense": [{**key, "incident_id": n, "ucr_offense_code": "13A"} for n in range(1, incidents + 1)],
        "property": [{**key, "incident_id": 1, "property_number": 1}],
        "property_drug": [{**key, "incident_id": 1, "property_number": 1, "drug_number": 1}],
    }
    return {name: dataset(table, rows[name] + more.get(name, [])) for name, table in TABLES.items()}
