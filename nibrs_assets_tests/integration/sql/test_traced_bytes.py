"""Bytes of a real incident are changed, and the columns that change are those that lineage leads back to them."""

import io
from pathlib import Path

import pyarrow.parquet as pq

from nibrs_assets.catalog.tables import shipped_tables, tables_of
from nibrs_assets.core.settings import Settings
from nibrs_assets.engine.session import write_query, year_session
from nibrs_assets.ingest.decoding import decode_to_lake
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.lineage import bytes_behind, positions_of
from nibrs_assets_tests.support.samples import NIBRS, REAL_LINES


def filled(line: str, **fields: str) -> str:
    """`line` with `fields` written where the FBI's record descriptions say that they stand."""
    for name, value in fields.items():
        start, end = positions_of(line[:2])[name]
        assert len(value) == end - start + 1
        line = line.ljust(end)
        line = line[: start - 1] + value + line[end:]
    return line


def one_incident() -> dict[str, str]:
    """A header and one incident, a record of each type, by record type."""
    real = REAL_LINES.read_text().splitlines()
    records = {real[line][:2]: real[line] for line in (1, 2, 6, 9, 12, 15, 18)}
    key = {"ori": "AK0010200", "incident_number": "21000004    "}
    of_incident = {type_: filled(line, **key) for type_, line in records.items() if type_ != "BH"}
    more = {
        "02": {"weapon_force_1": "12"},
        "03": {"drug_type_1": "A", "drug_quantity_1": "000000002", "drug_measure_1": "GM"},
        "04": {"victim_age": "31", "offender_number_2": "02", "relationship_2": "SE"},
    }
    return {"BH": records["BH"]} | {type_: filled(line, **more.get(type_, {})) for type_, line in of_incident.items()}


def contents(lines: dict[str, str], folder: Path) -> dict[tuple[str, str], list[object]]:
    """Every column of every NIBRS table of a file of these lines."""
    folder.mkdir()
    lake = Lake.at(str(folder))
    settings = Settings.from_environment({"NIBRS_HOME": str(folder), "NIBRS_HASH_KEY": "a key" * 8})
    text = "\n".join(lines.values()).encode()
    decode_to_lake(io.BytesIO(text), "2021.txt", lake, [*NIBRS.records, NIBRS.rejected], 2021)
    found = {}
    for name, table in tables_of("nibrs").items():
        staged = folder / "staged.parquet"
        with year_session(lake, shipped_layouts(), table, 2021, settings, folder) as connection:
            write_query(connection, table.query.sql, staged)
        for column, values in pq.read_table(staged).to_pydict().items():
            found[name, column] = values
        lake.publish(staged, lake.path(table.layer, name, 2021))
    return found


# Record type, field, new value, and the columns that are another for it.
_CHANGES = [
    ("BH", "current_population_1", "000123456", "agency_county.current_population agency.population"),
    ("01", "incident_date_hour", "05", "incident.incident_hour"),
    ("02", "weapon_force_1", "11", "offense_weapon.weapon_force"),
    ("03", "drug_quantity_1", "000000003", "property_drug.drug_quantity"),
    ("04", "victim_age", "45", "victim.victim_age victim.victim_age_years"),
    ("04", "relationship_2", "AQ", "victim_offender.relationship"),
    ("04", "victim_sex", "?", "victim.victim_sex"),
    ("06", "arrestee_age", "30", "arrestee.arrestee_age arrestee.arrestee_age_years"),
]


def test_what_changes_with_the_bytes_is_what_lineage_leads_back_to_them(tmp_path: Path) -> None:
    lines = one_incident()
    before = contents(lines, tmp_path / "before")
    for record_type, field, value, _ in _CHANGES:
        lines[record_type] = filled(lines[record_type], **{field: value})
    after = contents(lines, tmp_path / "after")
    changed = {f"{table}.{column}" for table, column in after if after[table, column] != before[table, column]}
    assert changed == {name for *_, names in _CHANGES for name in names.split()} | {"agency_profile_year.code"}
    altered = {(type_, *positions_of(type_)[field]) for type_, field, *_ in _CHANGES}
    for record_type, field, _, names in _CHANGES:
        for name in names.split():
            table, column = name.split(".")
            behind = bytes_behind(shipped_tables()[table].column(column))
            assert behind & altered == {(record_type, *positions_of(record_type)[field])}, name
    # A column of many fields: whatever persons, weapons and hours are counted by.
    profiled = [
        ("01", "incident_date_hour"),
        ("02", "weapon_force_1"),
        ("04", "victim_age"),
        ("04", "victim_sex"),
        ("06", "arrestee_age"),
    ]
    code = bytes_behind(shipped_tables()["agency_profile_year"].column("code"))
    assert code & altered == {(type_, *positions_of(type_)[field]) for type_, field in profiled}
