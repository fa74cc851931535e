"""raw: the zip as the FBI published it, one a kind of file and year, with its provenance."""

from dataclasses import asdict

import dagster as dg

from nibrs_assets.assets.failure import failing_for_people
from nibrs_assets.automation.limits import RETRIES
from nibrs_assets.layouts import shipped_layouts
from nibrs_assets.partitions import ONE_YEAR_A_RUN, years_of
from nibrs_assets.records import FileKind
from nibrs_assets.resources.lake import Lake
from nibrs_assets.resources.raw_zips import take_zip
from nibrs_assets.settings import Settings


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
            "copied to the lake."
        ),
    )
    def master_file(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
    ) -> dg.MaterializeResult[None]:
        year = int(context.partition_key)
        with failing_for_people():
            provenance = take_zip(settings.raw_dir, lake, shipped_layouts(), kind, year)
        metadata = asdict(provenance) | {
            "records_by_year": {str(named): records for named, records in provenance.records_by_year.items()},
            "dagster/uri": lake.uri(lake.path("raw", kind.raw_asset, year, kind.zip_of(year))),
        }
        return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(provenance.sha256))

    return master_file
