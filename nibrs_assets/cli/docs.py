"""The command for the docs of the tables: dictionary."""

from pathlib import Path

import click

from nibrs_assets.cli.console import PATH, err, out, refuse_remote, settings_given


@click.command()
@click.option("--out", "folder", type=PATH, help="Folder for the pages; default: dictionary/ in the lake.")
def dictionary(folder: Path | None) -> None:
    """Write the data dictionary, a page per table, code table and segment, and datapackage.json at the root of the lake."""
    from nibrs_assets.dictionary.publish import DATAPACKAGE, FOLDER, publish_datapackage, publish_pages, write_pages
    from nibrs_assets.lake.lake import Lake

    settings = settings_given()
    lake = Lake.of(settings)
    if folder:
        refuse_remote(folder)
    written = write_pages(folder) if folder else publish_pages(lake)
    index = str(folder / "index.html") if folder else lake.uri(f"{lake.root}/{FOLDER}/index.html")
    out.print(f"{index}: {written} pages", highlight=False, soft_wrap=True)
    if described := publish_datapackage(lake):
        where = lake.uri(f"{lake.root}/{DATAPACKAGE}")
        out.print(f"{where}: {described} tables and segments", highlight=False, soft_wrap=True)
    else:
        err.print(f"no {DATAPACKAGE}: nothing is in the lake {settings.lake_uri} yet", highlight=False, soft_wrap=True)
