"""What tables say of themselves: one description for each name, one notation with or without SQL, errors that name the file."""

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nibrs_assets.catalog import notation
from nibrs_assets.catalog.load import load_tables
from nibrs_assets.catalog.model import CLEARANCE_RESULTS, REFERENCE, CsvSource, Rows, Table
from nibrs_assets.catalog.notation import (
    ColumnNote,
    TableError,
    TableNote,
    note_of_sql,
    notes_without_sql,
    refuse_second_descriptions,
    shared_descriptions,
)
from nibrs_assets.catalog.places import place_tables
from nibrs_assets.catalog.reference import shipped_reference_tables
from nibrs_assets.catalog.tables import clearance_tables, shipped_tables
from nibrs_assets.clearance.tables import result_tables
from nibrs_assets.core.paths import SQL_FOLDER, shipped_folder
from nibrs_assets.layouts.loader import shipped_layouts

TEMPLATE = "code_{code_table}"


def notes_of_sql() -> Iterator[TableNote]:
    for layer in ("harmonized", "marts", "clearance"):
        for path in sorted((SQL_FOLDER / layer).glob("*.sql")):
            yield note_of_sql(path, path.read_text())


def all_notes() -> list[TableNote]:
    return [*notes_of_sql(), *(note for notes in notes_without_sql().values() for note in notes.values())]


def all_tables() -> list[Table]:
    return [
        table
        for tables in (shipped_tables(), clearance_tables(), shipped_reference_tables(), result_tables())
        for table in tables.values()
    ]


# One description for each name


def test_no_name_has_two_descriptions_unless_the_second_says_that_it_overrides() -> None:
    """Read off the files alone: every description of a name after the first must say so."""
    said = [
        (name, note.where, column.overrides)
        for note in all_notes()
        for name, column in note.columns.items()
        if column.description
    ]
    said += [(name, "columns.yaml", False) for name in shared_descriptions()]
    plain = [name for name, _, overrides in said if not overrides]
    assert len(plain) > 300
    assert sorted(name for name in set(plain) if plain.count(name) > 1) == []


def test_what_overrides_has_something_to_override() -> None:
    notes = all_notes()
    described = {
        n for note in notes for n, column in note.columns.items() if column.description and not column.overrides
    }
    fields = {
        name
        for record in shipped_layouts().records.values()
        for field in (*record.fields, *(record.rows.carries if record.rows else ()))
        for name in (field.name, *((field.repetition.name, field.repetition.label) if field.repetition else ()))
    }
    overriding = {name for note in notes for name, column in note.columns.items() if column.overrides}
    assert overriding - described - shared_descriptions().keys() - fields == set()
    assert {name for name, note in shared_descriptions().items() if note.overrides} <= fields


def test_columns_yaml_describes_what_several_tables_share() -> None:
    tables = all_tables()
    for name, note in shared_descriptions().items():
        users = [t.name for t in tables for c in t.columns if (c.name, c.description) == (name, note.description)]
        assert len(users) > 1, name


def test_a_second_description_is_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SQL_FOLDER, tmp_path / "sql"))
    path = folder / "harmonized/offense.sql"
    path.write_text(path.read_text().replace("columns:\n", "columns:\n  has_header: {description: Another one}\n", 1))
    with pytest.raises(TableError, match=r"offense\.sql: column 'has_header' is described in .*agency\.sql too"):
        load_tables(folder, shipped_layouts())


@pytest.mark.parametrize(
    ("table", "column", "place"),
    [
        ("harmonized/offense", "data_year", r"columns\.yaml"),
        ("harmonized/offense", "location_type", "the layout of its field"),
        ("marts/return_a_agency_year", "agency_name", "the table that it is taken from"),
    ],
)
def test_a_description_that_replaces_another_must_say_so(tmp_path: Path, table: str, column: str, place: str) -> None:
    folder = Path(shutil.copytree(SQL_FOLDER, tmp_path / "sql"))
    path = folder / f"{table}.sql"
    text = path.read_text().replace("columns:\n", f"columns:\n  {column}: {{description: Mine}}\n", 1)
    path.write_text(text)
    with pytest.raises(TableError, match=rf"{path.name}: column '{column}' is described (by|in) {place}"):
        load_tables(folder, shipped_layouts())
    if column == "location_type":
        path.write_text(text.replace("Mine}", "Mine, overrides: true}"))
        assert load_tables(folder, shipped_layouts())["offense"].column(column).description == "Mine"


SHARED = {"plain": ColumnNote("Shared"), "first": ColumnNote("Shared", overrides=True)}


@pytest.mark.parametrize(
    ("name", "of_table", "of_field", "expected"),
    [
        ("plain", None, None, "Shared"),
        ("plain", None, "Field", "Field"),
        ("plain", "Table", "Field", "Table"),
        ("first", None, "Field", "Shared"),
        ("first", "Table", "Field", "Table"),
        ("other", None, "Field", "Field"),
    ],
)
def test_where_a_description_is_looked_for(
    name: str, of_table: str | None, of_field: str | None, expected: str
) -> None:
    elsewhere = notation.Elsewhere(SHARED, of_table, of_field)
    note = TableNote("t", "t.sql", "A row.", ("k",))
    assert note.description_of(name, elsewhere) == expected
    own = TableNote("t", "t.sql", "A row.", ("k",), columns={name: ColumnNote("Own", overrides=True)})
    assert own.description_of(name, elsewhere) == "Own"


