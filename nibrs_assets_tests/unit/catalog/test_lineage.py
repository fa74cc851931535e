"""Lineage read off the SQL: against the FBI's positions, against what changes when bytes change, over each construct of SQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from nibrs_assets.catalog.layout_views import (
    columns_behind,
    repeated_query,
    transposed_query,
    typed_query,
    view_of_kind,
)
from nibrs_assets.catalog.lineage import Lineage, LineageError
from nibrs_assets.catalog.load import load_tables
from nibrs_assets.catalog.model import Origin
from nibrs_assets.catalog.notation import TableError
from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.catalog.views import SCHEMAS, macros
from nibrs_assets.core.paths import SQL_FOLDER
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind
from nibrs_assets_tests.support.lineage import bytes_behind, positions_of
from nibrs_assets_tests.support.samples import RETURN_A

TABLES = shipped_tables()


# Table, column, and the fields that it is made from by the FBI's record descriptions: record type, field.
_PLAIN = """
agency_arrest_month arrest_offense_code 06 arrest_offense_code 07 arrest_offense_code
agency_offense_month ucr_offense_code 02 ucr_offense_code
agency_clearance_month ucr_offense_code 02 ucr_offense_code
agency_property_month property_description 03 property_description
agency_reporting_year latest_update return_a date_of_last_update
agency_reporting_year months_declared_nibrs BH number_of_months_reported B3 number_of_months_reported
agency city_name BH city_name B1 city_name
agency population_group BH population_group B1 population_group
agency number_of_months_reported BH number_of_months_reported B3 number_of_months_reported
agency_month zero_report BH *_zero_report B3 *_zero_report
agency_month window_flag BH *_window B3 *_window
arrestee arrestee_age 06 arrestee_age
arrestee arrestee_age_years 06 arrestee_age
arrestee arrest_date 06 arrest_date
arrestee_weapon armed_with 06 armed_with_*
group_b_arrest arrest_offense_code 07 arrest_offense_code
group_b_arrest record_ori 07 ori
group_b_arrest_weapon automatic_indicator 07 automatic_indicator_*
incident cleared_exceptionally 01 cleared_exceptionally
incident incident_hour 01 incident_date_hour
incident ori 01 ori BH ori B1 ori
offender offender_race 05 offender_race
offender is_unknown_offender 05 offender_sequence_number
offense ucr_offense_code 02 ucr_offense_code
offense bias_motivation 02 bias_motivation
offense number_of_premises_entered 02 number_of_premises_entered
offense_criminal_activity criminal_activity 02 criminal_activity_*
offense_suspected_use offender_suspected_using 02 offender_suspected_using_*
offense_weapon weapon_force 02 weapon_force_*
offense_weapon ucr_offense_code 02 ucr_offense_code
property value_of_property 03 value_of_property
property_drug drug_type 03 drug_type_*
property_drug drug_quantity 03 drug_quantity_*
victim victim_age 04 victim_age
victim victim_age_years 04 victim_age
victim officer_ori_other 04 officer_ori_other
victim_circumstance circumstance 04 circumstance_*
victim_injury injury 04 injury_*
victim_offender relationship 04 relationship_*
victim_offender offender_sequence_number 04 offender_number_*
victim_offense ucr_offense_code 04 victim_offense_code_*
window_arrestee arrestee_sex W6 arrestee_sex
window_arrestee_offense ucr_offense_code W6 ucr_offense_code_*
window_arrestee_weapon armed_with W6 armed_with_*
window_clearance exceptional_clearance_date W1 exceptional_clearance_date
window_clearance_offense ucr_offense_code W1 ucr_offense_code_*
window_recovered_property date_recovered W3 date_recovered
window_recovered_property_drug drug_measure W3 drug_measure_*
window_recovered_property_offense ucr_offense_code W3 ucr_offense_code_*
return_a_agency agency_name return_a agency_name
return_a_agency county return_a county_1
return_a_agency state_abbreviation return_a state_code
return_a_agency population return_a population_1 return_a population_2 return_a population_3
return_a_agency_county county return_a county_1 return_a county_2 return_a county_3
return_a_agency_month card3_pt return_a card3_pt
return_a_agency_month is_reported return_a card1_type
return_a_agency_month officers_assaulted return_a officers_assaulted return_a card4_type return_a month_included_in
return_a_offense_month cleared return_a cleared_[!u]* return_a cleared_unused return_a card2_* return_a month_included_in
return_a_agency_year agency_name return_a agency_name
return_a_agency_year months_totals_only return_a card1_type return_a card1_pt
"""


@pytest.mark.parametrize("line", _PLAIN.strip().splitlines(), ids=lambda line: ".".join(line.split()[:2]))
def test_lineage_ends_at_the_bytes_of_the_record_descriptions(line: str) -> None:
    table, column, *fields = line.split()
    expected = {
        (record_type, start, end)
        for record_type, pattern in zip(fields[::2], fields[1::2], strict=True)
        for field, (start, end) in positions_of(record_type).items()
        if Path(field).match(pattern)
    }
    assert expected
    assert bytes_behind(TABLES[table].column(column)) == expected


def test_every_table_made_of_records_is_in_that_sample() -> None:
    sampled = {line.split()[0] for line in _PLAIN.strip().splitlines()}
    harmonized = {name for name, table in TABLES.items() if table.layer == "harmonized"}
    assert sampled >= {name for name in harmonized if not name.endswith("record_problem")} - {"agency_county"}


def test_the_population_of_an_agency_is_followed_through_its_counties() -> None:
    """In the files through 2012 the first four counties stand in B2, the fifth in B3."""
    positions = {
        (record_type, start, end)
        for record_type in ("BH", "B2", "B3")
        for field, (start, end) in positions_of(record_type).items()
        if field.startswith("current_population")
    }
    assert bytes_behind(TABLES["agency_county"].column("current_population")) == positions
    assert bytes_behind(TABLES["agency"].column("population")) == positions
    assert TABLES["agency"].column("population").origins == (
        Origin("harmonized", "agency_county", "current_population"),
    )


def test_people_are_told_the_bytes() -> None:
    assert TABLES["victim"].column("victim_age").comment.endswith("Source: 04 (victim) bytes 68-69.")
    assert TABLES["victim_offender"].column("relationship").source == "04 (victim) 10 fields in bytes 86-123"
    assert TABLES["return_a_agency_year"].column("months_reported").source == (
        "1 (return_a_month) byte 315 of month 1, the others 590 bytes further each"
    )
    assert TABLES["incident"].column("incident_id").source == ""
    assert all(len(column.source) < 250 for table in TABLES.values() for column in table.columns)


@pytest.mark.parametrize(
    ("table", "column", "codes"),
    [
        ("victim", "victim_sex", "sex"),
        ("victim_offense", "ucr_offense_code", "offense"),
        ("offense_weapon", "ucr_offense_code", "offense"),
        ("victim_offender", "relationship", "relationship"),
        ("incident", "cleared_exceptionally", "cleared_exceptionally"),
        ("agency", "population_group", "population_group"),
        ("return_a_agency_year", "population_group", "population_group"),
        ("return_a_offense_month", "offense", "summary_offense"),
        # What a code was made into is none, nor what was looked up by it.
        ("victim", "victim_age_years", None),
        ("return_a_agency", "state_abbreviation", None),
        ("return_a_agency_month", "is_reported", None),
        ("incident", "ori", None),
    ],
)
def test_a_column_is_of_the_code_table_of_the_field_that_it_is_as_it_stands(
    table: str, column: str, codes: str | None
) -> None:
    assert TABLES[table].column(column).codes == codes


# What changes when bytes change: the truth that lineage tells of, found by running everything twice.


# The SQL files are what is read.


@pytest.fixture
def sql_folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SQL_FOLDER, tmp_path / "sql"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_swapped_columns_in_the_sql_are_swapped_in_the_lineage(sql_folder: Path) -> None:
    described = "columns:\n  victim_sex: {description: Sex of the victim}"
    edit(sql_folder / "harmonized/victim.sql", "columns:", described)
    edit(sql_folder / "harmonized/victim.sql", "    victim_sex,\n", "    victim_race AS victim_sex,\n")
    edit(sql_folder / "harmonized/victim.sql", "age_years(victim_age)", "age_years(victim_sequence_number::VARCHAR)")
    tables = load_tables(sql_folder, shipped_layouts())
    assert bytes_behind(tables["victim"].column("victim_sex")) == {("04", 71, 71)}
    assert bytes_behind(tables["victim"].column("victim_age_years")) == {("04", 34, 36)}
    # Those that read the table follow.
    assert bytes_behind(tables["victim_injury"].column("injury")) == {("04", byte, byte) for byte in range(79, 84)}


def test_a_column_that_nothing_describes_is_refused(sql_folder: Path) -> None:
    edit(sql_folder / "harmonized/victim.sql", "    officer_ori_other,\n", "    officer_ori_other AS gender,\n")
    with pytest.raises(TableError, match=r"victim\.sql: column 'gender' is made from no field or column of its name"):
        load_tables(sql_folder, shipped_layouts())


def test_what_cant_be_followed_is_refused_and_not_guessed(sql_folder: Path) -> None:
    edit(sql_folder / "harmonized/victim.sql", "    victim_sex,\n", "    COLUMNS('victim_sex'),\n")
    with pytest.raises(TableError, match=r"victim\.sql: COLUMNS.* can't be followed; name the columns"):
        load_tables(sql_folder, shipped_layouts())


def test_origins_written_by_hand_are_refused(sql_folder: Path) -> None:
    edit(sql_folder / "harmonized/victim.sql", 'not a person"}', 'not a person", from: [victim.victim_age]}')
    with pytest.raises(TableError, match="takes description, overrides, codes, nothing else"):
        load_tables(sql_folder, shipped_layouts())


# Each construct of SQL, over three small tables: a(id, x, y), b(id, z), t(k, id, v), and the code table sex.


def traced(sql: str) -> dict[str, str]:
    """The origins of each column that `sql` returns, as `table.column`, in order of their names."""
    lineage = Lineage(shipped_layouts())
    lineage.add_table("harmonized", "a", ["data_year", "id", "x", "y"], ["data_year", "id"])
    lineage.add_table("harmonized", "b", ["data_year", "id", "z"], ["data_year", "id"])
    lineage.add_table("harmonized", "t", ["k", "id", "v"], ["k"])
    for name in "abt":
        sql = sql.replace(f"<{name}>", f"harmonized.{name} AS {name}")
    columns = lineage.trace(sql).columns
    return {name: " ".join(sorted(f"{o.table}.{o.column}" for o in found.origins)) for name, found in columns}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        # expressions
        ("SELECT x AS p, y + 1 AS q, 7 AS r FROM <a>", {"p": "a.x", "q": "a.y", "r": ""}),
        ("SELECT CASE WHEN x > 1 THEN y ELSE id END AS p FROM <a>", {"p": "a.id a.x a.y"}),
        ("SELECT x AS p, p + y AS q FROM <a>", {"p": "a.x", "q": "a.x a.y"}),
        ("SELECT X AS P FROM <a>", {"P": "a.x"}),
        ("SELECT data_year() AS year, age_years(x) AS years FROM <a>", {"year": "", "years": "a.x"}),
        # The macro does not use its last argument then.
        ("SELECT drug_amount(x, NULL) AS p, is_returned(y) AS q FROM <a>", {"p": "a.x", "q": "a.y"}),
        ("SELECT list_transform(x, lambda e: e + id) AS p FROM <a>", {"p": "a.id a.x"}),
        ("SELECT x.part AS p, a.y.part AS q FROM <a>", {"p": "a.x", "q": "a.y"}),
        ("SELECT x[1:2] || y AS p, x::DATE AS q FROM <a>", {"p": "a.x a.y", "q": "a.x"}),
        ("SELECT x IN (SELECT z FROM <b>) AS p FROM <a>", {"p": "a.x b.z"}),
        ("SELECT (SELECT max(z) FROM <b> WHERE b.id = a.id) AS p FROM <a>", {"p": "b.z"}),
        # stars
        ("SELECT * EXCLUDE (data_year, id) FROM <a>", {"x": "a.x", "y": "a.y"}),
        ("SELECT a.* EXCLUDE (data_year) REPLACE (x + y AS x) FROM <a>", {"id": "a.id", "x": "a.x a.y", "y": "a.y"}),
        ("SELECT * EXCLUDE (data_year, id) RENAME (x AS p) FROM <a>", {"p": "a.x", "y": "a.y"}),
        ("FROM <t>", {"k": "t.k", "id": "t.id", "v": "t.v"}),
        ("FROM <t> SELECT v AS p", {"p": "t.v"}),
        # joins
        ("SELECT * FROM <b> JOIN <t> USING (id)", {"data_year": "b.data_year", "id": "b.id", "z": "b.z", "k": "t.k", "v": "t.v"}),
        ("SELECT id FROM <t> LEFT JOIN <b> USING (id)", {"id": "t.id"}),
        ("SELECT id FROM <t> RIGHT JOIN <b> USING (id)", {"id": "b.id"}),
        ("SELECT id FROM <t> FULL JOIN <b> USING (id)", {"id": "b.id t.id"}),
        ("SELECT k, z FROM <t> ASOF LEFT JOIN <b> ON t.id >= b.id", {"k": "t.k", "z": "b.z"}),
        ("SELECT * EXCLUDE (id) FROM <t> SEMI JOIN <b> USING (id)", {"k": "t.k", "v": "t.v"}),
        ("SELECT k FROM <t> ANTI JOIN <b> USING (id)", {"k": "t.k"}),
        ("SELECT k, m, n FROM <t> CROSS JOIN range(1, t.v) AS r(m), unnest(t.id) AS u(n)", {"k": "t.k", "m": "t.v", "n": "t.id"}),
        ("SELECT own.w FROM <t> LEFT JOIN LATERAL (SELECT v AS w WHERE k = 1) AS own ON true", {"w": "t.v"}),
        ("SELECT c FROM (VALUES (1, 2), (3, 4)) AS l(b, c)", {"c": ""}),
        # what is read through
        ("WITH p AS (SELECT x AS q FROM <a>), r AS (SELECT q AS s FROM p) SELECT s FROM r", {"s": "a.x"}),
        ("WITH p(q) AS (SELECT x FROM <a>) SELECT q FROM p", {"q": "a.x"}),
        ("SELECT q FROM (SELECT x AS q FROM <a>) AS s", {"q": "a.x"}),
        (
            "WITH RECURSIVE r AS (SELECT id, x AS root FROM <a> UNION ALL SELECT b.id, r.id FROM r JOIN <b> ON b.z = r.root) "
            "SELECT root FROM r",
            {"root": "a.id a.x b.id"},
        ),
        ("SELECT x AS p, y AS q FROM <a> UNION ALL SELECT v, k FROM <t>", {"p": "a.x t.v", "q": "a.y t.k"}),
        ("SELECT x AS p FROM <a> UNION ALL BY NAME SELECT v AS q, k AS p FROM <t>", {"p": "a.x t.k", "q": "t.v"}),
        ("SELECT x AS p FROM <a> EXCEPT SELECT v FROM <t>", {"p": "a.x"}),
        (
            "SELECT k, unnest([{'l': v, 'm': k}, {'l': id, 'm': 2}], recursive := true) FROM <t>",
            {"k": "t.k", "l": "t.id t.v", "m": "t.k"},
        ),
        # aggregates and windows
        ("SELECT id, sum(v) AS n FROM <t> WHERE k = 1 GROUP BY id", {"id": "t.id", "n": "t.v"}),
        ("SELECT sum(v) FILTER (WHERE k = 1) AS n, count_if(id > 2) AS m FROM <t>", {"n": "t.k t.v", "m": "t.id"}),
        ("SELECT count(v) AS n, count(DISTINCT id) AS m FROM <t>", {"n": "t.v", "m": "t.id"}),
        ("SELECT lag(v) OVER (PARTITION BY id ORDER BY k) AS p FROM <t>", {"p": "t.v"}),
        ("SELECT row_number() OVER (PARTITION BY id ORDER BY v) AS p FROM <t>", {"p": "t.id t.v"}),
        # what count(*) counts: rows by their key, chosen by WHERE
        ("SELECT count(*) AS n FROM <a>", {"n": "a.id"}),
        ("SELECT x, count(*) AS n FROM <a> WHERE y > 2 GROUP BY x", {"x": "a.x", "n": "a.id a.y"}),
        ("SELECT count(*) FILTER (WHERE x = 1) AS n FROM <a>", {"n": "a.id a.x"}),
        ("SELECT count(*) AS n FROM (SELECT id FROM <t> GROUP BY 1 HAVING max(v) > 1) AS s", {"n": "t.id t.v"}),
        ("SELECT count(*) AS n FROM (SELECT DISTINCT x FROM <a>) AS s", {"n": "a.x"}),
        ("SELECT count(*) AS n FROM segments.victim", {"n": "victim.line_number"}),
        ("SELECT count(*) AS n FROM typed.return_a_month", {"n": "return_a_month.line_number"}),
        # a label is followed to its code
        (
            "SELECT s.label FROM <a> LEFT JOIN codes.sex AS s ON s.code = a.x AND data_year() >= s.valid_from",
            {"label": "a.x sex.label"},
        ),
        (
            "WITH s AS (SELECT code AS x, label FROM codes.sex) SELECT label FROM <a> JOIN s USING (x)",
            {"label": "a.x sex.label"},
        ),
        ("SELECT (SELECT label FROM codes.sex WHERE code = a.x) AS l FROM <a>", {"l": "a.x sex.label"}),
        (
            "SELECT s.label FROM <a> LEFT JOIN LATERAL (SELECT label FROM codes.sex WHERE code = a.x) AS s ON true",
            {"label": "a.x sex.label"},
        ),
        ("SELECT count(*) AS n FROM <a> JOIN codes.sex AS s ON s.code = a.x", {"n": "a.id"}),
    ],
)  # fmt: skip
def test_constructs(sql: str, expected: dict[str, str]) -> None:
    assert traced(sql) == expected
    # And DuckDB takes it, and gives the columns these names.
    with duckdb.connect() as connection:
        connection.execute("SET VARIABLE data_year = 2020; CREATE SCHEMA harmonized; CREATE SCHEMA codes")
        connection.execute(macros(shipped_layouts()))
        for schema in ("segments", "typed"):
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute("CREATE TABLE segments.victim (line_number BIGINT)")
        connection.execute("CREATE TABLE typed.return_a_month (line_number BIGINT)")
        connection.execute("CREATE TABLE codes.sex (code VARCHAR, label VARCHAR, valid_from INT, valid_to INT)")
        types = _types_for(sql)
        connection.execute(f"CREATE TABLE harmonized.a (data_year INT, id INT, x {types}, y {types})")
        connection.execute("CREATE TABLE harmonized.b (data_year INT, id INT, z INT)")
        connection.execute("CREATE TABLE harmonized.t (k INT, id INT, v INT)")
        for name in "abt":
            sql = sql.replace(f"<{name}>", f"harmonized.{name} AS {name}")
        sql = sql.replace("unnest(t.id)", "unnest([t.id])")
        assert [row[0] for row in connection.execute(f"DESCRIBE {sql}").fetchall()] == list(expected)


def _types_for(sql: str) -> str:
    """A type of a.x and a.y with which the SQL makes sense."""
    for part, type_ in (
        ("list_transform", "INT[]"),
        (".part", "STRUCT(part INT)"),
        ("[1:2]", "VARCHAR"),
        ("is_returned", "INT"),
        ("age_years", "VARCHAR"),
        ("codes.sex", "VARCHAR"),
    ):
        if part in sql:
            return type_
    return "INT"


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT w FROM <a>", "w is no column that is known there"),
        ("SELECT b.x FROM <a> JOIN <b> USING (id)", "b.x is no column"),
        ("SELECT x FROM nowhere", "'nowhere' is no table, view or CTE"),
        ("SELECT x FROM <a> NATURAL JOIN <b>", "NATURAL JOIN can't be followed"),
        ("PIVOT harmonized.t ON k USING sum(v)", "is no query whose columns can be followed"),
        ("SELECT FROM WHERE", "sqlglot does not read it"),
    ],
)
def test_what_is_not_understood_is_said(sql: str, message: str) -> None:
    with pytest.raises(LineageError, match=message):
        traced(sql)


# The views derived from the layouts: their SQL, read, says what `columns_behind` says of them.


def derived_views() -> Iterator[tuple[str, str, str]]:
    """Schema, name and SQL of those of a segment whose SQL sqlglot can follow: all but the transposed."""
    layouts = shipped_layouts()
    for segment, record in layouts.records.items():
        yield "typed", segment, typed_query(record)
        if not record.rows:
            for group in record.groups():
                yield "repeated", f"{segment}_{group}", repeated_query(record, group)


def test_what_the_layouts_say_of_their_views_is_what_these_read() -> None:
    lineage = Lineage(shipped_layouts())
    for schema, name, sql in derived_views():
        parsed = {column: set(found.origins) for column, found in lineage.trace(sql).columns}
        behind = columns_behind(schema, name, shipped_layouts())
        assert list(parsed) == list(behind), name
        assert parsed == {
            c: {Origin("segments", *position) for position in positions} for c, positions in behind.items()
        }, name


@pytest.mark.parametrize("kind", shipped_layouts().kinds.values(), ids=lambda kind: kind.name)
@pytest.mark.parametrize("prefix", ["unreadable_", "unknown_code_"])
def test_a_wrong_value_of_any_field_is_found_by_its_column(kind: FileKind, prefix: str) -> None:
    """Each field in turn holds what is no value of it, in a line of its own; the dates of other lines are blank or zeros."""
    layouts = shipped_layouts()
    behind = columns_behind("typed", f"{prefix}{kind.name}", layouts)
    wanted = []
    with duckdb.connect() as connection:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET VARIABLE data_year = 2013; {macros(layouts)}")
        for record in kind.records.values():
            names = [field.name for field in record.fields]
            row = ["line_number", *([record.rows.number] if record.rows else [])]
            columns = [*(f'"{name}" VARCHAR' for name in names), *(f"{name} INTEGER" for name in row)]
            connection.execute(f"CREATE TABLE segments.{record.segment} ({', '.join(columns)})")
            zeros = ["0" * field.width if field.type in ("date", "short_date") else None for field in record.fields]
            for line, name in enumerate(names, start=1):
                values = [*zeros[: line - 1], "?", *zeros[line:], *([line] * len(row))]
                places = ", ".join("?" * len(values))
                connection.execute(f"INSERT INTO segments.{record.segment} VALUES ({places})", values)
                if (record.segment, name) in behind["value"]:
                    wanted.append((record.segment, line, line if record.rows else None, name, "?"))
        result = connection.execute(view_of_kind("typed", f"{prefix}{kind.name}", layouts) or "")
        assert [column[0] for column in result.description] == list(behind)
        found = [row[:5] for row in result.fetchall() if row[4] == "?"]
    assert wanted
    assert sorted(found, key=str) == sorted(wanted, key=str)


def test_the_counts_of_a_card_are_transposed_from_their_own_columns() -> None:
    """UNPIVOT: every count of a month is given a number of its own, which tells where it comes out."""
    record = RETURN_A.records["return_a_month"]
    counts = {f.name: number for number, f in enumerate(record.fields, start=1) if f.type == "count"}
    with duckdb.connect() as connection:
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"SET VARIABLE data_year = 1970; {macros(shipped_layouts())}")
        columns = ", ".join(f'{counts.get(f.name, "NULL")} AS "{f.name}"' for f in record.fields)
        connection.execute(f"CREATE VIEW typed.return_a_month AS SELECT 5 AS line_number, 3 AS month, {columns}")
        result = connection.execute(transposed_query(record, "count"))
        names = [column[0] for column in result.description]
        rows = result.fetchall()
    behind = columns_behind("transposed", "return_a_month_count", shipped_layouts())
    assert names == list(behind)
    for column in ("unfounded", "actual", "cleared", "cleared_under_18"):
        index = names.index(column)
        numbers = {row[index] for row in rows} - {None}
        assert numbers == {counts[name] for _, name in behind[column]}, column
