"""raw: the zip as the FBI published it, one a year, with its provenance."""

from dataclasses import asdict

import dagster as dg

from nibrs_assets.assets.failure import failing_for_people
from nibrs_assets.layouts import nibrs_layouts
from nibrs_assets.partitions import NIBRS_YEARS, ONE_YEAR_A_RUN
from nibrs_assets.resources.lake import Lake
from nibrs_assets.resources.raw_zips import NIBRS_MASTER_FILE, take_zip, zip_name
from nibrs_assets.settings import Settings


@dg.asset(
    key=["raw", NIBRS_MASTER_FILE],
    group_name="raw",
    kinds={"file"},
    partitions_def=NIBRS_YEARS,
    backfill_policy=ONE_YEAR_A_RUN,
    description="The FBI's NIBRS master file of a year: its zip from the raw folder, read through and checked, copied to the lake.",
)
def nibrs_master_file(
    context: dg.AssetExecutionContext, settings: dg.ResourceParam[Settings], lake: dg.ResourceParam[Lake]
) -> dg.MaterializeResult[None]:
    year = int(context.partition_key)
    with failing_for_people():
        provenance = take_zip(settings.raw_dir, lake, nibrs_layouts(), year)
    metadata = asdict(provenance) | {
        "headers_by_year": {str(named): headers for named, headers in provenance.headers_by_year.items()},
        "dagster/uri": lake.uri(lake.path("raw", NIBRS_MASTER_FILE, year, zip_name(year))),
    }
    return dg.MaterializeResult(metadata=metadata, data_version=dg.DataVersion(provenance.sha256))
