"""Every setting, its default, its environment variable. Nothing else reads the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nibrs_assets.core.errors import NibrsError

FBI_SERVICE = "https://cde.ucr.cjis.gov/LATEST"


@dataclass(frozen=True)
class Settings:
    """Where things are and how much they may take. Paths are absolute.

    ======================  =====================================================================================
    NIBRS_HOME              folder of everything below it that has no setting of its own; `data/`
    NIBRS_RAW_DIR           where the FBI's zips are dropped, a folder or `s3://bucket/prefix`; `$NIBRS_HOME/raw`
    NIBRS_LAKE_URI          where raw copies and Parquet go, a folder or `s3://bucket/prefix`; `$NIBRS_HOME/lake`
    NIBRS_CDE_URL           the FBI's download service, or `none`: nothing is ever asked there; the FBI's
    NIBRS_REFRESH_YEARS     how many of the latest years the schedules ask about; 5
    NIBRS_WEBHOOK_URL       where failed runs and checks are told, by POST of JSON; a secret; default: nowhere
    NIBRS_NOTIFY            `errors`, or `warnings` to be told of checks that only warn as well; `errors`
    NIBRS_WAREHOUSE_URL     the Postgres to load; default: an embedded one in `$NIBRS_HOME/postgres`
    NIBRS_READER_URL        the same for those who only read; default: the embedded one's reader, else NIBRS_WAREHOUSE_URL
    NIBRS_LOADER_PASSWORD   password that `nibrs roles` gives the loader of an outside Postgres; NIBRS_READER_PASSWORD: the reader
    NIBRS_MEMORY_LIMIT      memory DuckDB may take; `2GB`
    NIBRS_INCIDENT_NUMBERS  `hashed`, or `plain` to keep agencies' own numbers of incidents and arrests; `hashed`
    NIBRS_HASH_KEY          key that these are hashed with; default: a random one, kept in `$NIBRS_HOME/hash.key`
    NIBRS_CLEARANCE_SAMPLE  most incidents that a model of clearance is made of; 300000
    NIBRS_CLEARANCE_SEED    seed of all that these draw; 0
    NIBRS_STEPS             steps that a run runs at once; 2
    NIBRS_DAGSTER_URL       the Postgres of a deployment's own records; default: database `dagster` of the embedded one
    NIBRS_CELERY_URL        the Redis whose Celery workers take a deployment's runs; default: the code server runs them
    NIBRS_DASHBOARD_URL     where the dashboard is, for links to it; `http://127.0.0.1:8050`
    NIBRS_LOGS_BUCKET       the bucket of a deployment's compute logs; default: they stay on the machine of the step
    PG_BIN                  folder of PostgreSQL binaries for the embedded one; default: the system's, else the wheel's
    DAGSTER_HOME            Dagster's own folder; `$NIBRS_HOME/dagster` for the `nibrs` command
    AWS_ENDPOINT_URL        another S3 than Amazon's, `http://host:port`; AWS_ENDPOINT_URL_S3 comes before it
    AWS_REGION              region of requests before the bucket has told its own; AWS_DEFAULT_REGION, else the profile's
    NIBRS_S3_ADDRESSING     `virtual` for an S3 of which a bucket is a host name; default: a path, but on Amazon's own
    ======================  =====================================================================================
    """

    home: Path
    raw_uri: str
    lake_uri: str
    warehouse_url: str | None = field(repr=False)
    reader_url: str | None = field(repr=False)
    loader_password: str | None = field(repr=False)
    reader_password: str | None = field(repr=False)
    memory_limit: str
    pg_bin: Path | None
    dagster_home: Path
    s3_endpoint: str | None
    s3_region: str | None
    s3_virtual_hosts: bool
    keeps_numbers: bool
    hash_key: str | None = field(repr=False)
    cde_url: str | None
    refresh_years: int
    webhook_url: str | None = field(repr=False)
    notifies_warnings: bool
    steps: int
    clearance_sample: int
    clearance_seed: int
    dagster_url: str | None = field(repr=False)
    celery_url: str | None = field(repr=False)
    logs_bucket: str | None
    dashboard_url: str

    @property
    def raw_dir(self) -> Path:
        """The raw folder, or that of this machine to which downloads come on their way to a bucket."""
        return self.home / "raw" if "://" in self.raw_uri else Path(self.raw_uri)

    @property
    def postgres_home(self) -> Path:
        """The folder of the embedded Postgres."""
        return self.home / "postgres"

    @property
    def places_dir(self) -> Path:
        """Where users drop CSV files of places (`places.py`)."""
        return self.home / "places"

    @property
    def deployment_home(self) -> Path:
        """The DAGSTER_HOME of the local deployment."""
        return self.home / "deployment"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":  # noqa: C901
        """The settings as the environment gives them; an empty variable counts as not given."""

        def given(name: str) -> str | None:
            return environment.get(name) or None

        def folder(name: str, default: Path) -> Path:
            return Path(given(name) or default).expanduser().absolute()

        memory_limit = given("NIBRS_MEMORY_LIMIT") or "2GB"
        if not re.fullmatch(r"\d+(\.\d+)? *([KMGT]i?B|%)", memory_limit):
            raise NibrsError(f"NIBRS_MEMORY_LIMIT is {memory_limit!r}; it takes an amount such as 2GB, 800MB or 50%")
        numbers = given("NIBRS_INCIDENT_NUMBERS") or "hashed"
        if numbers not in ("hashed", "plain"):
            raise NibrsError(f"NIBRS_INCIDENT_NUMBERS is {numbers!r}; it takes hashed or plain")
        notify = given("NIBRS_NOTIFY") or "errors"
        if notify not in ("errors", "warnings"):
            raise NibrsError(f"NIBRS_NOTIFY is {notify!r}; it takes errors or warnings")
        refresh_years = given("NIBRS_REFRESH_YEARS") or "5"
        if not re.fullmatch(r"[1-9]\d?", refresh_years):
            raise NibrsError(f"NIBRS_REFRESH_YEARS is {refresh_years!r}; it takes a number of years, 1 to 99")
        cde_url = (given("NIBRS_CDE_URL") or FBI_SERVICE).rstrip("/")
        if cde_url != "none" and not cde_url.startswith(("http://", "https://")):
            raise NibrsError(f"NIBRS_CDE_URL is {cde_url!r}; it takes a web address, or none")
        webhook_url = given("NIBRS_WEBHOOK_URL")
        if webhook_url and not webhook_url.startswith(("http://", "https://")):
            raise NibrsError("NIBRS_WEBHOOK_URL is no web address; it takes https://…")
        addressing = given("NIBRS_S3_ADDRESSING") or "path"
        if addressing not in ("path", "virtual"):
            raise NibrsError(f"NIBRS_S3_ADDRESSING is {addressing!r}; it takes path or virtual")
        steps = given("NIBRS_STEPS") or "2"
        if not re.fullmatch(r"[1-9]\d?", steps):
            raise NibrsError(f"NIBRS_STEPS is {steps!r}; it takes a number from 1 to 99")
        sample = given("NIBRS_CLEARANCE_SAMPLE") or "300000"
        if not re.fullmatch(r"[1-9]\d{2,8}", sample):
            raise NibrsError(f"NIBRS_CLEARANCE_SAMPLE is {sample!r}; it takes a number of incidents, 100 or more")
        seed = given("NIBRS_CLEARANCE_SEED") or "0"
        if not re.fullmatch(r"\d{1,9}", seed):
            raise NibrsError(f"NIBRS_CLEARANCE_SEED is {seed!r}; it takes a number, 0 or more")
        home, raw = folder("NIBRS_HOME", Path("data")), given("NIBRS_RAW_DIR") or ""
        pg_bin = given("PG_BIN")
        return cls(
            home=home,
            raw_uri=raw if "://" in raw else str(folder("NIBRS_RAW_DIR", home / "raw")),
            lake_uri=given("NIBRS_LAKE_URI") or str(home / "lake"),
            warehouse_url=given("NIBRS_WAREHOUSE_URL"),
            reader_url=given("NIBRS_READER_URL"),
            loader_password=given("NIBRS_LOADER_PASSWORD"),
            reader_password=given("NIBRS_READER_PASSWORD"),
            memory_limit=memory_limit,
            pg_bin=Path(pg_bin) if pg_bin else None,
            dagster_home=folder("DAGSTER_HOME", home / "dagster"),
            s3_endpoint=given("AWS_ENDPOINT_URL_S3") or given("AWS_ENDPOINT_URL"),
            s3_region=given("AWS_REGION") or given("AWS_DEFAULT_REGION"),
            s3_virtual_hosts=addressing == "virtual",
            keeps_numbers=numbers == "plain",
            hash_key=given("NIBRS_HASH_KEY"),
            cde_url=None if cde_url == "none" else cde_url,
            refresh_years=int(refresh_years),
            webhook_url=webhook_url,
            notifies_warnings=notify == "warnings",
            steps=int(steps),
            clearance_sample=int(sample),
            clearance_seed=int(seed),
            dagster_url=given("NIBRS_DAGSTER_URL"),
            celery_url=given("NIBRS_CELERY_URL"),
            logs_bucket=given("NIBRS_LOGS_BUCKET"),
            dashboard_url=given("NIBRS_DASHBOARD_URL") or "http://127.0.0.1:8050",
        )
