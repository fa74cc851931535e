"""The dictionary against what is really there: the Parquet files of a lake, the catalog of Postgres, the files of `layouts/`."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import dagster as dg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from nibrs_assets.catalog.reference import shipped_reference_tables
from nibrs_assets.catalog.tables import shipped_tables, tables_of
from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.definitions import build_definitions
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.html_page import Page
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.positions import read_positions
from nibrs_assets_tests.support.samples import DATA, REAL_LINES, RETURN_A, make_zip

TABLES = shipped_tables()

_POSTGRES_TYPES = {
    **{pa.int16(): "smallint", pa.int32(): "integer", pa.int64(): "bigint", pa.bool_(): "boolean"},
    **{
        pa.string(): "text",
        pa.date32(): "date",
        pa.decimal128(12, 3): "numeric(12,3)",
        pa.decimal128(18, 3): "numeric(18,3)",
        pa.float64(): "double precision",
    },
}
_TABLE_SCHEMA_TYPES = {
    **{pa.int16(): "integer", pa.int32(): "integer", pa.int64(): "integer", pa.bool_(): "boolean"},
    **{
        pa.string(): "string",
        pa.binary(): "string",
        pa.date32(): "date",
        pa.decimal128(12, 3): "number",
        pa.decimal128(18, 3): "number",
        pa.float64(): "number",
    },
}


def page_at(folder: Path, path: str) -> Page:
    return Page.of((folder / path).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A lake and a warehouse with two years of NIBRS and one of Return A, and the dictionary as its asset makes it."""
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        text = REAL_LINES.read_bytes()
        make_zip(platform.settings.raw_dir / "nibrs-2021.zip", text)
        without_first = text.split(b"\n", 1)[1].replace(b"122021NYN", b"122022NYN")
        make_zip(platform.settings.raw_dir / "nibrs-2022.zip", without_first)
        shutil.copy(DATA / "reta-1974.zip", platform.settings.raw_dir)
        platform.make(2021)
        platform.make(2022)
        platform.make(1974, kind=RETURN_A)
        platform.make_both(2021)
        definitions = build_definitions(platform.settings)
        definitions.resolve_job_def("reference_tables").execute_in_process()
        dg.materialize(
            definitions.assets or [],  # type: ignore[arg-type]
            selection=dg.AssetSelection.assets("docs/data_dictionary"),
            resources=definitions.resources,
        )
        yield platform


@pytest.fixture(scope="module")
def lake(platform: Platform) -> Path:
    return Path(platform.settings.lake_uri)


@pytest.fixture(scope="module")
def folder(lake: Path) -> Path:
    return lake / "dictionary"


