"""Every setting: its environment variable, default, limits and meaning. Nothing else reads the environment.

The table of settings in the README is made from this model (`settings_table.py`). Importing this module costs a third of a second
for pydantic-settings: modules that only name `Settings` as a type import it under `TYPE_CHECKING`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from nibrs_assets.core.errors import NibrsError

FBI_SERVICE = "https://cde.ucr.cjis.gov/LATEST"

_WEB = ("http://", "https://")


@dataclass(frozen=True)
class InWords:
    """What people read about a setting where its type does not say it.

    `takes` completes the error "NIBRS_STEPS is 'x'; it takes …"; `default` is Markdown, for a default that is no plain value.
    """

    takes: str = ""
    default: str = ""


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _absolute_or_bucket(uri: str) -> str:
    return uri if "://" in uri else str(_absolute(Path(uri)))


def _service(url: str) -> str | None:
    if url == "none":
        return None
    if not url.startswith(_WEB):
        raise ValueError
    return url.rstrip("/")


def _web_address(url: SecretStr | None) -> SecretStr | None:
    if url and not url.get_secret_value().startswith(_WEB):
        raise ValueError
    return url


class Settings(BaseSettings):
    """Where things are and how much they may take. `from_environment` makes it; secrets are shown nowhere."""

    model_config = SettingsConfigDict(frozen=True, hide_input_in_errors=True)

    home: Annotated[Path, AfterValidator(_absolute), InWords(default="`data/`")] = Field(
        Path("data"),
        validation_alias="NIBRS_HOME",
        description="Folder that holds `raw/`, `lake/`, `postgres/`, `dagster/`, and `places/` if you put files there.",
    )
    raw_uri: Annotated[str, AfterValidator(_absolute_or_bucket), InWords(default="`$NIBRS_HOME/raw`")] = Field(
        default_factory=lambda given: str(given["home"] / "raw"),
        validation_alias="NIBRS_RAW_DIR",
        description="Where you drop the FBI's zips: a folder, or `s3://bucket/prefix`.",
    )
    lake_uri: Annotated[str, InWords(default="`$NIBRS_HOME/lake`")] = Field(
        default_factory=lambda given: str(given["home"] / "lake"),
        validation_alias="NIBRS_LAKE_URI",
        description="Where raw copies and Parquet are kept: a folder, or `s3://bucket/prefix`.",
    )
    s3_endpoint: Annotated[str | None, InWords(default="Amazon's")] = Field(
        None,
        validation_alias=AliasChoices("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
        description="An S3 other than Amazon's, as `http://host:port`.",
    )
    s3_region: Annotated[str | None, InWords(default="the profile's, else `us-east-1`")] = Field(
        None,
        validation_alias=AliasChoices("AWS_REGION", "AWS_DEFAULT_REGION"),
        description="Region to ask first; the bucket then names its own.",
    )
    s3_addressing: Literal["path", "virtual"] = Field(
        "path",
        validation_alias="NIBRS_S3_ADDRESSING",
        description="`virtual` for an S3 other than Amazon's that expects the bucket in the host name.",
    )
    warehouse_url: Annotated[SecretStr | None, InWords(default="an embedded PostgreSQL")] = Field(
        None,
        validation_alias="NIBRS_WAREHOUSE_URL",
        description="The PostgreSQL to load, 14 or newer, as `postgresql://…`.",
    )
    reader_url: Annotated[SecretStr | None, InWords(default="the embedded one's reader, else the above")] = Field(
        None,
        validation_alias="NIBRS_READER_URL",
        description="The same PostgreSQL for those who only read, such as the dashboard.",
    )
    loader_password: SecretStr | None = Field(
        None,
        validation_alias="NIBRS_LOADER_PASSWORD",
        description="Password that `nibrs roles` gives the loader of your own PostgreSQL.",
    )
    reader_password: SecretStr | None = Field(
        None,
        validation_alias="NIBRS_READER_PASSWORD",
        description="Password that `nibrs roles` gives the reader of your own PostgreSQL.",
    )
    cde_url: Annotated[
        str | None, BeforeValidator(_service), InWords(takes="a web address, or none", default="the FBI's")
    ] = Field(
        FBI_SERVICE,
        validation_alias="NIBRS_CDE_URL",
        description="The FBI's download service; `none` turns all downloads off.",
    )
    refresh_years: Annotated[int, InWords(takes="a number of years, 1 to 99")] = Field(
        5,
        validation_alias="NIBRS_REFRESH_YEARS",
        ge=1,
        le=99,
        description="How many of the latest years the schedules ask the FBI about.",
    )
    webhook_url: Annotated[SecretStr | None, AfterValidator(_web_address), InWords(takes="https://…")] = Field(
        None,
        validation_alias="NIBRS_WEBHOOK_URL",
        description="Where failed runs and checks are reported, by POST of JSON.",
    )
    notify: Literal["errors", "warnings"] = Field(
        "errors",
        validation_alias="NIBRS_NOTIFY",
        description="`warnings` also reports checks that only warn.",
    )
    memory_limit: Annotated[str, InWords(takes="an amount such as 2GB, 800MB or 50%")] = Field(
        "2GB",
        validation_alias="NIBRS_MEMORY_LIMIT",
        pattern=r"^\d+(\.\d+)? *([KMGT]i?B|%)$",
        description="Memory that DuckDB may take for a table.",
    )
    steps: Annotated[int, InWords(takes="a number from 1 to 99")] = Field(
        2,
        validation_alias="NIBRS_STEPS",
        ge=1,
        le=99,
        description="Steps that a run executes at once.",
    )
    incident_numbers: Literal["hashed", "plain"] = Field(
        "hashed",
        validation_alias="NIBRS_INCIDENT_NUMBERS",
        description="`plain` keeps the agencies' own numbers of incidents and arrests, for those entitled to them.",
    )
    hash_key: Annotated[SecretStr | None, InWords(default="a random one, kept in `$NIBRS_HOME/hash.key`")] = Field(
        None,
        validation_alias="NIBRS_HASH_KEY",
        description="Key for hashing those numbers; all machines that share a lake need the same one.",
    )
    clearance_sample: Annotated[int, InWords(takes="a number of incidents, 100 or more")] = Field(
        300_000,
        validation_alias="NIBRS_CLEARANCE_SAMPLE",
        ge=100,
        le=999_999_999,
        description="Most incidents that a model of clearance learns from.",
    )
    clearance_seed: Annotated[int, InWords(takes="a number, 0 or more")] = Field(
        0,
        validation_alias="NIBRS_CLEARANCE_SEED",
        ge=0,
        le=999_999_999,
        description="Seed of everything that these models draw at random.",
    )
    dashboard_url: str = Field(
        "http://127.0.0.1:8050",
        validation_alias="NIBRS_DASHBOARD_URL",
        description="Where the dashboard is, for links to it.",
    )
    dagster_url: Annotated[SecretStr | None, InWords(default="database `dagster` of the embedded one")] = Field(
        None,
        validation_alias="NIBRS_DAGSTER_URL",
        description="The PostgreSQL for a deployment's own records.",
    )
    celery_url: Annotated[SecretStr | None, InWords(default="the code server executes runs")] = Field(
        None,
        validation_alias="NIBRS_CELERY_URL",
        description="The Redis or Valkey whose Celery workers execute a deployment's runs.",
    )
    logs_bucket: Annotated[str | None, InWords(default="logs stay on the machine of the step")] = Field(
        None,
        validation_alias="NIBRS_LOGS_BUCKET",
        description="The S3 bucket for a deployment's compute logs.",
    )
    dagster_home: Annotated[Path, AfterValidator(_absolute), InWords(default="`$NIBRS_HOME/dagster`")] = Field(
        default_factory=lambda given: given["home"] / "dagster",
        validation_alias="DAGSTER_HOME",
        description="Where `nibrs run` and `nibrs ui` keep their runs.",
    )
    pg_bin: Annotated[Path | None, InWords(default="the system's, else the package's")] = Field(
        None,
        validation_alias="PG_BIN",
        description="Folder of the PostgreSQL programs for the embedded server.",
    )

    @property
    def raw_dir(self) -> Path:
        """The raw folder, or that of this machine to which downloads come on their way to a bucket."""
        return self.home / "raw" if "://" in self.raw_uri else Path(self.raw_uri)

    @property
    def postgres_home(self) -> Path:
        """The folder of the embedded PostgreSQL."""
        return self.home / "postgres"

    @property
    def places_dir(self) -> Path:
        """Where users drop CSV files of places (`catalog/places.py`)."""
        return self.home / "places"

    @property
    def deployment_home(self) -> Path:
        """The DAGSTER_HOME of the local deployment."""
        return self.home / "deployment"

    @property
    def s3_virtual_hosts(self) -> bool:
        """Whether a bucket is a host name."""
        return self.s3_addressing == "virtual"

    @property
    def keeps_numbers(self) -> bool:
        """Whether the agencies' own numbers of incidents and arrests stay as they are."""
        return self.incident_numbers == "plain"

    @property
    def notifies_warnings(self) -> bool:
        """Whether checks that only warn are reported, too."""
        return self.notify == "warnings"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings in `environment`; an empty variable counts as not given. Raises `NibrsError` for a wrong value."""
        known = {name for field in cls.model_fields.values() for name in variables_of(field)}
        given = {name: value for name, value in environment.items() if value and name in known}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise _for_people(error, given) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What `from_environment` passes on is the only source: no .env files, and no second look at the environment."""
        return (init_settings,)


def variables_of(field: FieldInfo) -> list[str]:
    """The environment variables of a setting; the first that is given counts."""
    alias = field.validation_alias
    return [str(name) for name in alias.choices] if isinstance(alias, AliasChoices) else [str(alias)]


def in_words(field: FieldInfo) -> InWords:
    """What was said about a setting in words."""
    return next((said for said in field.metadata if isinstance(said, InWords)), InWords())


def is_secret(field: FieldInfo) -> bool:
    """Whether the value of a setting must not be shown."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def _for_people(error: ValidationError, given: Mapping[str, str]) -> NibrsError:
    """The first of the errors in a line, which shows no secret."""
    variable = str(error.errors(include_url=False, include_context=False)[0]["loc"][0])
    field = next(field for field in Settings.model_fields.values() if variable in variables_of(field))
    takes = in_words(field).takes or " or ".join(map(str, get_args(field.annotation)))
    value = "malformed" if is_secret(field) else repr(given[variable])
    return NibrsError(f"{variable} is {value}; it takes {takes}")
