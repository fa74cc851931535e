"""What names mean inside a SELECT while its columns are followed: values, relations, and the scope that finds them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from nibrs_assets.catalog.model import REFERENCE, Origin

LOOKUPS = {"codes", REFERENCE}
"""The layers whose tables are joined to look a code up."""

Origins = tuple[Origin, ...]


@dataclass(frozen=True)
class Traced:
    """The origins of a value, and whether it is that of one of them as it stands."""

    origins: Origins = ()
    copied: bool = False


NULL = Traced(copied=True)
"""The value NULL, which is a copy of any other's."""


@dataclass(frozen=True)
class Relation:
    """The columns of whatever can be selected from, in order, and what tells its rows apart and chose them."""

    columns: tuple[tuple[str, Traced], ...]
    rows: Callable[[], Origins] = tuple

    def get(self, name: str) -> Traced | None:
        """What the column `name` is made from, whatever its case; None when there is no such column."""
        return next((traced for column, traced in self.columns if column.lower() == name.lower()), None)

    @property
    def is_lookup(self) -> bool:
        """Whether all that it holds comes from code tables."""
        layers = {origin.layer for _, traced in self.columns for origin in traced.origins}
        return bool(layers) and layers <= LOOKUPS


@dataclass
class Scope:
    """What names mean inside one SELECT: columns of its relations, its aliases, parameters of a macro, what is around it."""

    ctes: Mapping[str, Relation] = field(default_factory=dict)
    outer: "Scope | None" = None
    relations: list[tuple[str, Relation]] = field(default_factory=list)
    merged: dict[str, Traced] = field(default_factory=dict)
    named: dict[str, Traced] = field(default_factory=dict)
    counted: Callable[[], Origins] = tuple

    def column(self, name: str, relation: str) -> Traced | None:
        """The column `name`, of `relation` if that is given."""
        found = self._of_relation(name, relation) if relation else self._unqualified(name)
        return found or (self.outer.column(name, relation) if self.outer else None)

    def _of_relation(self, name: str, relation: str) -> Traced | None:
        for alias, known in self.relations:
            if alias.lower() == relation.lower():
                return known.get(name)
        # A field of a struct.
        struct = self._unqualified(relation)
        return replace(struct, copied=False) if struct else None

    def _unqualified(self, name: str) -> Traced | None:
        candidates = [self.merged.get(name), *(known.get(name) for _, known in self.relations), self.named.get(name)]
        return next((traced for traced in candidates if traced), None)

    def all_columns(self) -> Iterator[tuple[str, Traced]]:
        """What `*` stands for; the columns of USING once."""
        seen = set()
        for _, relation in self.relations:
            for name, traced in relation.columns:
                if name in self.merged:
                    if name not in seen:
                        yield name, self.merged[name]
                    seen.add(name)
                else:
                    yield name, traced


def either(values: Iterable[Traced]) -> Traced:
    """A value that is one of `values` or made from them all."""
    listed = list(values)
    copied = bool(listed) and all(value.copied for value in listed)
    return Traced(together(origin for value in listed for origin in value.origins), copied)


def together(origins: Iterable[Origin]) -> Origins:
    """The origins in their order, each once."""
    return tuple(dict.fromkeys(origins))
