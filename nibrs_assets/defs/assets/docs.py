"""docs: the data dictionary in the lake, pages and `datapackage.json`."""

import hashlib

import dagster as dg

from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.dictionary.publish import DATAPACKAGE, FOLDER, publish_datapackage, publish_pages
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts


def docs_assets() -> list[dg.AssetsDefinition]:
    """The data dictionary. Of no year and made from no data, but that `datapackage.json` names the years that are there."""

    @dg.asset(
        key=["docs", "data_dictionary"],
        group_name="docs",
        kinds={"html"},
        code_version=_code_version(),
        description=(
            "A page per table, code table and segment, made from what the tables are made from, "
            "and datapackage.json over what is in the lake now."
        ),
    )
    def data_dictionary(lake: dg.ResourceParam[Lake]) -> dg.MaterializeResult[None]:
        with user_errors_as_failures():
            written, described = publish_pages(lake), publish_datapackage(lake)
        return dg.MaterializeResult(
            metadata={
                "pages": written,
                "dagster/uri": lake.uri(f"{lake.root}/{FOLDER}/index.html"),
                "datapackage": lake.uri(f"{lake.root}/{DATAPACKAGE}"),
                "tables_in_datapackage": described,
            }
        )

    return [data_dictionary]


def _code_version() -> str:
    """Changes with whatever the pages tell of."""
    return hashlib.sha256(repr((shipped_layouts(), shipped_tables())).encode()).hexdigest()[:12]
