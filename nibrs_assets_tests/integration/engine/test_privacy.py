"""Agencies' own numbers of incidents and arrests: nowhere in the tables, unless the setting keeps them."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import SecretStr

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.engine.privacy import hash_key
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.positions import read_positions
from nibrs_assets_tests.support.samples import REAL_LINES, file_of_year, make_zip

GIVEN = "a key that is given by the environment"
REAL = REAL_LINES.read_text().splitlines()


def whole_incidents() -> bytes:
    """The real lines, with parts for the one incident of which the file holds some: none of its lines is left out of the tables."""
    header, incident = REAL[1], REAL[2]
    parts = [REAL[6], REAL[9], REAL[12], REAL[15]]
    arrestee = incident[:25].replace("0150", "0650") + REAL[18][25:]
    return file_of_year(2021, header, incident, *parts, arrestee, *REAL[21:])


def own_numbers(text: bytes) -> set[str]:
    """The incident and arrest numbers in `text`, by the positions of the FBI's documents."""
    spans = {
        record: [
            (start, end) for name, start, end in fields if name in ("incident_number", "arrest_transaction_number")
        ]
        for record, fields in read_positions().items()
    }
    lines = text.decode().splitlines()
    found = {line[s - 1 : e].strip() for line in lines if line[:2] != "BH" for s, e in spans.get(line[:2], [])}
    return found - {""}


def texts_in(folder: Path) -> set[str]:
    """Every text in the Parquet files under `folder`."""
    found: set[str] = set()
    for path in folder.rglob("*.parquet"):
        table = pq.ParquetFile(path).read()
        for column in table.columns:
            if pa.types.is_string(column.type):
                found.update(value for value in column.to_pylist() if value)
    return found


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Platform]]:
    with (
        platform_at(tmp_path_factory.mktemp("hashed")) as hashed,
        platform_at(tmp_path_factory.mktemp("plain"), NIBRS_INCIDENT_NUMBERS="plain") as plain,
    ):
        platforms = {"hashed": hashed, "plain": plain}
        for platform in platforms.values():
            make_zip(platform.settings.raw_dir / "nibrs-2021.zip", whole_incidents())
            platform.make(2021)
        yield platforms


def test_no_table_holds_an_agencys_own_number(homes: dict[str, Platform]) -> None:
    numbers = own_numbers(whole_incidents())
    assert {"21000004", "S20001291", "AR21090586", "3419007198"} <= numbers
    lake = {name: Path(platform.settings.lake_uri) for name, platform in homes.items()}
    assert texts_in(lake["hashed"] / "harmonized") & numbers == set()
    assert texts_in(lake["hashed"] / "marts") & numbers == set()
    assert texts_in(lake["plain"] / "harmonized") >= numbers
    assert texts_in(lake["hashed"] / "segments") >= numbers


def test_rows_join_as_before(homes: dict[str, Platform]) -> None:
    joined = """
        SELECT incident.line_number, offense.line_number, victim.line_number, arrestee.line_number, length(incident_number)
        FROM nibrs.incident
        JOIN nibrs.offense USING (data_year, ori, incident_number)
        JOIN nibrs.victim USING (data_year, ori, incident_number)
        JOIN nibrs.arrestee USING (data_year, ori, incident_number)
    """
    assert homes["hashed"].query(joined) == [(2, 3, 5, 7, 20)]
    assert homes["plain"].query(joined) == [(2, 3, 5, 7, 8)]
    [(numbers,)] = homes["hashed"].query("SELECT count(DISTINCT incident_number) FROM nibrs.window_recovered_property")
    assert numbers == 3


def test_the_key_is_made_once_and_is_nobody_elses(homes: dict[str, Platform], tmp_path: Path) -> None:
    settings = homes["hashed"].settings
    key = settings.home / "hash.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(key.read_text()) == 64
    assert hash_key(settings) == key.read_text()
    assert not (homes["plain"].settings.home / "hash.key").exists()
    given = Settings.from_environment({"NIBRS_HOME": str(tmp_path), "NIBRS_HASH_KEY": GIVEN})
    assert hash_key(given) == GIVEN
    assert GIVEN not in repr(given)
    with pytest.raises(NibrsError, match="NIBRS_HASH_KEY: a key has at least 32 characters"):
        hash_key(given.model_copy(update={"hash_key": SecretStr("short")}))
    assert list(tmp_path.iterdir()) == []


def test_nothing_logged_holds_the_key(homes: dict[str, Platform]) -> None:
    home = homes["hashed"].settings.home
    key = (home / "hash.key").read_bytes()
    holders = [p for p in home.rglob("*") if p.is_file() and p.name != "hash.key" and key in p.read_bytes()]
    assert holders == []
