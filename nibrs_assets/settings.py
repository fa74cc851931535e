"""Every setting, its default, its environment variable. Nothing else reads the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nibrs_assets.errors import NibrsError


@dataclass(frozen=True)
class Settings:
    """Where things are and how much they may take. Paths are absolute.

    ======================  =====================================================================================
    NIBRS_HOME              folder of everything below it that has no setting of its own; `data/`
    NIBRS_RAW_DIR           where the FBI's zips are dropped; `$NIBRS_HOME/raw`
    NIBRS_LAKE_URI          where raw copies and Parquet go, a folder or `s3://bucket/prefix`; `$NIBRS_HOME/lake`
    NIBRS_WAREHOUSE_URL     the Postgres to load; default: an embedded one in `$NIBRS_HOME/postgres`
    NIBRS_MEMORY_LIMIT      memory DuckDB may take; `2GB`
    PG_BIN                  folder of PostgreSQL binaries for the embedded one; default: the system's, else the wheel's
    DAGSTER_HOME            Dagster's own folder; `$NIBRS_HOME/dagster` for the `nibrs` command
    AWS_ENDPOINT_URL        another S3 than Amazon's
    ======================  =====================================================================================
    """

    home: Path
    raw_dir: Path
    lake_uri: str
    warehouse_url: str | None
    memory_limit: str
    pg_bin: Path | None
    dagster_home: Path
    s3_endpoint: str | None

    @property
    def postgres_home(self) -> Path:
        return self.home / "postgres"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """The settings as the environment gives them; an empty variable counts as not given."""

        def given(name: str) -> str | None:
            return environment.get(name) or None

        def folder(name: str, default: Path) -> Path:
            return Path(given(name) or default).expanduser().absolute()

        memory_limit = given("NIBRS_MEMORY_LIMIT") or "2GB"
        if not re.fullmatch(r"\d+(\.\d+)? *([KMGT]i?B|%)", memory_limit):
            raise NibrsError(f"NIBRS_MEMORY_LIMIT is {memory_limit!r}; it takes an amount such as 2GB, 800MB or 50%")
        home = folder("NIBRS_HOME", Path("data"))
        pg_bin = given("PG_BIN")
        return cls(
            home=home,
            raw_dir=folder("NIBRS_RAW_DIR", home / "raw"),
            lake_uri=given("NIBRS_LAKE_URI") or str(home / "lake"),
            warehouse_url=given("NIBRS_WAREHOUSE_URL"),
            memory_limit=memory_limit,
            pg_bin=Path(pg_bin) if pg_bin else None,
            dagster_home=folder("DAGSTER_HOME", home / "dagster"),
            s3_endpoint=given("AWS_ENDPOINT_URL_S3") or given("AWS_ENDPOINT_URL"),
        )
