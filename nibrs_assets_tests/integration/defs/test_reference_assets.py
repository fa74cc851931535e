"""A run leaves the reference tables as long as nothing that they are made from has changed, and both places have them."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from nibrs_assets.catalog.model import REFERENCE
from nibrs_assets.catalog.reference import shipped_reference_tables
from nibrs_assets.defs.assets.reference import reference_assets, reference_is_current
from nibrs_assets.lake.lake import Lake
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets_tests.support.pipeline import Platform, platform_at


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        yield platform


def make(platform: Platform) -> None:
    settings = platform.settings
    resources = {"settings": settings, "lake": Lake.of(settings), "warehouse": Warehouse.of(settings)}
    dg.materialize(reference_assets(), resources=resources)
    assert is_current(platform)


def is_current(platform: Platform) -> bool:
    return reference_is_current(platform.settings, Lake.of(platform.settings), Warehouse.of(platform.settings))


def test_they_are_made_again_when_a_users_file_comes_and_goes(platform: Platform) -> None:
    assert not is_current(platform)
    make(platform)
    regions = platform.settings.places_dir / "regions" / "mine.csv"
    regions.parent.mkdir(parents=True)
    regions.write_text("region,county_fips\nHome,22071\n")
    assert not is_current(platform)
    make(platform)
    assert platform.query("SELECT county_fips FROM nibrs.region WHERE region_set = 'mine'") == [("22071",)]
    regions.unlink()
    assert not is_current(platform)
    make(platform)
    assert platform.query("SELECT county_fips FROM nibrs.region WHERE region_set = 'mine'") == []


def test_they_are_made_again_when_a_file_of_the_lake_or_a_table_is_gone(platform: Platform) -> None:
    make(platform)
    lake = Lake.of(platform.settings)
    county = Path(lake.path(REFERENCE, "county", None))
    county.unlink()
    assert not is_current(platform)
    make(platform)
    county.write_bytes(b"half a file")
    assert not is_current(platform)
    make(platform)
    with Warehouse.of(platform.settings).connect() as connection:
        connection.execute("DROP TABLE nibrs.county")
    assert not is_current(platform)
    make(platform)
    assert platform.query("SELECT count(*) FROM nibrs.county") == [(3226,)]


def test_what_is_loaded_is_what_the_lake_has(platform: Platform) -> None:
    """A users' file that comes between the two steps is not taken for loaded."""
    make(platform)
    region = platform.settings.places_dir / "regions" / "late.csv"
    region.parent.mkdir(parents=True, exist_ok=True)
    region.write_text("region,county_fips\nLate,22071\n")
    [_, in_the_warehouse] = reference_assets()
    settings = platform.settings
    resources = {"lake": Lake.of(settings), "warehouse": Warehouse.of(settings)}
    dg.materialize([in_the_warehouse], resources=resources)
    assert not is_current(platform)
    assert Warehouse.of(settings).reference_versions().keys() == shipped_reference_tables().keys()
