"""Which relations SQL reads: what sqlglot's tree says, against what DuckDB says of the same text."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from nibrs_assets.catalog.parsing import parsed
from nibrs_assets.catalog.views import SCHEMAS, read_query, relations, written_view
from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.layouts.loader import shipped_layouts

FOLDERS = ("harmonized", "marts", "clearance", "shared", "checks")


def read_by_duckdb(sql: str) -> set[tuple[str, str]]:
    """Schema and name of the relations of `SCHEMAS` in DuckDB's own syntax tree."""
    with duckdb.connect() as connection:
        [(tree,)] = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()
    parsed_by_duckdb = json.loads(tree)
    assert not parsed_by_duckdb["error"], parsed_by_duckdb
    nodes = [node for node in nodes_under(parsed_by_duckdb) if node.get("type") == "BASE_TABLE"]
    return {(node["schema_name"], node["table_name"]) for node in nodes if node["schema_name"] in SCHEMAS}


def nodes_under(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from nodes_under(part)


@pytest.mark.parametrize("folder", FOLDERS)
def test_relations_are_those_that_duckdb_finds(folder: str) -> None:
    paths = sorted((SQL_FOLDER / folder).glob("*.sql"))
    assert paths
    for path in paths:
        sql = path.read_text()
        assert set(relations(sql)) == read_by_duckdb(sql), path.name


def test_the_views_of_segments_read_what_they_say() -> None:
    for schema in ("with_agency", "keyed", "with_incident"):
        sql = written_view(schema, "offense", shipped_layouts())
        assert set(relations(sql)) == read_by_duckdb(sql)


def test_names_in_comments_texts_and_columns_are_no_relations() -> None:
    sql = """
        -- FROM harmonized.victim
        /* harmonized.offender */
        WITH incident AS (SELECT codes.label FROM codes.sex AS codes)
        SELECT label, 'harmonized.property' AS said FROM incident
        WHERE EXISTS (FROM harmonized.arrestee) AND label IN (SELECT label FROM year_codes.race)
    """
    assert relations(sql) == [("codes", "sex"), ("harmonized", "arrestee"), ("year_codes", "race")]


def test_a_query_reads_what_stands_beside_it_too() -> None:
    layouts = shipped_layouts()
    sql = "SELECT ori FROM with_agency.offense"
    alone = read_query(sql, layouts)
    assert alone.sql == sql
    assert "offense" in alone.segments
    assert (alone.tables, alone.previous) == ({}, ())
    assert list(alone.views)[-1] == "with_agency.offense"
    beside = read_query(sql, layouts, beside=["FROM marts.agency_crime_year", "FROM previous_year.incident"])
    assert beside.sql == sql
    assert (beside.tables, beside.previous) == ({"agency_crime_year": "marts"}, ("incident",))
    assert beside.segments == alone.segments


def test_a_text_is_parsed_once() -> None:
    sql = (SQL_FOLDER / "harmonized/victim.sql").read_text()
    relations(sql)
    before = parsed.cache_info().misses
    assert parsed(sql) is parsed(sql)
    assert parsed.cache_info().misses == before
