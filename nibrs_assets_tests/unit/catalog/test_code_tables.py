"""Code tables and series breaks as they ship."""

from nibrs_assets.catalog.reference import reference_tables
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.samples import LAYOUTS, layout_rows


def test_every_fact_of_a_code_table_is_described() -> None:
    for table in reference_tables(shipped_layouts()).values():
        assert all(column.description != column.name for column in table.columns), table.name


def test_a_group_has_a_break_that_says_why() -> None:
    breaks = {(row["code_table"], row["code"]) for row in layout_rows("series_breaks.csv")}
    for path in (LAYOUTS / "codes").glob("*.csv"):
        for row in layout_rows(f"codes/{path.name}"):
            if row.get("comparable"):
                assert (path.stem, row["code"]) in breaks
