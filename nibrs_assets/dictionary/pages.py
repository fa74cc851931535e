"""The pages of the dictionary: one a table, a code table and a segment, an index, and what changed over the years.

Plain HTML, each page readable by itself: no script, no picture, no font, nothing that is fetched from anywhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from nibrs_assets.catalog.model import LAYERS, REFERENCE, Column, Table
from nibrs_assets.fixed_width.described import column_meanings, segment_description
from nibrs_assets.fixed_width.segments import segment_names, segment_schema
from nibrs_assets.layouts.model import Code, Field, FileKind, Layouts, Record

_TEMPLATES = Path(__file__).parent / "templates"
_ORIGINS_SHOWN = 6
_LONG = 60
_RANGE = re.compile(r"(bytes? \d+(?:-\d+)?)")


@dataclass(frozen=True)
class Link:
    """A place in the dictionary: the page `<folder>/<name>.html`, or a column on it."""

    folder: str
    name: str
    column: str = ""

    @property
    def text(self) -> str:
        """What a link to this place is called."""
        # Names of tables are unique; segments and code tables may be called as one.
        page = self.name if self.folder in LAYERS else f"{self.folder}/{self.name}"
        return f"{page}.{self.column}" if self.column else page

    @property
    def path(self) -> str:
        """From any page that stands in a folder."""
        return f"../{self.folder}/{self.name}.html" + (f"#{self.column}" if self.column else "")


def pages(layouts: Layouts, tables: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
    """Path below the dictionary's folder, and content, of every page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["style"] = Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8"))  # noqa: S704 (our own)
    environment.filters |= {"years": years, "breakable": _breakable, "whole_ranges": _whole_ranges}
    dictionary = _Dictionary(layouts, tables)

    def page(template: str, **facts: object) -> str:
        return environment.get_template(template).render(dictionary=dictionary, **facts)

    yield "index.html", page("index.html", here="")
    yield "years.html", page("years.html", here="")
    for table in tables.values():
        yield f"{table.layer}/{table.name}.html", page("table.html", table=table, here="../")
    for name, codes in layouts.codes.items():
        yield f"codes/{name}.html", page("codes.html", name=name, codes=codes, here="../")
    for kind in layouts.kinds.values():
        for segment in segment_names(kind):
            record = kind.records.get(segment)
            yield (
                f"segments/{segment}.html",
                page("segment.html", kind=kind, segment=segment, record=record, here="../"),
            )


def years(since: int | None, until: int | None) -> str:
    """The years from `since` to `until` as people write them; nothing where both are open."""
    if since is None and until is None:
        return ""
    if until is None:
        return f"since {since}"
    if since is None:
        return f"through {until}"
    return str(since) if since == until else f"{since}–{until}"


def _breakable(name: str) -> Markup:
    """A name that may be broken behind its underscores, where it has no room."""
    return Markup("_<wbr>").join(name.split("_"))


def _whole_ranges(text: str) -> Markup:
    """Text whose byte positions are not broken at the end of a line."""
    parts = _RANGE.split(text)
    whole = Markup('<span class="whole">{}</span>')
    return Markup("").join(whole.format(part) if index % 2 else part for index, part in enumerate(parts))


@dataclass(frozen=True)
class _SegmentColumn:
    """A column of a segment: its type in Parquet, where it stands, what it is, its field if it is one."""

    name: str
    type: str
    place: str
    meaning: str
    field: Field | None


