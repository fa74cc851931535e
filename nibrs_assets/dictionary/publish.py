"""Puts the dictionary where people find it."""

import json
from pathlib import Path

from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.dictionary.datapackage import datapackage
from nibrs_assets.dictionary.pages import pages
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts

FOLDER = "dictionary"
DATAPACKAGE = "datapackage.json"


def write_pages(folder: Path) -> int:
    """Write the pages into `folder`; returns how many there are."""
    written = 0
    for path, content in pages(shipped_layouts(), shipped_tables()):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
        written += 1
    return written


def publish_pages(lake: Lake) -> int:
    """Replace the pages in the lake's folder `dictionary`; returns how many there are."""
    with lake.staging() as staged:
        written = write_pages(staged / FOLDER)
        pages = [str(path.relative_to(staged)) for path in sorted((staged / FOLDER).rglob("*.html"))]
        for page in pages:
            lake.publish(staged / page, f"{lake.root}/{page}")
        lake.clear(FOLDER, keep=pages)
    return written


def publish_datapackage(lake: Lake) -> int:
    """Put `datapackage.json` at the root of the lake, from where its paths lead; returns how many tables it has, 0 for none."""
    described = datapackage(lake, shipped_layouts(), shipped_tables())
    if described is None:
        return 0
    with lake.staging() as staged:
        (staged / DATAPACKAGE).write_text(json.dumps(described, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        lake.publish(staged / DATAPACKAGE, f"{lake.root}/{DATAPACKAGE}")
    return len(described["resources"])
