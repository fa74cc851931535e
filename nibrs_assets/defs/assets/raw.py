"""raw: the zip as the FBI published it, one a kind of file and year, with its provenance."""

from dataclasses import asdict

import dagster as dg
from pydantic import Field

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.defs.limits import RETRIES
from nibrs_assets.defs.partitions import ONE_YEAR_A_RUN, years_of
from nibrs_assets.ingest.fbi import FbiService, Fetch, fetch_zip
from nibrs_assets.ingest.raw_folder import RawFolder
from nibrs_assets.ingest.raw_zips import take_zip
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind


class MasterFileConfig(dg.Config):
    """How a run gets the zip."""

    fetch: Fetch = Field(
        default=Fetch.MISSING,
        description="missing: from the FBI when the raw folder has none; newest: also when the FBI has published another; never",
    )


def raw_assets() -> list[dg.AssetsDefinition]:
    """An asset per kind of master file."""
    return [_asset(kind) for kind in shipped_layouts().kinds.values()]


def _asset(kind: FileKind) -> dg.AssetsDefinition:
    @dg.asset(
        key=["raw", kind.raw_asset],
        group_name="raw",
        kinds={"file"},
        partitions_def=years_of((kind.name,)),
        backfill_policy=ONE_YEAR_A_RUN,
        retry_policy=RETRIES,
        description=(
            f"The FBI's {kind.title} master file of a year: its zip from the raw folder, read through and checked, "
            "copied to the lake. What the folder has none of is downloaded from the FBI."
        ),
    )
    def master_file(
        context: dg.AssetExecutionContext,
        config: MasterFileConfig,
        settings: dg.ResourceParam[Settings],
        lake: dg.ResourceParam[Lake],
    ) -> dg.MaterializeResult[None]:
        year = int(context.partition_key)
        with user_errors_as_failures():
            raw = RawFolder.of(settings)
            _fetch(context, config.fetch, settings.cde_url, raw, kind, year)
            provenance = take_zip(raw, lake, shipped_layouts(), kind, year)
        metadata = asdict(provenance) | {
            "records_by_year": {str(named): records for named, records in provenance.records_by_year.items()},
            "dagster/uri": lake.uri(lake.path("raw", kind.raw_asset, year, kind.zip_of(year))),
        }
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(provenance.sha256))

    return master_file


def _fetch(
    context: dg.AssetExecutionContext, fetch: Fetch, service: str | None, raw: RawFolder, kind: FileKind, year: int
) -> None:
    """Download the zip into the raw folder when it is wanted from the FBI."""
    name = kind.zip_of(year)
    is_there = name in raw.find()
    is_wanted = fetch is Fetch.NEWEST or (fetch is Fetch.MISSING and not is_there)
    if not is_wanted or not service:
        return
    try:
        fetched = fetch_zip(FbiService(service), raw, kind, year, replace=True)
    except NibrsError as error:
        if is_there:
            raise
        raise NibrsError(
            f"{raw.place(name)}: there is no zip for {year} in the raw folder, and none could be fetched: {error}"
        ) from None
    if fetched:
        context.log.info(f"fetched {fetched.published.url}, {fetched.size:,} bytes")