@dataclass(frozen=True)
class _Dictionary:
    """What the templates ask for."""

    layouts: Layouts
    tables: Mapping[str, Table]
    layers = LAYERS

    def tables_of(self, layer: str) -> list[Table]:
        return sorted((table for table in self.tables.values() if table.layer == layer), key=lambda table: table.name)

    def titles(self, kinds: tuple[str, ...]) -> str:
        return " and ".join(self.layouts.kinds[kind].title for kind in kinds)

    # Tables

    def table_link(self, name: str) -> Link:
        return Link(self.tables[name].layer, name)

    def inputs(self, table: Table) -> list[Link]:
        return [Link(layer, name) for layer, name in table.inputs] + [Link("codes", name) for name in table.query.codes]

    def referred_to_by(self, table: Table) -> list[Table]:
        return [other for other in self.tables.values() if table.name in other.references]

    def origins(self, column: Column) -> list[Link]:
        """What a column is made from; of more than a few, one link for each table or segment."""
        # Where series break is no page of its own.
        shown = [origin for origin in column.origins if origin.layer != REFERENCE]
        if len(shown) <= _ORIGINS_SHOWN:
            return [Link(*origin) for origin in shown]
        return list(dict.fromkeys(Link(origin.layer, origin.table) for origin in shown))

    def years_of_breaks(self, codes: str) -> str:
        """The years from which on codes of a code table mean or count something else."""
        return ", ".join(
            map(str, sorted({found.year for found in self.layouts.series_breaks if found.code_table == codes}))
        )

    def filled(self, column: Column) -> str:
        """The years in which the fields that a column is made from are filled, where all say the same."""
        fields = [field for root in column.roots if (field := self._field(root.table, root.column, root.layer))]
        said = {years(field.since, field.until) for field in fields}
        return said.pop() if len(said) == 1 else ""

    def _field(self, segment: str, column: str, layer: str) -> Field | None:
        record = self.layouts.records.get(segment) if layer == "segments" else None
        return next((field for field in record.fields if field.name == column), None) if record else None

    # Code tables

    def facts(self, codes: tuple[Code, ...]) -> list[str]:
        """The further columns of a code table, those that say anything."""
        return [name for name in codes[0].facts if any(code.facts[name] for code in codes)]

    def is_long(self, codes: tuple[Code, ...], fact: str) -> bool:
        return any(len(code.facts[fact]) > _LONG for code in codes)

    def coded_columns(self, name: str) -> list[Link]:
        """The columns of tables that are coded by the code table `name`."""
        return [
            Link(table.layer, table.name, column.name)
            for table in self.tables.values()
            for column in table.columns
            if column.codes == name
        ]

    def coded_fields(self, name: str) -> list[Link]:
        """The segments with fields that are."""
        return [
            Link("segments", segment)
            for segment, record in self.layouts.records.items()
            if any(field.codes == name for field in record.fields)
        ]

    def codes_that_changed(self) -> Iterator[tuple[str, Code]]:
        """Code table and code of all that were not always known, or meant something else."""
        for name, codes in self.layouts.codes.items():
            first = min(code.valid_from for code in codes)
            for code in codes:
                if code.valid_to is not None or code.valid_from > first:
                    yield name, code

    # Segments

    def segments_of(self, kind: FileKind) -> list[str]:
        return segment_names(kind)

    def segment_description(self, kind: FileKind, segment: str) -> str:
        return segment_description(kind, segment)

    def segment_columns(self, kind: FileKind, segment: str) -> Iterator["_SegmentColumn"]:
        record = kind.records.get(segment)
        types = segment_schema(kind, segment)
        for name, (place, meaning) in column_meanings(kind, segment).items():
            field = next((field for field in record.fields if field.name == name), None) if record else None
            yield _SegmentColumn(name, str(types.field(name).type), place, meaning, field)

    def readers(self, segment: str) -> list[Link]:
        """The tables with columns that are made from columns of a segment."""
        return [
            Link(table.layer, table.name)
            for table in self.tables.values()
            if any(o.layer == "segments" and o.table == segment for column in table.columns for o in column.origins)
        ]

    def fields_with_years(self) -> Iterator[tuple[Record, list[Field]]]:
        """Records with those of their fields that are not filled in all years."""
        for record in self.layouts.records.values():
            if fields := [field for field in record.fields if field.since or field.until]:
                yield record, fields
