"""The Dagster definitions: keys, partitions, lineage down to bytes; cheap to load."""

import subprocess
import sys
from dataclasses import replace

import pytest
from dagster import AssetKey
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from nibrs_assets.catalog.model import CLEARANCE
from nibrs_assets.catalog.reference import shipped_reference_tables
from nibrs_assets.catalog.tables import clearance_tables, shipped_tables
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.defs.assets import segments
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.samples import NIBRS

DICTIONARY = AssetKey(["docs", "data_dictionary"])
DASHBOARD = AssetKey(["dashboard", "pages"])
MODEL_CARD = AssetKey([CLEARANCE, "model_card"])


@pytest.fixture(scope="module")
def graph() -> AssetGraph:
    return build_definitions(Settings.from_environment({})).resolve_asset_graph()


def test_assets_are_named_layer_and_table_and_partitioned_by_year(graph: AssetGraph) -> None:
    keys = {key.to_user_string() for key in graph.get_all_asset_keys()}
    assert {
        "raw/nibrs_master_file",
        "segments/victim",
        "segments/rejected",
        "harmonized/victim",
        "warehouse/victim",
        "raw/return_a_master_file",
        "segments/return_a_agency",
        "segments/return_a_month",
        "harmonized/return_a_offense_month",
        "marts/return_a_agency_year",
        "warehouse/return_a_agency_year",
        "marts/agency_reporting_month",
        "warehouse/state_participation_year",
    } <= keys
    reference = {f"{layer}/{name}" for layer in ("reference", "warehouse") for name in shipped_reference_tables()}
    assert {"reference/code_offense", "warehouse/code_offense", "warehouse/series_break"} <= reference <= keys
    clearance = {f"{CLEARANCE}/{name}" for name in clearance_tables()}
    assert {key for key in keys if key.startswith(CLEARANCE)} == {*clearance, "clearance/model_card"}
    assert len(keys) == 2 + 15 + 4 + 2 * len(shipped_tables()) + len(reference) + len(clearance) + 3
    for key in graph.get_all_asset_keys() - {DICTIONARY, MODEL_CARD, DASHBOARD}:
        partitions = graph.get(key).partitions_def
        if key.to_user_string() in reference:
            assert partitions is None
            continue
        assert partitions
        years = partitions.get_partition_keys()
        table = shipped_tables().get(key.path[-1])
        is_of_return_a = "return_a" in (table.kinds if table else key.path[-1])
        first = "1960" if is_of_return_a else "1991"
        assert (years[0], years[-1] >= "2025") == (first, True), key


def test_lineage_leads_to_columns_that_exist() -> None:
    layouts = shipped_layouts()
    known = {
        ("segments", segment): set(segment_schema(kind, segment).names)
        for kind in layouts.kinds.values()
        for segment in segment_names(kind)
    }
    known |= {("codes", name): {"code", *codes[0].facts} for name, codes in layouts.codes.items()}
    known |= {
        ("reference", name): {column.name for column in table.columns}
        for name, table in shipped_reference_tables().items()
    }
    tables = shipped_tables()
    known |= {(table.layer, name): {column.name for column in table.columns} for name, table in tables.items()}
    for table in tables.values():
        for column in table.columns:
            for origin in column.origins:
                assert origin.column in known[origin.layer, origin.table], (table.name, column.name, origin)


def test_the_dictionary_is_of_no_year(graph: AssetGraph) -> None:
    assert graph.get(DICTIONARY).partitions_def is None
    assert graph.get(DICTIONARY).is_materializable


def test_every_asset_tells_its_columns_but_the_zips(graph: AssetGraph) -> None:
    for key in graph.get_all_asset_keys() - {DICTIONARY, DASHBOARD}:
        schema = graph.get(key).metadata.get("dagster/column_schema")
        assert (schema is None) == (key.path[0] == "raw"), key
        assert schema is None or all(column.description and column.type for column in schema.columns), key


def test_the_ui_shows_where_columns_come_from(graph: AssetGraph) -> None:
    """In the open-source UI, which has no view of `dagster/column_lineage`."""

    def rows(*key: str) -> list[str]:
        return str(graph.get(AssetKey(key)).metadata["column_origins"].value).splitlines()

    link = "[harmonized/victim](/assets/harmonized/victim) victim_age"
    assert f"| victim_age | {link} | 04 (victim) bytes 68-69 |" in rows("warehouse", "victim")
    link = "[segments/victim](/assets/segments/victim) victim_age"
    assert f"| victim_age | {link} | 04 (victim) bytes 68-69 |" in rows("harmonized", "victim")
    link = "[segments/victim](/assets/segments/victim) relationship_1 … relationship_10 (10 columns)"
    assert f"| relationship | {link} | 04 (victim) 10 fields in bytes 86-123 |" in rows("harmonized", "victim_offender")


def test_mailing_addresses_are_in_no_table() -> None:
    for table in shipped_tables().values():
        roots = {root.column for column in table.columns for root in column.roots}
        assert not {name for name in roots if name.startswith("mailing_address") or name == "zip_code"}, table.name


def test_every_typed_field_of_a_segment_is_used_or_known_to_be_left_out() -> None:
    # The tables of problems read nearly every field, but to check it.
    tables = [table for name, table in shipped_tables().items() if not name.endswith("record_problem")]
    used = {(o.table, o.column) for table in tables for column in table.columns for o in column.origins}
    for segment, record in shipped_layouts().records.items():
        left = {
            field.name
            for field in record.fields
            if (segment, field.name) not in used
            and field.type != "filler"
            and field.name not in {"segment_level", "state_code", "ori", "incident_number", "incident_date"}
        }
        if segment == "administrative":
            left -= {f"ucr_offense_code_{n}" for n in range(1, 11)}
        if segment == "window_exceptional_clearance":
            left -= {f"total_{part}_segments" for part in ("offense", "victim", "offender", "arrestee")}
        if segment == "return_a_agency":
            # What says who and where to write to stays out of the tables; the year is that of the partition.
            left -= {"identifier", "year2", "unused", "special_mailing_address", "zip_code"}
            left -= {f"mailing_address_{line}" for line in range(1, 5)}
        assert left == set(), segment


def test_a_layout_fix_changes_the_code_version_of_its_segments_only() -> None:
    victim = NIBRS.records["victim"]
    moved = replace(victim, fields=(*victim.fields[:-1], replace(victim.fields[-1], end=140)))
    changed = replace(NIBRS, records={**NIBRS.records, "victim": moved})
    before = {name: segments.code_version(NIBRS, name) for name in segment_names(NIBRS)}
    after = {name: segments.code_version(changed, name) for name in segment_names(NIBRS)}
    assert {name for name in before if before[name] != after[name]} == {"victim"}


def test_importing_reads_and_connects_to_nothing() -> None:
    program = """
import sys
opened = []
sys.addaudithook(lambda event, args: opened.append(args[0]) if event in ("open", "socket.connect", "sqlite3.connect") else None)
import nibrs_assets.definitions
folders = ("layouts", "nibrs_assets")
data = (".yaml", ".csv", ".sql", ".db")
print([str(name) for name in opened if str(name).endswith(data) and any(f in str(name) for f in folders)])
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