@pytest.fixture(scope="module")
def package(lake: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((lake / "datapackage.json").read_text(encoding="utf-8"))
    return found


def parquet_files(lake: Path) -> dict[str, pa.Schema]:
    """The schema of every Parquet file, by its path in the lake."""
    return {str(path.relative_to(lake)): pq.read_schema(path) for path in sorted(lake.rglob("*.parquet"))}


# Pages


def test_the_columns_of_a_tables_page_are_those_of_postgres(platform: Platform, folder: Path) -> None:
    for table in TABLES.values():
        columns = platform.query(f"""
            SELECT attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) FROM pg_attribute
            WHERE attrelid = 'nibrs.{table.name}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
        """)
        page = page_at(folder, f"{table.layer}/{table.name}.html")
        assert page.column("Column", "Type") == [(name, type_) for name, type_, _ in columns], table.name
        for (meaning, source), (name, _, comment) in zip(
            page.column("Meaning", "In the raw record"), columns, strict=True
        ):
            said, _, told = str(comment).partition(". Source: ")
            assert meaning.startswith(said), (table.name, name)
            assert source == told.removesuffix("."), (table.name, name)


def test_the_columns_of_every_page_are_those_of_the_parquet_files(lake: Path, folder: Path) -> None:
    files = {path: schema for path, schema in parquet_files(lake).items() if not path.startswith("reference/")}
    nibrs, return_a, both = (len(tables_of(*kinds)) for kinds in (("nibrs",), ("return_a",), ("nibrs", "return_a")))
    assert len(files) == 2 * (15 + nibrs) + 4 + return_a + both
    for path, schema in files.items():
        layer, name, _, _ = PurePosixPath(path).parts
        types = map(str, schema.types) if layer == "segments" else (_POSTGRES_TYPES[type_] for type_ in schema.types)
        page = page_at(folder, f"{layer}/{name}.html")
        assert page.column("Column", "Type") == list(zip(schema.names, types, strict=True)), path


def test_the_page_of_victim(folder: Path) -> None:
    page = page_at(folder, "harmonized/victim.html")
    rows = {name: rest for name, *rest in page.column("Column", "Type", "Meaning", "Made from", "In the raw record")}
    assert rows["victim_age"] == [
        "text",
        "Age of the victim as the FBI writes it (DE 26): NN, NB, BB, 00 unknown, 01-98, 99 over 98Codes: age; breaks 1993",
        "segments/victim.victim_age",
        "04 (victim) bytes 68-69",
    ]
    assert rows["officer_activity"][1].endswith("Codes: leoka_activityFilled since 2002.")
    assert {"../codes/age.html", "../segments/victim.html#victim_age", "incident.html"} <= {
        link.removeprefix("../harmonized/") for link in page.links
    }
    assert any("persons are those of type I and L" in text for text in page.texts)


def test_every_position_of_the_record_descriptions_is_on_the_page_of_its_segment(folder: Path) -> None:
    segments = {r.record_type: s for s, r in shipped_layouts().records.items() if s != "return_a_month"}
    for record_type, positions in read_positions().items():
        if record_type.endswith("vermont_2015"):
            continue
        page = page_at(folder, f"segments/{segments[record_type]}.html")
        shown = {column: where for column, where in page.column("Column", "In the raw record")}  # noqa: C416
        for name, start, end in positions:
            where = f"byte {start}" if start == end else f"bytes {start}-{end}"
            assert shown[name] == f"{record_type} ({segments[record_type]}) {where}"


def test_every_code_is_on_its_page(folder: Path) -> None:
    files = sorted((shipped_folder("layouts") / "codes").glob("*.csv"))
    assert files
    for file in files:
        with file.open(newline="", encoding="utf-8") as opened:
            written = [(row["code"], row["label"]) for row in csv.DictReader(opened)]
        if file.stem == "age":
            index = written.index(("01-98", "Aged {number}"))
            written[index : index + 1] = [(f"{age:02d}", f"Aged {age}") for age in range(1, 99)]
        shown = page_at(folder, f"codes/{file.stem}.html").column("Code", "Label")
        assert [(code, label.partition("Source: ")[0]) for code, label in shown] == written, file.stem


def test_changes_over_the_years_are_told(folder: Path) -> None:
    page = page_at(folder, "years.html")
    codes = [row[:4] for row in page.rows if len(row) > 1 and row[1] == "race"]
    assert ["A", "race", "Asian/Pacific Islander", "1991–2012"] in codes
    assert ["A", "race", "Asian", "since 2013"] in codes
    assert any(row[:3] == ["rape", "summary_offense rape_total", "2013"] for row in page.rows)
    assert any(row[:2] == ["officer_activity", "victim"] and row[3] == "since 2002" for row in page.rows)


def test_every_link_leads_somewhere_and_nothing_is_fetched(folder: Path) -> None:
    found = {path: Page.of(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html")}
    assert len(found) == 2 + len(TABLES) + len(shipped_layouts().codes) + 15 + 4
    for path, page in found.items():
        assert not page.tags & {"script", "link", "img", "iframe", "object", "embed", "video", "base", "form"}, path
        assert not page.attributes & {"src", "srcset", "style", "onclick", "action", "background"}, path
        text = path.read_text(encoding="utf-8")
        style = text[text.index("<style>") : text.index("</style>")]
        assert "url(" not in style, path
        assert "@import" not in style, path
        assert len(set(page.ids)) == len(page.ids), path
        for link in page.links:
            target, _, anchor = link.partition("#")
            assert ":" not in target, (path, link)
            there = (path.parent / target).resolve()
            assert there in found, (path, link)
            assert not anchor or anchor in found[there].ids, (path, link)
    reached = {(path.parent / link.partition("#")[0]).resolve() for path, page in found.items() for link in page.links}
    assert found.keys() - reached == set()


# datapackage.json


def test_the_package_names_every_parquet_file_and_no_other(lake: Path, package: dict[str, Any]) -> None:
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    paths = [path for resource in package["resources"] for path in resource["path"]]
    assert sorted(paths) == sorted(parquet_files(lake))
    by_name = {resource["name"]: resource["path"] for resource in package["resources"]}
    assert len(by_name) == len(package["resources"])
    assert by_name["harmonized.victim"] == [
        "harmonized/victim/year=2021/part-0.parquet",
        "harmonized/victim/year=2022/part-0.parquet",
    ]


def test_the_fields_of_a_resource_are_the_columns_of_its_files(lake: Path, package: dict[str, Any]) -> None:
    schemas = parquet_files(lake)
    for resource in package["resources"]:
        assert (resource["type"], resource["format"]) == ("table", "parquet")
        fields = [(field["name"], field["type"]) for field in resource["schema"]["fields"]]
        for path in resource["path"]:
            types = [_TABLE_SCHEMA_TYPES[type_] for type_ in schemas[path].types]
            assert fields == list(zip(schemas[path].names, types, strict=True)), path
        assert all(field["description"] for field in resource["schema"]["fields"]), resource["name"]


def test_the_keys_of_a_resource_are_those_of_postgres(platform: Platform, package: dict[str, Any]) -> None:
    query = """
        SELECT c.contype, (SELECT relname::text FROM pg_class WHERE oid = c.confrelid),
            (SELECT array_agg(attname::text ORDER BY place) FROM unnest(c.conkey) WITH ORDINALITY AS k(number, place)
                JOIN pg_attribute ON attrelid = c.conrelid AND attnum = number)
        FROM pg_constraint AS c WHERE c.conrelid = 'nibrs.{}'::regclass AND contype IN ('p', 'u', 'f')
    """
    seen = 0
    for resource in package["resources"]:
        layer, name = resource["name"].split(".")
        if layer == "segments":
            assert not resource["schema"].keys() & {"primaryKey", "foreignKeys"}
            continue
        year = "" if layer == "reference" else f"_{resource['path'][0].split('year=')[1][:4]}"
        found = platform.query(query.format(f"{name}{year}"))
        schema = resource["schema"]
        keys: list[tuple[object, ...]] = [("p", None, schema["primaryKey"])]
        keys += [("u", None, columns) for columns in schema.get("uniqueKeys", [])]
        for key in schema.get("foreignKeys", []):
            assert key["fields"] == key["reference"]["fields"]
            keys.append(("f", f"{key['reference']['resource'].split('.')[1]}{year}", key["fields"]))
        # A file may hold codes that no code table has: only Postgres, where these get a row, can have such keys.
        codes = [("f", f"code_{column['codes']}", [column["name"]]) for column in schema["fields"] if "codes" in column]
        of_codes = [key for key in found if str(key[1]).startswith("code_")]
        assert sorted(map(repr, codes)) == sorted(map(repr, of_codes))
        found = [key for key in found if key not in of_codes]
        assert sorted(map(repr, found)) == sorted(map(repr, keys)), name
        required = [field["name"] for field in schema["fields"] if field.get("constraints") == {"required": True}]
        assert set(required) == set(schema["primaryKey"])
        seen += 1
    assert seen == len(TABLES) + len(shipped_reference_tables())


def test_a_lake_of_one_segment_is_described_as_that(tmp_path: Path, lake: Path) -> None:
    from nibrs_assets.dictionary.publish import publish_datapackage
    from nibrs_assets.lake.lake import Lake

    assert publish_datapackage(Lake.at(str(tmp_path))) == 0
    assert list(tmp_path.iterdir()) == []
    for table in ("segments/victim", "harmonized/victim_injury"):
        shutil.copytree(lake / table, tmp_path / table)
    # What is no partition is not taken for one.
    (tmp_path / "segments/victim/year=2023").mkdir()
    assert publish_datapackage(Lake.at(str(tmp_path))) == 2
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    injury, victim = package["resources"]
    assert victim["path"] == [f"segments/victim/year={year}/part-0.parquet" for year in (2021, 2022)]
    # The table that its rows belong to is not there.
    assert "foreignKeys" not in injury["schema"]
