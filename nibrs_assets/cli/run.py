"""The commands that make tables: run, clearance."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from rich.table import Table as Printed

from nibrs_assets.cli.console import INTERRUPTED, KIND, PATH, err, out, settings_given
from nibrs_assets.cli.wanted import kinds_to_run, no_zip, years_to_run
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.layouts.model import FileKind

if TYPE_CHECKING:
    from nibrs_assets.core.settings import Settings
    from nibrs_assets.ingest.raw_folder import RawFolder


@click.command()
@click.argument("years", type=int, nargs=-1)
@click.option("--kind", type=KIND, help="Only files of this kind.")
@click.option("--add-zips", type=PATH, help="First copy the zips under this folder that the raw folder has none of.")
def run(years: tuple[int, ...], kind: FileKind | None, add_zips: Path | None) -> None:
    """Take YEARS (default: all) of the zips in the raw folder through all layers to Postgres, and show what is there."""
    # Dagster takes seconds to import, and only commands like this need it.
    from nibrs_assets.catalog.tables import shipped_tables
    from nibrs_assets.ingest.raw_folder import RawFolder
    from nibrs_assets.warehouse.load import Warehouse

    settings = settings_given()
    raw = RawFolder.of(settings)
    _add_zips(raw, add_zips)
    kinds = kinds_to_run(kind)
    wanted = years_to_run(raw, years, kinds)
    missing = sorted(set(years) - {year for _, year in wanted})
    for year in missing:
        click.echo(f"{no_zip(raw, kinds, year)}; nibrs fetch gets it from the FBI", err=True)
    warehouse = Warehouse.of(settings)
    with warehouse.running(), warehouse.connect():
        succeeded = _materialize(settings, wanted)
        counts = warehouse.row_counts(list(shipped_tables()))
    if not any(counts.values()):
        sys.exit(1)
    _print_counts(counts)
    _publish_dictionary(settings)
    sys.exit(0 if succeeded and not missing else 1)


@click.command()
@click.argument("years", type=int, nargs=-1)
def clearance(years: tuple[int, ...]) -> None:
    """Learn and audit models of clearance from all years in the lake, after making their input again for YEARS (default: all)."""
    from nibrs_assets.clearance.publish import refuse_missing_libraries
    from nibrs_assets.clearance.sample import possible_years
    from nibrs_assets.cli.run_years import InterruptedRunError, run_clearance
    from nibrs_assets.lake.lake import Lake
    from nibrs_assets.warehouse.load import Warehouse

    settings = settings_given()
    refuse_missing_libraries()
    lake = Lake.of(settings)
    there = [year for year in possible_years() if lake.exists(lake.path("harmonized", "incident", year))]
    if missing := sorted(set(years) - set(there)):
        raise NibrsError(
            f"{lake.uri(lake.root)}: holds no incidents of {missing[0]}; nibrs run {missing[0]} makes them"
        )
    if not there:
        raise NibrsError(f"{lake.uri(lake.root)}: holds no incidents of any year; nibrs run makes them")
    with Warehouse.of(settings).running():
        try:
            for made in run_clearance(settings, [year for year in there if year in years or not years]):
                err.print(f"{made}: done")
        except InterruptedRunError as interrupted:
            _exit_interrupted(interrupted)
    out.print(
        f"The card and the models: {lake.uri(lake.root)}/clearance/model/   "
        "its figures: nibrs psql, tables clearance_*",
        highlight=False,
        soft_wrap=True,
    )


def _add_zips(raw: "RawFolder", add_zips: Path | None) -> None:
    if add_zips and not add_zips.is_dir():
        raise NibrsError(f"{add_zips}: there is no such folder to add zips from")
    raw.landing.mkdir(parents=True, exist_ok=True)
    for zipped in sorted(add_zips.rglob("*.zip")) if add_zips else []:
        raw.add(zipped)


def _materialize(settings: "Settings", wanted: list[tuple[str, int]]) -> bool:
    """Run each kind and year, showing what fails; whether all went well."""
    from nibrs_assets.cli.run_years import InterruptedRunError, run_years

    succeeded = True
    title_of = shipped_layouts().title_of
    err.print(f"Materializing {', '.join(f'{title_of((kind,))} {year}' for kind, year in wanted) or 'nothing'} …")
    try:
        for ended in run_years(settings, wanted):
            what = f"{title_of(ended.kinds)} {ended.year}"
            succeeded &= not ended.failures
            for step, message in ended.failures.items():
                click.echo(f"{what}: {step} failed: {message}", err=True)
            for check in ended.failed_checks:
                click.echo(f"{what}: check not passed: {check}", err=True)
            if not ended.failures:
                err.print(f"{what}: done")
    except InterruptedRunError as interrupted:
        _exit_interrupted(interrupted)
    return succeeded


def _exit_interrupted(interrupted: Exception) -> NoReturn:
    click.echo(f"{interrupted}: interrupted; what was there before stays", err=True)
    sys.exit(INTERRUPTED)


def _print_counts(counts: dict[str, dict[int, int]]) -> None:
    years = sorted({year for by_year in counts.values() for year in by_year})
    printed = Printed("table", title="Rows in the warehouse")
    for year in years:
        printed.add_column(str(year), justify="right")
    for name in sorted(counts):
        printed.add_row(name, *(f"{counts[name][year]:,}" if year in counts[name] else "–" for year in years))
    out.print(printed)


def _publish_dictionary(settings: "Settings") -> None:
    """Write the data dictionary, and print where everything is."""
    from nibrs_assets.dictionary.publish import publish_datapackage, publish_pages
    from nibrs_assets.lake.lake import Lake

    lake = Lake.of(settings)
    publish_pages(lake)
    publish_datapackage(lake)
    out.print(
        "\nWhere to look next:\n"
        f"  {lake.uri(lake.root)}/dictionary/index.html   what every table, column and code is\n"
        "  make dashboard                           agencies, who reports, places, in a browser\n"
        "  make ui                                  the asset graph, with every year, check and column\n"
        '  .venv/bin/nibrs psql -c "\\dt+ nibrs.*"    SQL over the tables above\n'
        f"  {settings.lake_uri}   the same as Parquet",
        highlight=False,
        soft_wrap=True,
    )
