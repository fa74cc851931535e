"""Loading years into a real Postgres: exchanged at once, keyed, commented; what breaks a key changes nothing."""

import threading
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.warehouse.embedded import EmbeddedPostgres
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets_tests.support.warehouse_rows import TABLES, year_of

LEFT_LOADING = (
    "SELECT count(*) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'nibrs_loading'"
)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    found = Warehouse(None, EmbeddedPostgres(tmp_path_factory.mktemp("postgres")))
    with found.running():
        yield found


def execute(warehouse: Warehouse, sql: str) -> None:
    with warehouse.connect() as connection:
        connection.execute(sql)


def query(warehouse: Warehouse, sql: str) -> list[tuple[object, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(sql).fetchall()


def test_a_year_is_loaded_and_replaced(warehouse: Warehouse) -> None:
    loaded = warehouse.load_year(2001, TABLES, year_of(2001, 7))
    assert (loaded["incident"].rows, loaded["agency"].values_with_nul) == (7, 1)
    warehouse.load_year(2002, TABLES, year_of(2002, 3))
    warehouse.load_year(2001, TABLES, year_of(2001, 5))
    assert warehouse.row_counts(list(TABLES))["incident"] == {2001: 5, 2002: 3}
    assert query(warehouse, "SELECT city_name FROM nibrs.agency WHERE data_year = 2001") == [("FAIR\ufffdBANKS",)]
    assert query(warehouse, LEFT_LOADING) == [(0,)]


def test_tables_are_partitioned_by_year_with_keys_and_comments(warehouse: Warehouse) -> None:
    warehouse.load_year(2001, TABLES, year_of(2001, 5))
    assert query(warehouse, "SELECT pg_get_partkeydef('nibrs.incident'::regclass)") == [("LIST (data_year)",)]
    assert query(
        warehouse, "SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = 'nibrs.offense_2001'::regclass"
    ) == [("FOR VALUES IN ('2001')",)]
    constraints = """
        SELECT pg_get_constraintdef(oid) FROM pg_constraint
        WHERE conrelid = 'nibrs.{}'::regclass AND contype IN ('p', 'f', 'u') AND conname NOT LIKE '%is_a_code' ORDER BY 1
    """
    assert query(warehouse, constraints.format("offense_2001")) == [
        ("FOREIGN KEY (data_year, incident_id) REFERENCES incident_2001(data_year, incident_id)",),
        ("PRIMARY KEY (data_year, incident_id, ucr_offense_code)",),
    ]
    assert ("UNIQUE (data_year, ori, incident_number)",) in query(warehouse, constraints.format("incident"))
    for name, table in TABLES.items():
        columns = f"FROM pg_attribute WHERE attrelid = 'nibrs.{name}'::regclass AND attnum > 0"
        commented = query(warehouse, f"SELECT attname, col_description(attrelid, attnum) {columns} ORDER BY attnum")
        assert commented == [(column.name, column.comment) for column in table.columns]
        assert query(warehouse, f"SELECT obj_description('nibrs.{name}'::regclass)") == [(table.description,)]


def test_a_reader_sees_the_old_year_or_the_new_one(warehouse: Warehouse) -> None:
    years = {rows: year_of(2003, rows) for rows in (400, 900)}
    warehouse.load_year(2003, TABLES, years[400])
    seen: set[tuple[object, ...]] = set()
    done = threading.Event()

    def read() -> None:
        with warehouse.running() as url, psycopg.connect(url, autocommit=True) as connection:
            while not done.is_set():
                incidents, offenses = (
                    f"(SELECT count(*) FROM nibrs.{t} WHERE data_year = 2003)" for t in ("incident", "offense")
                )
                seen.update(connection.execute(f"SELECT {incidents}, {offenses}").fetchall())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for rows in (900, 400) * 5:
            warehouse.load_year(2003, TABLES, years[rows])
    finally:
        done.set()
        reader.join()
    assert seen == {(400, 400), (900, 900)}


def test_a_transaction_from_before_the_exchange_finds_the_new_year_and_not_none(warehouse: Warehouse) -> None:
    warehouse.load_year(2010, TABLES, year_of(2010, 4))
    with warehouse.running() as url, psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SELECT 1")
        warehouse.load_year(2010, TABLES, year_of(2010, 9))
        counts = "SELECT (SELECT count(*) FROM nibrs.incident WHERE data_year = 2010), count(*) FROM nibrs.offense_2010"
        assert connection.execute(counts).fetchall() == [(9, 9)]


def test_every_constraint_of_a_year_was_checked(warehouse: Warehouse) -> None:
    warehouse.load_year(2011, TABLES, year_of(2011, 4))
    constraints = """
        SELECT conname, convalidated FROM pg_constraint
        WHERE conrelid = 'nibrs.offense_2011'::regclass AND contype = 'f' ORDER BY conname
    """
    found = query(warehouse, constraints)
    assert {"offense_2011_data_year_incident_id_fkey", "ucr_offense_code_is_a_code"} <= {name for name, _ in found}
    assert {checked for _, checked in found} == {True}


def test_texts_arrive_as_they_are(warehouse: Warehouse) -> None:
    strange = 'a\tb\\N\r\nc"\\.'
    agency = {
        "data_year": 2012,
        "ori": "AK0010299",
        "city_name": strange,
        "has_header": False,
        "current_population": None,
    }
    unknown = {"data_year": 2012, "incident_id": 1, "ucr_offense_code": "\\9"}
    warehouse.load_year(2012, TABLES, year_of(2012, 1, agency=[agency], offense=[unknown]))
    assert query(warehouse, "SELECT city_name FROM nibrs.agency WHERE ori = 'AK0010299'") == [(strange,)]
    assert query(warehouse, "SELECT code, is_known FROM nibrs.code_offense WHERE code = E'\\\\9'") == [("\\9", False)]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"offense": [{"data_year": 2004, "incident_id": 1, "ucr_offense_code": "13A"}]}, "offense_2004_pkey"),
        (
            {"offense": [{"data_year": 2004, "incident_id": 99, "ucr_offense_code": "13A"}]},
            "offense_2004_data_year_incident_id_fkey",
        ),
        (
            {"incident": [{"data_year": 2004, "incident_id": 9, "ori": "AK0010200", "incident_number": f"{1:012d}"}]},
            "already|duplicated|unique",
        ),
        ({"incident": [{"data_year": 2005, "incident_id": 9}]}, "check constraint"),
    ],
    ids=["same key twice", "orphan", "same incident number twice", "another year"],
)
def test_rows_that_break_a_key_change_nothing(
    warehouse: Warehouse, more: dict[str, list[dict[str, object]]], message: str
) -> None:
    warehouse.load_year(2004, TABLES, year_of(2004, 5))
    with pytest.raises(NibrsError, match=message):
        warehouse.load_year(2004, TABLES, year_of(2004, 7, **more))
    assert warehouse.row_counts(["incident"])["incident"][2004] == 5
    assert query(warehouse, LEFT_LOADING) == [(0,)]


