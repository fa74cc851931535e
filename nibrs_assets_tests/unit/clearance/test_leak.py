"""What was not known when an incident was reported is no feature: by list, by where columns come from, by what is read."""

import re
import shutil
from collections.abc import Mapping

import pytest

from nibrs_assets.catalog.load import load_tables
from nibrs_assets.catalog.model import Table
from nibrs_assets.catalog.tables import clearance_tables, shipped_tables
from nibrs_assets.clearance.leak import OFFENDER, REPORT, TABLE_OF_SET, features, forbidden, leaks, refuse_leaks
from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.layouts.loader import shipped_layouts

# What somebody might write, under the names of features that are listed: each leaks, in another way.
PLANTED = {
    "arrest_date_under_a_harmless_name": """
        SELECT data_year, incident_id, ori, epoch(min(arrest_date))::DOUBLE AS hour
        FROM harmonized.arrestee GROUP BY ALL""",
    "arrest_date_through_a_shared_view": """
        SELECT incident.data_year, incident.incident_id, incident.ori, dayofyear(cleared.clearance_date)::SMALLINT AS hour
        FROM harmonized.incident AS incident LEFT JOIN shared.clearance AS cleared USING (incident_id)""",
    "whether_there_is_an_arrestee": """
        SELECT data_year, incident_id, ori, (incident_id IN (SELECT incident_id FROM harmonized.arrestee))::INTEGER AS hour
        FROM harmonized.incident""",
    "only_incidents_with_an_arrestee": """
        SELECT data_year, incident_id, ori, incident_hour AS hour
        FROM harmonized.incident SEMI JOIN harmonized.arrestee USING (incident_id)""",
    "a_condition_on_the_clearance": """
        SELECT data_year, incident_id, ori, incident_hour AS hour
        FROM harmonized.incident WHERE cleared_exceptionally = 'N'""",
    "the_number_of_arrestees": """
        SELECT data_year, incident_id, ori, total_arrestee_segments AS hour FROM harmonized.incident""",
    "recovered_property": """
        SELECT data_year, incident_id, ori, count(date_recovered)::INTEGER AS hour
        FROM harmonized.property GROUP BY ALL""",
    "the_segment_itself": """
        SELECT data_year() AS data_year, line_number AS incident_id, ori, arrest_date AS hour FROM segments.arrestee""",
    "the_race_of_the_offender": """
        SELECT data_year, incident_id, ori, min(offender_race_group) AS hour FROM harmonized.offender GROUP BY ALL""",
    "the_race_of_the_victim": """
        SELECT data_year, incident_id, ori, min(victim_race_group) AS hour FROM harmonized.victim GROUP BY ALL""",
}
COMMENT = """/*
description: Planted.
key: [data_year, incident_id]
columns:
  incident_id: {description: incident, overrides: true}
  hour: {description: planted, overrides: true}
*/
"""


def _overriding(sql: str) -> str:
    """The SQL of a table whose descriptions may stand beside the same ones of another table."""
    return re.sub(r"^  \w+: \{description(?![^}]*overrides)[^}]*", r"\g<0>, overrides: true", sql, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Table]:
    folder = tmp_path_factory.mktemp("sql")
    shutil.copytree(SQL_FOLDER / "harmonized", folder / "harmonized")
    shutil.copy(SQL_FOLDER / "columns.yaml", folder)
    (folder / "clearance").mkdir()
    for name, sql in PLANTED.items():
        (folder / "clearance" / f"{name}.sql").write_text(COMMENT + sql)
    own = _overriding((SQL_FOLDER / "clearance" / "incident_feature.sql").read_text())
    assert own.count("incident.incident_hour AS hour") == 1
    (folder / "clearance" / "in_the_features.sql").write_text(
        own.replace("incident.incident_hour AS hour", "arrested.days AS hour").replace(
            "LEFT JOIN weapon USING",
            "LEFT JOIN (SELECT incident_id, day(min(arrest_date)) AS days FROM harmonized.arrestee GROUP BY 1) AS arrested "
            "USING (incident_id)\nLEFT JOIN weapon USING",
        )
    )
    (folder / "clearance" / "unlisted.sql").write_text(
        own.replace("AS hour,", "AS hour_of_arrival,").replace("  hour:", "  hour_of_arrival:")
    )
    return load_tables(folder, shipped_layouts())


def test_the_features_do_not_leak() -> None:
    refuse_leaks()
    for feature_set, name in TABLE_OF_SET.items():
        assert leaks(clearance_tables()[name], feature_set) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_leak_is_caught_whatever_it_is_called(planted: Mapping[str, Table], name: str) -> None:
    found = [leak for leak in leaks(planted[name], REPORT) if "of feature.csv is not there" not in leak]
    assert found, name


def test_a_planted_arrest_date_is_caught_three_times_over(planted: Mapping[str, Table]) -> None:
    assert leaks(planted["in_the_features"], REPORT) == [
        "column hour is made from segments.arrestee.* (Is the outcome)",
        "it reads harmonized.arrestee (Is the outcome)",
        "its SQL names arrest_date, which is forbidden",
    ]


def test_a_column_that_nobody_gave_a_reason_for_is_refused(planted: Mapping[str, Table]) -> None:
    assert leaks(planted["unlisted"], REPORT) == [
        "column hour_of_arrival is not in feature.csv",
        "column hour of feature.csv is not there",
    ]


def test_the_race_of_an_offender_is_in_no_set(planted: Mapping[str, Table]) -> None:
    told = leaks(planted["the_race_of_the_offender"], OFFENDER)
    assert "column hour is made from segments.offender.offender_race (Never; not in the ablation either)" in told


def test_what_is_known_only_later_is_in_the_ablation_only() -> None:
    assert {feature.feature_set for feature in features() if feature.known_at_report} == {REPORT}
    assert {feature.feature_set for feature in features() if not feature.known_at_report} == {OFFENDER}
    assert all(feature.reason and feature.kind in ("category", "number") for feature in features())


def test_what_is_forbidden_is_there_to_be_forbidden_and_has_a_reason() -> None:
    records = shipped_layouts().records
    for rule in forbidden():
        assert rule.reason
        if rule.layer == "harmonized":
            assert shipped_tables()[rule.table].layer == "harmonized" and rule.column == "*"
        elif rule.column != "*":
            names = {name for f in records[rule.table].fields for name in (f.name, f.repetition and f.repetition.name)}
            assert rule.column in names, rule


def test_every_table_made_of_what_is_forbidden_altogether_is_forbidden() -> None:
    """A new table of arrests or windows must be thought of: those whose key is made from such a segment."""
    whole = {rule.table for rule in forbidden() if rule.layer == "segments" and rule.column == "*"}
    tables = {rule.table for rule in forbidden() if rule.layer == "harmonized"}
    for name, table in shipped_tables().items():
        segments = {root.table for column in table.key for root in table.column(column).roots}
        if table.layer == "harmonized" and segments & whole and name not in ("agency", "agency_county", "agency_month"):
            assert name in tables or name == "record_problem", name


def test_a_leak_in_the_features_stops_the_models(planted: Mapping[str, Table], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "nibrs_assets.clearance.leak.clearance_tables",
        lambda: {**clearance_tables(), "incident_feature": planted["in_the_features"]},
    )
    with pytest.raises(Exception, match=r"incident_feature: column hour is made from segments.arrestee"):
        refuse_leaks()
