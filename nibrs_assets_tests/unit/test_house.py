"""The house holds, and a planted import that goes up or in a circle is found."""

import itertools
from pathlib import Path

import grimp
import pytest

from nibrs_assets_tests.house import PACKAGE, House, layers_in, measure

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"
MOST_ROOMS = 18


def measured(*planted: tuple[str, str]) -> House:
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    for importer, imported in planted:
        graph.add_import(importer=f"{PACKAGE}.{importer}", imported=f"{PACKAGE}.{imported}")
    return measure(graph, layers_in(PYPROJECT))


def test_imports_point_down_in_few_rooms() -> None:
    house = measured()
    assert house.up == ()
    assert house.circle == ()
    assert len(house.arrows) <= MOST_ROOMS
    assert house.floors["core"] == 1


def test_an_import_up_is_found() -> None:
    house = measured(("core.errors", "warehouse.load"))
    assert ("core", "warehouse") in house.up
    assert {"core", "warehouse"} <= set(house.circle)
    assert house.circle[0] == house.circle[-1]
    assert all(imported in house.arrows[room] for room, imported in itertools.pairwise(house.circle))


def test_an_import_across_a_floor_is_found() -> None:
    house = measured(("dictionary.pages", "warehouse.load"))
    assert house.up == (("dictionary", "warehouse"),)
    assert house.circle == ()


def test_modules_of_one_room_in_a_circle_are_found() -> None:
    house = measured(("core.errors", "core.settings"), ("core.settings", "core.errors"))
    assert {f"{PACKAGE}.core.errors", f"{PACKAGE}.core.settings"} <= set(house.circle)


def test_a_room_that_no_layer_names_is_refused() -> None:
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    graph.add_module(f"{PACKAGE}.attic")
    with pytest.raises(SystemExit, match="attic"):
        measure(graph, layers_in(PYPROJECT))
