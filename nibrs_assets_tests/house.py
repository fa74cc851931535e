"""The house, measured from the imports: its rooms, on which floor each stands, and what each imports.

`make house` runs it. It fails on an import that goes up the layers of pyproject.toml, and on imports in a circle.
"""

import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

PACKAGE = "nibrs_assets"

Arrows = Mapping[str, frozenset[str]]
"""What each room, or module, imports."""


@dataclass(frozen=True)
class House:
    """`modules` counts those of each room; `up` are the imports that go up or across; a circle of rooms or modules is a path."""

    arrows: Arrows
    modules: Mapping[str, int]
    floors: Mapping[str, int]
    up: tuple[tuple[str, str], ...]
    circle: tuple[str, ...]


def measure(graph: grimp.ImportGraph, layers: Sequence[str]) -> House:
    """Measure the imports of `graph`; `layers` are the rooms from the top floor down, `|` between those of one floor."""
    within: dict[str, frozenset[str]] = {
        module: frozenset(graph.find_modules_directly_imported_by(module)) & graph.modules for module in graph.modules
    }
    arrows = _arrows_between_rooms(within)
    circle = _circle(arrows) or _circle(within)
    return House(
        arrows=arrows,
        modules={room: sum(_room(module) == room for module in within) for room in arrows},
        floors={} if _circle(arrows) else _floors(arrows),
        up=_imports_up(arrows, layers),
        circle=circle,
    )


def _room(module: str) -> str:
    return module.removeprefix(f"{PACKAGE}.").partition(".")[0]


def _arrows_between_rooms(modules: Arrows) -> dict[str, frozenset[str]]:
    arrows: dict[str, set[str]] = {_room(module): set() for module in modules if module != PACKAGE}
    for module, imported in modules.items():
        if module != PACKAGE:
            arrows[_room(module)] |= {_room(other) for other in imported if other != PACKAGE} - {_room(module)}
    return {room: frozenset(imported) for room, imported in sorted(arrows.items())}


def _circle(arrows: Arrows) -> tuple[str, ...]:
    """Some imports in a circle, the first one named again at the end; empty where there are none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))  # it names the imported one first
    return ()


def _floors(arrows: Arrows) -> dict[str, int]:
    """The floor of each room: one above the highest that it imports; 1 is the ground."""
    floors: dict[str, int] = {}
    for room in TopologicalSorter(arrows).static_order():
        floors[room] = 1 + max((floors[imported] for imported in arrows[room]), default=0)
    return floors


def _imports_up(arrows: Arrows, layers: Sequence[str]) -> tuple[tuple[str, str], ...]:
    depth = {room.strip(): number for number, layer in enumerate(layers) for room in layer.split("|")}
    if missing := arrows.keys() - depth.keys():
        raise SystemExit(f"pyproject.toml: the layers of import-linter name no {', '.join(sorted(missing))}; add them")
    return tuple((room, other) for room in arrows for other in sorted(arrows[room]) if depth[other] <= depth[room])


def layers_in(pyproject: Path) -> list[str]:
    """The layers of the import-linter contract, from the top floor down."""
    contracts = tomllib.loads(pyproject.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return list(layers)


def table(house: House) -> str:
    """The house as text, a row per room, from the top floor down."""
    rows = [f"{'floor':>5}  {'room':<12} {'modules':>7}  imports"]
    for room in sorted(house.arrows, key=lambda room: (-house.floors.get(room, 0), room)):
        floor, modules = house.floors.get(room, "?"), house.modules[room]
        rows.append(f"{floor:>5}  {room:<12} {modules:>7}  {', '.join(sorted(house.arrows[room]))}".rstrip())
    arrows = sum(map(len, house.arrows.values()))
    rows += ["", f"{len(house.arrows)} rooms, {max(house.floors.values(), default=0)} floors, {arrows} arrows"]
    rows.append(f"imports up: {', '.join(f'{a} -> {b}' for a, b in house.up) or 0}")
    rows.append(f"circles: {' -> '.join(house.circle) or 0}")
    return "\n".join(rows)


def main() -> int:
    """Print the house; 1 where an import goes up or in a circle."""
    house = measure(grimp.build_graph(PACKAGE, cache_dir=None), layers_in(Path("pyproject.toml")))
    print(table(house))
    return 1 if house.up or house.circle else 0


if __name__ == "__main__":
    sys.exit(main())