def test_loads_of_the_same_year_and_of_others_at_once(warehouse: Warehouse) -> None:
    errors: list[Exception] = []

    def load(year: int, rows: int) -> None:
        try:
            warehouse.load_year(year, TABLES, year_of(year, rows))
        except Exception as error:
            errors.append(error)

    loads = [(2006, 10), (2006, 20), (2006, 30), (2016, 4), (2017, 5), (2016, 4)]
    threads = [threading.Thread(target=load, args=arguments) for arguments in loads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    incidents = warehouse.row_counts(["incident"])["incident"]
    assert incidents[2006] in (10, 20, 30)
    assert (incidents[2016], incidents[2017]) == (4, 5)


def test_tables_of_another_version_are_told(warehouse: Warehouse) -> None:
    warehouse.load_year(2007, TABLES, year_of(2007, 1))
    execute(warehouse, "ALTER TABLE nibrs.agency RENAME COLUMN core_city TO city_core")
    try:
        with pytest.raises(NibrsError, match=r"column 'city_core' of nibrs.agency .* made by another version"):
            warehouse.load_year(2007, TABLES, year_of(2007, 2))
    finally:
        execute(warehouse, "ALTER TABLE nibrs.agency RENAME COLUMN city_core TO core_city")


def test_a_new_column_is_added(warehouse: Warehouse) -> None:
    warehouse.load_year(2008, TABLES, year_of(2008, 1))
    execute(warehouse, "ALTER TABLE nibrs.agency DROP COLUMN core_city")
    warehouse.load_year(2009, TABLES, year_of(2009, 2))
    assert warehouse.row_counts(["agency"])["agency"][2009] == 1


def test_a_warehouse_that_is_not_there_is_told_without_its_password(tmp_path: Path) -> None:
    url = SecretStr("postgresql://me:secret@127.0.0.1:1/x")
    with pytest.raises(NibrsError, match="can't be reached") as caught:
        Warehouse(url, EmbeddedPostgres(tmp_path)).load_year(2001, TABLES, {})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg2://u:secret@127.0.0.1:1/x",
        "mysql://u:secret@127.0.0.1/x",
        "postgresql://u:se@secret@127.0.0.1/x",
        "secret",
    ],
)
def test_a_malformed_url_is_told_without_showing_it(tmp_path: Path, url: str) -> None:
    with (
        pytest.raises(NibrsError, match="is no PostgreSQL URL") as caught,
        Warehouse(SecretStr(url), EmbeddedPostgres(tmp_path)).connect(),
    ):
        pass
    assert "secret" not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None
