"""clearance: what models of clearance learn from, by year; the models of all years that are there, audited, with their card.

No part of a year's run and made by nothing but on demand: `nibrs clearance`, or from the UI.
"""

import re
from typing import TYPE_CHECKING, Any

import dagster as dg

from nibrs_assets.catalog.model import CLEARANCE
from nibrs_assets.catalog.tables import clearance_tables
from nibrs_assets.clearance.tables import result_tables
from nibrs_assets.clearance.version import code_version
from nibrs_assets.core.settings import Settings
from nibrs_assets.defs.assets.failure import user_errors_as_failures
from nibrs_assets.defs.assets.table import tables_step
from nibrs_assets.defs.limits import RETRIES, TABLES
from nibrs_assets.lake.lake import Lake
from nibrs_assets.warehouse.ddl import SCHEMA
from nibrs_assets.warehouse.load import Warehouse

if TYPE_CHECKING:
    from nibrs_assets.clearance.publish import Published

_PICTURE = re.compile(r"!\[(.*?)\]\(.*?\)", re.DOTALL)
MODEL_CARD = dg.AssetKey([CLEARANCE, "model_card"])


def clearance_assets() -> list[dg.AssetsDefinition]:
    """The tables of the layer, and the models with their card."""
    return [tables_step("clearance_tables", list(clearance_tables().values()), None), _model_card()]


def _model_card() -> dg.AssetsDefinition:
    columns = {f"{t.name}.{c.name}": (c.postgres_type, c.comment) for t in result_tables().values() for c in t.columns}

    @dg.asset(
        key=MODEL_CARD,
        deps=[dg.AssetKey([CLEARANCE, name]) for name in clearance_tables()],
        group_name=CLEARANCE,
        kinds={"lightgbm", "scikitlearn", "postgres"},
        pool=TABLES,
        retry_policy=RETRIES,
        code_version=code_version(),
        description=(
            "Models of whether an incident is cleared, learned from all years that are there, tested on later years and on "
            "agencies never seen, audited; with their card, in the lake and as tables clearance_* in Postgres. For planning only."
        ),
        metadata={"dagster/column_schema": dg.TableSchema([dg.TableColumn(n, *c) for n, c in columns.items()])},
    )
    def model_card(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        lake: dg.ResourceParam[Lake],
        warehouse: dg.ResourceParam[Warehouse],
    ) -> dg.MaterializeResult[None]:
        # It brings the libraries that models are made with, which no other step needs.
        from nibrs_assets.clearance.publish import publish_models

        with user_errors_as_failures():
            published = publish_models(lake, settings, context.log.info)
            warehouse.replace_tables(list(result_tables().values()), published.rows)
        return dg.MaterializeResult(
            data_version=dg.DataVersion(published.card["version"]), metadata=_metadata(lake, published)
        )

    return model_card


def _metadata(lake: Lake, published: "Published") -> dict[str, Any]:
    facts = {name: published.card[name] for name in ("version", "data_version", "code_version", "years", "seed")}
    return {
        # Dagster shows no pictures that lie beside the card: show their descriptions instead.
        "card": dg.MetadataValue.md(_PICTURE.sub(r"*\1*", published.card["markdown"])),
        "dagster/uri": lake.uri(published.folder),
        **facts,
        **{f"rows of {SCHEMA}.{name}": len(rows) for name, rows in published.rows.items()},
        **{f"plot {plot['name']}": plot["alt"] for plot in published.plots},
    }
