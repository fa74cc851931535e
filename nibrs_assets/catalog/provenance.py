"""What a column gets from the columns it is made from: the bytes of the raw record, a description, a code table."""

from collections.abc import Mapping
from dataclasses import dataclass

from nibrs_assets.catalog.model import LAYERS, Origin, Table
from nibrs_assets.catalog.sql_scope import Traced
from nibrs_assets.layouts.model import Field, Layouts

_SEGMENTS_SHOWN = 4


@dataclass(frozen=True)
class Provenance:
    """Answers for columns made from fields of `layouts` and columns of `tables`."""

    layouts: Layouts
    tables: Mapping[str, Table]

    def roots(self, origins: tuple[Origin, ...]) -> tuple[Origin, ...]:
        """Where the lineage ends that leads through `origins`."""
        ends = ([o] if o.layer not in LAYERS else self.tables[o.table].column(o.column).roots for o in origins)
        return tuple(dict.fromkeys(root for found in ends for root in found))

    def source(self, roots: tuple[Origin, ...]) -> str:
        """The bytes behind `roots`, such as `04 (victim) bytes 68-69`."""
        fields: dict[str, list[Field]] = {}
        for root in roots:
            if field := self._field(root):
                fields.setdefault(root.table, []).append(field)
        records = self.layouts.records
        if len(fields) > _SEGMENTS_SHOWN:
            types = ", ".join(records[segment].record_type for segment in fields)
            return f"{sum(map(len, fields.values()))} fields of the record types {types}"
        return "; ".join(records[segment].place_of(found) for segment, found in fields.items())

    def description_in_table(self, name: str, traced: Traced) -> str | None:
        """What the first table column called `name` means that the value is made from."""
        named = (o for o in traced.origins if o.layer in LAYERS and o.column == name)
        return next((self.tables[o.table].column(name).description for o in named), None)

    def description_in_layout(self, name: str, traced: Traced) -> str | None:
        """What the first field called `name`, or repeated under that name, means that the value is made from."""
        for field in filter(None, map(self._field, traced.origins)):
            repeated = (field.repetition.name, field.repetition.label) if field.repetition else ()
            if name in (field.name, *repeated):
                return f"{field.description}. {field.note}" if field.note else field.description
        return None

    def codes(self, traced: Traced) -> str | None:
        """The code table whose codes the values are, as they stand."""
        found = {self._codes_of(origin) for origin in traced.origins}
        return found.pop() if traced.copied and len(found) == 1 else None

    def _codes_of(self, origin: Origin) -> str | None:
        if origin.layer == "codes":
            return origin.table if origin.column == "code" else None
        if origin.layer in LAYERS:
            return self.tables[origin.table].column(origin.column).codes
        field = self._field(origin)
        return field.codes if field else None

    def _field(self, origin: Origin) -> Field | None:
        """The field of the raw record that a segment's column is; None for what the decoder adds."""
        record = self.layouts.records.get(origin.table) if origin.layer == "segments" else None
        carried = record.rows.carries if record and record.rows else ()
        fields = (*record.fields, *carried) if record else ()
        return next((field for field in fields if field.name == origin.column), None)
