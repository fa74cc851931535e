"""The settings: what the environment gives, what is refused, that secrets stay secret, that the README lists them all."""

import pickle
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from pydantic import ValidationError

import nibrs_assets
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings, is_secret, variables_of
from nibrs_assets.core.settings_table import settings_table, with_settings_table
from nibrs_assets.defs.webhook import Webhook
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets_tests.support.secret_settings import CANARY, SECRETS

README = Path(nibrs_assets.__file__).parents[1] / "README.md"


def test_nothing_has_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = Settings.from_environment({})
    assert (found.home, found.raw_uri, found.lake_uri) == (
        tmp_path / "data",
        f"{tmp_path}/data/raw",
        f"{tmp_path}/data/lake",
    )
    assert (found.dagster_home, found.postgres_home) == (tmp_path / "data" / "dagster", tmp_path / "data" / "postgres")
    assert (found.memory_limit, found.steps, found.refresh_years) == ("2GB", 2, 5)
    assert (found.clearance_sample, found.clearance_seed) == (300_000, 0)
    assert found.cde_url == "https://cde.ucr.cjis.gov/LATEST"
    assert not (found.keeps_numbers or found.notifies_warnings or found.s3_virtual_hosts)
    assert (found.warehouse_url, found.hash_key, found.pg_bin, found.s3_endpoint) == (None,) * 4


def test_what_is_given_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = Settings.from_environment(
        {
            "NIBRS_HOME": "home",
            "NIBRS_RAW_DIR": "s3://bucket/dropped",
            "NIBRS_CDE_URL": "http://127.0.0.1:8000/",
            "NIBRS_INCIDENT_NUMBERS": "plain",
            "NIBRS_NOTIFY": "warnings",
            "NIBRS_S3_ADDRESSING": "virtual",
            "NIBRS_MEMORY_LIMIT": "1.5 GiB",
            "AWS_ENDPOINT_URL": "http://all",
            "AWS_ENDPOINT_URL_S3": "http://s3",
            "AWS_DEFAULT_REGION": "us-west-2",
        }
    )
    assert (found.raw_uri, found.raw_dir) == ("s3://bucket/dropped", tmp_path / "home" / "raw")
    assert found.lake_uri == f"{tmp_path}/home/lake"
    assert found.cde_url == "http://127.0.0.1:8000"
    assert found.keeps_numbers
    assert found.notifies_warnings
    assert found.s3_virtual_hosts
    assert found.memory_limit == "1.5 GiB"
    assert (found.s3_endpoint, found.s3_region) == ("http://s3", "us-west-2")
    assert Settings.from_environment({"NIBRS_CDE_URL": "none"}).cde_url is None


def test_an_empty_variable_counts_as_not_given() -> None:
    empty = {name: "" for field in Settings.model_fields.values() for name in variables_of(field)}
    assert Settings.from_environment(empty) == Settings.from_environment({})


def test_nothing_but_what_is_handed_over_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("NIBRS_STEPS=9\n")
    monkeypatch.setenv("NIBRS_STEPS", "7")
    monkeypatch.setenv("steps", "8")
    monkeypatch.setenv("_env_file", ".env")
    assert Settings.from_environment({}).steps == 2
    assert Settings.from_environment().steps == 7


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.from_environment({}).steps = 3


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("NIBRS_STEPS", "x", "a number from 1 to 99"),
        ("NIBRS_STEPS", "0", "a number from 1 to 99"),
        ("NIBRS_STEPS", "100", "a number from 1 to 99"),
        ("NIBRS_REFRESH_YEARS", "0", "a number of years, 1 to 99"),
        ("NIBRS_MEMORY_LIMIT", "2", "an amount such as 2GB, 800MB or 50%"),
        ("NIBRS_INCIDENT_NUMBERS", "no", "hashed or plain"),
        ("NIBRS_NOTIFY", "all", "errors or warnings"),
        ("NIBRS_CDE_URL", "ftp://host", "a web address, or none"),
        ("NIBRS_S3_ADDRESSING", "host", "path or virtual"),
        ("NIBRS_CLEARANCE_SAMPLE", "99", "a number of incidents, 100 or more"),
        ("NIBRS_CLEARANCE_SEED", "-1", "a number, 0 or more"),
    ],
)
def test_a_wrong_value_is_told_in_a_line(name: str, value: str, takes: str) -> None:
    with pytest.raises(NibrsError) as caught:
        Settings.from_environment({name: value})
    assert str(caught.value) == f"{name} is {value!r}; it takes {takes}"


def test_every_setting_that_holds_a_secret_is_one() -> None:
    """By name: whatever is added as a password, key or address with a login is noticed here."""
    names = {name for field in Settings.model_fields.values() if is_secret(field) for name in variables_of(field)}
    assert names == set(SECRETS)
    public = {"NIBRS_CDE_URL", "NIBRS_DASHBOARD_URL"}
    ours = {name for field in Settings.model_fields.values() for name in variables_of(field) if name[:5] == "NIBRS"}
    assert {name for name in ours - public if name.endswith(("_URL", "_PASSWORD", "_KEY"))} == set(SECRETS)


def test_secrets_are_shown_nowhere() -> None:
    found = Settings.from_environment(SECRETS)
    made = (found, Warehouse.of(found), Webhook.of(found))
    shown = [f"{thing!r} {thing!s}" for thing in made]
    shown += [str(found.model_dump()), found.model_dump_json(), str(found.model_dump(mode="json"))]
    assert CANARY not in " ".join(shown)
    given = {field.get_secret_value() for _, field in found if hasattr(field, "get_secret_value")}
    assert given == set(SECRETS.values())
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_malformed_secret_is_refused_without_showing_it() -> None:
    with pytest.raises(NibrsError) as caught:
        Settings.from_environment({**SECRETS, "NIBRS_WEBHOOK_URL": CANARY})
    assert str(caught.value) == "NIBRS_WEBHOOK_URL is malformed; it takes https://…"
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    context = caught.value.__context__
    assert context
    assert CANARY not in f"{context} {context!r}"


def test_the_readme_lists_the_settings_as_they_are() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_settings_table(text) == text, "run python -m nibrs_assets.core.settings_table README.md"
    for field in Settings.model_fields.values():
        assert field.description
        assert all(f"`{name}`" in settings_table() for name in variables_of(field))


def test_a_text_without_a_place_for_the_table_is_refused() -> None:
    with pytest.raises(NibrsError, match="no place for the table of settings"):
        with_settings_table("# Settings\n")


def test_the_command_starts_without_the_library_of_settings() -> None:
    """It takes a third of a second to import."""
    code = "import sys, nibrs_assets.cli.main; sys.exit('pydantic_settings' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
