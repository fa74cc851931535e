"""`datapackage.json`: the Parquet files of a lake described as the Data Package standard (version 2) has it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from nibrs_assets.catalog.model import REFERENCE, Column, Table
from nibrs_assets.catalog.reference import reference_tables
from nibrs_assets.fixed_width.described import column_meanings, segment_description
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.model import FileKind, Layouts

Json = dict[str, Any]

_PROFILES = "https://datapackage.org/profiles/2.0"
_TYPES = {
    **{"smallint": "integer", "integer": "integer", "bigint": "integer", "double precision": "number"},
    **{"text": "string", "boolean": "boolean", "date": "date"},
}
_ARROW_TYPES: dict[pa.DataType, dict[str, str]] = {
    pa.int16(): {"type": "integer"},
    pa.int32(): {"type": "integer"},
    pa.int64(): {"type": "integer"},
    pa.string(): {"type": "string"},
    pa.binary(): {"type": "string", "format": "binary"},
}


def datapackage(lake: Lake, layouts: Layouts, tables: Mapping[str, Table]) -> Json | None:
    """The description of what is in `lake`, with paths from its root; None when there is nothing in it.

    A resource is a table or segment with its years, named `<layer>.<table>`; a year is a file. Foreign keys lead to tables that
    are there. To its code table a column has none, as files may hold codes that no table knows (in Postgres these get a row): a
    field's `codes` names it.
    """
    segments = [
        _resource(lake, "segments", name, segment_description(kind, name), _segment_schema(kind, name))
        for kind in layouts.kinds.values()
        for name in segment_names(kind)
    ]
    made = [_resource(lake, t.layer, t.name, t.description, _table_schema(t, tables)) for t in tables.values()]
    reference = [_reference_resource(lake, table) for table in reference_tables(layouts).values()]
    there = [resource for resource in (*made, *reference, *segments) if resource["path"]]
    if not there:
        return None
    names = {resource["name"] for resource in there}
    for resource in there:
        keys = resource["schema"].pop("foreignKeys", [])
        if kept := [key for key in keys if key["reference"]["resource"] in names]:
            resource["schema"]["foreignKeys"] = kept
    return {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": "nibrs-assets",
        "title": "The FBI's NIBRS and Return A master files as tables",
        "description": "What the columns mean is told by dictionary/index.html, too.",
        "licenses": [{"name": "other-pd", "title": "Public domain, a work of the US government"}],
        "sources": [{"title": "FBI, Crime Data Explorer", "path": "https://cde.ucr.cjis.gov"}],
        "resources": there,
    }


def _resource(lake: Lake, layer: str, name: str, description: str, schema: Json) -> Json:
    paths = [lake.path(layer, name, year) for year in lake.years(layer, name)]
    return _described(lake, f"{layer}.{name}", description, paths, schema)


def _reference_resource(lake: Lake, table: Table) -> Json:
    path = lake.path(REFERENCE, table.name, None)
    paths = [path] if lake.exists(path) else []
    return _described(lake, f"{REFERENCE}.{table.name}", table.description, paths, _table_schema(table, {}))


def _described(lake: Lake, name: str, description: str, paths: list[str], schema: Json) -> Json:
    return {
        "name": name,
        "type": "table",
        "description": description,
        "path": [path.removeprefix(f"{lake.root}/") for path in paths],
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": {"$schema": f"{_PROFILES}/tableschema.json", "missingValues": [], **schema},
    }


def _table_schema(table: Table, tables: Mapping[str, Table]) -> Json:
    schema: Json = {
        "fields": [_field(column, required=column.name in table.key) for column in table.columns],
        "primaryKey": list(table.key),
    }
    if table.unique:
        schema["uniqueKeys"] = [list(columns) for columns in table.unique]
    schema["foreignKeys"] = [
        _foreign_key(columns, f"{tables[target].layer}.{target}", columns)
        for target, columns in table.references.items()
    ]
    return schema


def _foreign_key(fields: Sequence[str], resource: str, referred: Sequence[str]) -> Json:
    return {"fields": list(fields), "reference": {"resource": resource, "fields": list(referred)}}


def _field(column: Column, required: bool) -> Json:
    field: Json = {"name": column.name, "type": _type(column.postgres_type), "description": column.description}
    if required:
        field["constraints"] = {"required": True}
    return field | _further(source=column.source, codes=column.codes)


def _type(postgres_type: str) -> str:
    return _TYPES.get(re.sub(r"\(.*", "", postgres_type), "number")


def _segment_schema(kind: FileKind, segment: str) -> Json:
    record = kind.records.get(segment)
    codes = {field.name: field.codes for field in record.fields} if record else {}
    types = segment_schema(kind, segment)
    return {
        "fields": [
            {"name": name, **_ARROW_TYPES[types.field(name).type], "description": meaning}
            | _further(source=place, codes=codes.get(name))
            for name, (place, meaning) in column_meanings(kind, segment).items()
        ]
    }


def _further(**facts: str | None) -> Json:
    """What the standard has no name for: the bytes of the raw record, the code table."""
    return {name: fact for name, fact in facts.items() if fact}
