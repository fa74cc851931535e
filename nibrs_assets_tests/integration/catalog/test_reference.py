"""Code tables and series breaks, against the CSV files read without the package; what a code that no table knows does to a year."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from nibrs_assets.definitions import build_definitions
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.samples import LAYOUTS, REAL_LINES, file_of_year, layout_rows, make_zip

REAL = REAL_LINES.read_text().splitlines()
HEADER, INCIDENT, OFFENSE, VICTIM = (REAL[line] for line in (1, 2, 6, 12))


def victim(number: int, codes: str, race: str, injury: str = "     ") -> str:
    """A victim (04) with its offense codes, race (byte 71) and injuries (bytes 79-83)."""
    line = f"{VICTIM[:33]}{number:03d}{codes:<30}I34F{race}NR".ljust(78) + injury
    return line.ljust(135)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        yield platform


@pytest.fixture(scope="module")
def strange(platform: Platform) -> dg.ExecuteInProcessResult:
    """2019 with codes that no table has (offense 99Z, race Z twice) and one of later years only (injury G, from 2025)."""
    lines = [victim(1, "13A", "Z"), victim(2, "99Z13A", "Z", "G    "), victim(3, "13A", "P")]
    text = file_of_year(2019, HEADER, INCIDENT, OFFENSE.replace("290CD", "13ACD"), *lines)
    make_zip(platform.settings.raw_dir / "nibrs-2019.zip", text)
    return platform.materialize(2019)


@pytest.mark.usefixtures("strange")
@pytest.mark.parametrize("name", [path.stem for path in sorted((LAYOUTS / "codes").glob("*.csv"))])
def test_every_code_is_in_postgres(platform: Platform, name: str) -> None:
    rows = layout_rows(f"codes/{name}.csv")
    last = {row["code"]: row for row in sorted(rows, key=lambda row: int(row["valid_from"])) if "-" not in row["code"]}
    there = {
        str(code): rest for code, *rest in platform.query(f"SELECT code, label FROM nibrs.code_{name} WHERE is_known")
    }
    if name == "age":
        assert [there.pop(f"{age:02d}") for age in range(1, 99)] == [[f"Aged {age}"] for age in range(1, 99)]
    assert there.keys() == last.keys()
    assert all(str(there[code][0]).startswith(row["label"]) for code, row in last.items())
    for fact in rows[0].keys() - {"code", "label", "valid_from", "valid_to"}:
        facts = {
            code: value or ""
            for code, value in platform.query(f'SELECT code, "{fact}" FROM nibrs.code_{name} WHERE is_known')
        }
        assert {code: facts[code] for code in last} == {code: row[fact] for code, row in last.items()}, fact


@pytest.mark.usefixtures("strange")
def test_a_changed_meaning_keeps_both(platform: Platform) -> None:
    assert platform.query("SELECT label, valid_from, valid_to FROM nibrs.code_race WHERE code = 'A'") == [
        ("Asian (through 2012 Asian/Pacific Islander)", 1991, None)
    ]
    assert platform.query("""
        SELECT label FROM nibrs.code_meaning
        WHERE code_table = 'circumstance' AND code = '06' AND 2016 BETWEEN valid_from AND valid_to
    """) == [("Lovers' Quarrel",)]


@pytest.mark.usefixtures("strange")
def test_every_coded_column_joins_to_its_table(platform: Platform) -> None:
    """Each column whose name is that of a field with a code table, as the layout files have it, has a foreign key."""
    keys = platform.query("""
        SELECT conrelid::regclass::text, attname, confrelid::regclass::text
        FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE contype = 'f' AND confrelid::regclass::text LIKE '%code\\_%'
    """)
    joined = {(str(table).removeprefix("nibrs."), column) for table, column, _ in keys}
    of_sex = {column: str(target).removeprefix("nibrs.") for _, column, target in keys if str(column).endswith("_sex")}
    assert of_sex == dict.fromkeys(("victim_sex", "offender_sex", "arrestee_sex"), "code_sex")
    coded = {
        ("victim", "victim_race"),
        ("victim_offense", "ucr_offense_code"),
        ("offense", "location_type"),
        ("property", "property_description"),
        ("arrestee", "arrest_offense_code"),
        ("victim_offender", "relationship"),
        ("agency", "state_code"),
        ("offense", "bias_motivation"),
        ("offense_weapon", "weapon_force"),
        ("arrestee", "arrestee_age"),
    }
    assert coded <= joined
    assert {(f"{table}_2019", column) for table, column in coded} <= joined
    assert len({pair for pair in joined if not str(pair[0])[-4:].isdigit()}) >= 75
    for table, column, target in keys:
        assert platform.query(f"SELECT count(*) FROM {table} WHERE {column} NOT IN (SELECT code FROM {target})") == [
            (0,)
        ]


def test_an_unknown_code_is_kept_and_said_to_be_unknown(platform: Platform, strange: dg.ExecuteInProcessResult) -> None:
    assert platform.query("""
        SELECT victim_sequence_number, victim_race, label, is_known
        FROM nibrs.victim JOIN nibrs.code_race ON code = victim_race WHERE data_year = 2019 ORDER BY 1
    """) == [
        *((n, "Z", "Unknown code: the FBI's documents do not have it", False) for n in (1, 2)),
        (3, "P", "Native Hawaiian or Other Pacific Islander", True),
    ]
    found = {
        evaluation.asset_key.path[-1]: {name: value.value for name, value in evaluation.metadata.items()}
        for evaluation in strange.get_asset_check_evaluations()
        if evaluation.check_name == "codes_are_known" and not evaluation.passed
    }
    assert found["victim"] == {
        "victim_race Z: unknown code": {"rows": 2, "examples": ["(2019, 201900000001, 1)", "(2019, 201900000001, 2)"]},
        "codes_not_known": 1,
    }
    assert found["victim_injury"]["injury G: code of other years"] == {
        "rows": 1,
        "examples": ["(2019, 201900000001, 2, 1)"],
    }
    assert found["victim_offense"].keys() == {"ucr_offense_code 99Z: unknown code", "codes_not_known"}
    assert found.keys() == {"victim", "victim_injury", "victim_offense"}


@pytest.mark.usefixtures("strange")
def test_what_the_tables_lose_becomes_unknown_and_what_changes_is_changed(platform: Platform) -> None:
    with_changes = """
        INSERT INTO nibrs.code_race (code, label, is_known) VALUES ('Q', 'of an older version', true);
        UPDATE nibrs.code_race SET label = 'old label' WHERE code = 'W';
        DELETE FROM nibrs.series_break WHERE code = 'A';
        INSERT INTO nibrs.series_break (series, code_table, code, year) VALUES ('gone', 'race', 'A', 1999);
    """
    import psycopg

    with psycopg.connect(platform.url, autocommit=True) as connection:
        connection.execute(with_changes)
    definitions = build_definitions(platform.settings)
    assert definitions.resolve_job_def("reference_tables").execute_in_process().success
    assert platform.query(
        "SELECT code, label, is_known FROM nibrs.code_race WHERE code IN ('Q', 'W', 'Z') ORDER BY 1"
    ) == [
        ("Q", "Unknown code: the FBI's documents do not have it", False),
        ("W", "White", True),
        ("Z", "Unknown code: the FBI's documents do not have it", False),
    ]
    assert platform.query("SELECT series, year FROM nibrs.series_break WHERE code_table = 'race' AND code = 'A'") == [
        ("race", 2013)
    ]
    lake = Path(platform.settings.lake_uri)
    import pyarrow.parquet as pq

    breaks = pq.read_table(lake / "reference/series_break/part-0.parquet").to_pylist()
    assert (
        len(breaks)
        == len(layout_rows("series_breaks.csv"))
        == platform.query("SELECT count(*) FROM nibrs.series_break")[0][0]
    )


def test_groups_mean_the_same_in_every_year(platform: Platform) -> None:
    """The same lines in files of years on both sides of a break: the codes stay, the groups are one, or told apart."""
    offense = OFFENSE.replace("290CD", "11BCD").replace("14               88", "22               14")
    circumstance = f"{VICTIM[:33]}00113A                           I34FANR06".ljust(135)
    seen = {}
    for year in (2017, 2020):
        text = file_of_year(year, HEADER, INCIDENT, offense, circumstance)
        make_zip(platform.settings.raw_dir / f"nibrs-{year}.zip", text)
        platform.materialize(year)
        [seen[year]] = platform.query(f"""
            SELECT offense.ucr_offense_code, offense_group, location_type, location_type_group, bias_motivation,
                bias_motivation_group, victim_race, victim_race_group, circumstance, circumstance_group
            FROM nibrs.offense JOIN nibrs.victim USING (data_year, incident_id)
            JOIN nibrs.victim_circumstance USING (data_year, incident_id, victim_sequence_number)
            WHERE data_year = {year} AND circumstance = '06'
        """)
    same = ("11B", "11A_B_C", "22", "22_52_53", "14", "14_16", "A", "A_P", "06")
    assert seen == {2017: (*same, "06_until_2018"), 2020: (*same, "06_from_2019")}