def test_names_that_two_tables_mean_alike_are_described_once() -> None:
    note = TableNote("a", "a.sql", "A row.", ("k",), columns={"x": ColumnNote("X")})
    other = TableNote("b", "b.sql", "A row.", ("k",), columns={"x": ColumnNote("Another x")})
    with pytest.raises(TableError, match=r"b\.sql: column 'x' is described in a\.sql too"):
        refuse_second_descriptions([note, other], {})
    with pytest.raises(TableError, match=r"a\.sql: column 'x' is described in columns\.yaml too"):
        refuse_second_descriptions([note], {"x": ColumnNote("X")})


# Mistakes


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("description: A row.", "must begin with a YAML comment that gives description and key"),
        ("description: A row.\nkey: [a]\nkeys: [b]", "takes caveats, columns, description, key, references, unique"),
        ("description: A row.\nkey: [a]\ncolumns: {a: The a}", "column 'a' takes description, overrides, codes"),
        (
            "description: A row.\nkey: [a]\ncolumns: {a: {type: VARCHAR}}",
            "column 'a' takes description, overrides, codes",
        ),
        ("description: A row.\nkey: [a]\ncolumns: {a: {overrides: true}}", "column 'a' says overrides and gives no"),
        ("description: A row.\nkey: [a]\ncolumns: [a]", "columns has to be a mapping"),
        ("description: {One row}\nkey: [a]", "description has to be a text"),
        ("description: A row.\nkey: [a]\nkey: [b]", "a key stands twice"),
        ("description: A: row", "is not readable as YAML"),
    ],
)
def test_a_wrong_comment_is_refused_with_its_file(tmp_path: Path, comment: str, told: str) -> None:
    with pytest.raises(TableError) as error:
        note_of_sql(tmp_path / "wrong.sql", f"/*\n{comment}\n*/\nSELECT 1 AS a")
    assert str(error.value).startswith(str(tmp_path / "wrong.sql"))
    assert told in str(error.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("key: [county_fips]", "key: [fips]", "table 'county': key names the column 'fips'"),
        ("shipped: county.csv", "shipped_as: county.csv", "table 'county': files takes folder, headers"),
        ("optional: [counted_in]", "optional: [counted]", "table 'county': files names the column 'counted'"),
        (
            "county_name: {type: VARCHAR}",
            "county_name: {}",
            "table 'county': column 'county_name' takes type, description",
        ),
    ],
)
def test_a_wrong_table_without_sql_is_refused_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, told: str
) -> None:
    text = (SQL_FOLDER / "tables.yaml").read_text()
    assert text.count(old) == 1
    (tmp_path / "tables.yaml").write_text(text.replace(old, new))
    monkeypatch.setattr(notation, "SQL_FOLDER", tmp_path)
    with pytest.raises(TableError) as error:
        notation.notes_without_sql.__wrapped__()
    assert f"tables.yaml: {told}" in str(error.value)


# Tables that no SQL makes


def test_every_file_of_places_is_a_table_with_its_columns() -> None:
    """The headers of the shipped files, read without the package."""
    found = {}
    for path in sorted(shipped_folder("places").rglob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            name = str(path.relative_to(shipped_folder("places")).parts[0])
            found[name] = set(next(csv.reader(file)))
    tables = {
        table.filled_by.shipped: table
        for table in place_tables().values()
        if isinstance(table.filled_by, CsvSource) and table.filled_by.shipped
    }
    assert tables.keys() == found.keys()
    for name, headers in found.items():
        files = tables[name].filled_by
        assert isinstance(files, CsvSource)
        for column in tables[name].columns:
            if column.name != files.named_by_file and column.name not in files.optional:
                assert headers & set(files.headers_of(column.name)), (name, column.name)


def test_a_code_table_has_the_columns_of_its_file() -> None:
    for path in sorted((shipped_folder("layouts") / "codes").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            headers = set(next(csv.reader(file)))
        table = shipped_reference_tables()[f"code_{path.stem}"]
        assert {column.name for column in table.columns} == headers | {"is_known"}
        assert isinstance(table.filled_by, Rows)
        assert table.filled_by.code_table == path.stem
        assert path.stem.replace("_", " ") in table.description


def test_every_fact_of_the_template_is_in_some_code_table() -> None:
    used = {c.name for name, t in shipped_reference_tables().items() if name.startswith("code_") for c in t.columns}
    assert notes_without_sql()[REFERENCE][TEMPLATE].columns.keys() <= used


def test_the_layers_of_tables_without_sql() -> None:
    assert notes_without_sql().keys() == {REFERENCE, CLEARANCE_RESULTS}
    assert {table.layer for table in shipped_reference_tables().values()} == {REFERENCE}
    assert {table.layer for table in result_tables().values()} == {CLEARANCE_RESULTS}
