"""The pages of the data dictionary, made without a lake."""

from dataclasses import replace

from nibrs_assets.catalog.tables import shipped_tables
from nibrs_assets.dictionary.pages import pages, years
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets_tests.support.html_page import Page

TABLES = shipped_tables()


def test_years_as_people_write_them() -> None:
    assert [years(None, None), years(2013, None), years(None, 1973), years(1991, 2012), years(1973, 1973)] == [
        *("", "since 2013", "through 1973", "1991–2012", "1973")
    ]


def test_what_is_written_in_the_sources_is_shown_and_not_run() -> None:
    evil = "<script>alert('1')</script> & \"x\" </style>"
    victim, layouts = TABLES["victim"], shipped_layouts()
    columns = tuple(replace(column, description=evil, source=evil) for column in victim.columns)
    table = replace(
        victim, description=evil, columns=columns, caveats=(evil,), filled_by=replace(victim.query, sql=evil)
    )
    record = layouts.records["victim"]
    fields = tuple(replace(field, description=evil, note=evil) for field in record.fields)
    kind = layouts.kinds["nibrs"]
    kinds = {
        **layouts.kinds,
        "nibrs": replace(kind, records={**kind.records, "victim": replace(record, fields=fields)}),
    }
    codes = {**layouts.codes, "sex": tuple(replace(code, label=evil) for code in layouts.codes["sex"])}
    made = dict(pages(replace(layouts, kinds=kinds, codes=codes), {**TABLES, "victim": table}))
    for path in ("harmonized/victim.html", "segments/victim.html", "codes/sex.html", "index.html"):
        page = Page.of(made[path])
        assert "script" not in page.tags, path
        # The parser gives texts as they are read: what was written, whole.
        assert any(evil in text for text in page.texts) or path == "index.html", path
    assert made["index.html"].count("&lt;script&gt;") == 1


def test_the_same_sources_give_the_same_pages() -> None:
    assert dict(pages(shipped_layouts(), TABLES)) == dict(pages(shipped_layouts(), TABLES))
