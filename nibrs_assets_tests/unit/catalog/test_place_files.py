"""The shipped files of counties, and which files of a user are refused."""

import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from nibrs_assets.catalog.csv_tables import CsvError
from nibrs_assets.catalog.places import place_batches, place_rows, place_tables


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("county_population/x.csv", "county_fips,year\n21001,2021\n", "x.csv:1: there is no column population"),
        (
            "county_population/x.csv",
            "county_fips,year,population,source\n1001,2021,5,x\n",
            "x.csv:2: '1001' is no FIPS code of a county, which has five digits; is it 01001?",
        ),
        (
            "county_population/x.csv",
            'county_fips,year,population,source\n21001,2021,"1,000",x\n',
            "x.csv:2: population is '1,000', no whole number",
        ),
        (
            "county_population/x.csv",
            "county_fips,year,population,source\n21001,2021,5,x\n21001,2021,6,x\n",
            "x.csv:3: 21001 2021 stands twice, before in line 2",
        ),
        (
            "county_population/x.csv",
            "county_fips,year,population,source\n21001,21,5,x\n",
            "x.csv:2: year is '21', no year",
        ),
        (
            "county_population/x.csv",
            "county_fips,year,population,source\n21001,2021,5\n",
            "x.csv:2: 3 values under 4 columns",
        ),
        ("regions/x.csv", "region,county\nA,09110\n", "x.csv:2: 09110 is the FIPS code of no county"),
        ("regions/x.csv", "region,county\nA,21001\nB,21001\n", "x.csv:3: x 21001 stands twice, before in line 2"),
        (
            "regions/x.csv",
            "region,county\nA,51515\nB,51019\n",
            "x.csv:2: 51515 is counted in 51019, which line 3 has in another region",
        ),
        (
            "regions/x.csv",
            "region_id,county,county_fips\nVA-8,Fairfax,51600\n",
            "x.csv:2: 51600 is Fairfax city, not Fairfax, which is 51059",
        ),
        (
            "regions/regions_54.csv",
            "region,county\nA,21001\n",
            "regions_54 is the name of a file that ships with the package",
        ),
        (
            "peers/x.csv",
            "region_set,region\nregions_54,VA-99\n",
            "x.csv:2: there is no region VA-99 in a set of regions regions_54",
        ),
    ],
)
def test_bad_rows_are_refused_in_plain_words(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(text)
    table = {"county_population": "county_population", "regions": "region", "peers": "peer_region"}[path.parent.name]
    with pytest.raises(CsvError) as error:
        list(place_rows(place_tables()[table], tmp_path))
    assert told in str(error.value)


@pytest.mark.parametrize("name", place_tables())
def test_shipped_rows_that_were_kept_are_those_of_the_files(name: str) -> None:
    table = place_tables()[name]
    for _ in range(2):
        kept = [tuple(row.values()) for batch in place_batches(table, Path()) for row in batch.to_pylist()]
        assert kept == list(place_rows(table, Path()))


def test_versions_of_rows_are_the_same_in_every_process() -> None:
    """What is kept by them would else be made again by each: Python hashes texts by another seed in each."""
    program = (
        "from pathlib import Path\n"
        "from nibrs_assets.catalog.reference import rows_version, shipped_reference_tables\n"
        "print([(table.filled_by, rows_version(table, Path())) for table in shipped_reference_tables().values()])"
    )
    shown = [
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert shown[0] == shown[1] != ""


def test_a_users_estimate_replaces_the_shipped_one(tmp_path: Path) -> None:
    path = tmp_path / "county_population" / "newer.csv"
    path.parent.mkdir()
    path.write_text("county_fips,year,population,source\n21001,2019,5,newer\n")
    rows = [row for row in place_rows(place_tables()["county_population"], tmp_path) if row[:2] == ("21001", 2019)]
    assert rows == [("21001", 2019, 5, "newer")]


def test_the_crosswalk_has_philadelphia_in_philadelphia() -> None:
    """Trap T44: the row carries the coordinates of another county; they are not here."""
    rows = {row[0]: row for row in place_rows(place_tables()["ori_county"], Path())}
    assert rows["PAPEP00"][1] == "42101"
    assert {column.name for column in place_tables()["ori_county"].columns} == {
        "ori7",
        "county_fips",
        "agency_type",
        "source",
    }


def test_the_fbis_county_codes_are_in_alphabetical_order() -> None:
    names = {row[0]: str(row[1]) for row in place_rows(place_tables()["county"], Path())}
    codes: dict[object, list[tuple[object, str]]] = defaultdict(list)
    for state, code, fips, _ in place_rows(place_tables()["ucr_county"], Path()):
        codes[state].append((code, names[fips].lower().replace("mc", "mac").replace("st. ", "saint ").replace(" ", "")))
    ordered = [
        one[1] <= other[1]
        for found in codes.values()
        for one, other in zip(sorted(found), sorted(found)[1:], strict=False)
    ]
    # Counties that are younger than the list stand at its end.
    assert ordered.count(False) <= 0.015 * len(ordered)
