"""Maps as SVG, of the boundaries that ship with the package: nothing is fetched, and the page's own colours hold."""

import functools
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import escape

from nibrs_assets.layouts.loader import shipped_layouts

_BOUNDARIES = Path(__file__).parent / "boundaries" / "us.json"
_WHOLE = (0, 0, 9750, 6100)
_ROOM = 60

CLASSES = 5
"""Steps of the colour scale."""


@dataclass(frozen=True)
class Shown:
    """How a county or state is drawn: the class of its style, and what is said of it."""

    style: str
    said: str


@functools.cache
def _boundaries() -> dict[str, dict[str, Any]]:
    boundaries: dict[str, dict[str, Any]] = json.loads(_BOUNDARIES.read_text(encoding="utf-8"))
    return boundaries


def states_drawn() -> frozenset[str]:
    """FIPS codes of the states that the map has."""
    return frozenset(_boundaries()["states"])


def state_map(states: Mapping[str, Shown]) -> str:
    """A map of all states, by FIPS code."""
    paths = [_path(path, states.get(fips, Shown("none", fips))) for fips, path in _boundaries()["states"].items()]
    return _svg(_WHOLE, paths)


def county_map(counties: Mapping[str, Shown], state_fips: str | None = None) -> str:
    """A map of counties by FIPS code, of one state or of all."""
    found = _boundaries()
    wanted = {f: p for f, p in found["counties"].items() if state_fips is None or f.startswith(state_fips)}
    paths = [_path(path, counties.get(fips, Shown("none", fips))) for fips, path in wanted.items()]
    paths += [
        f'<path class="border" d="{path}"/>' for fips, path in found["states"].items() if state_fips in (None, fips)
    ]
    return _svg(found["boxes"].get(state_fips, _WHOLE) if state_fips else _WHOLE, paths)


def steps(rates: Sequence[float]) -> list[float]:
    """The borders between the classes of the colour scale, which rise: as many places in each, fewer classes of few places."""
    ordered = sorted(rates)
    if not ordered:
        return []
    borders = {ordered[min(len(ordered) - 1, round(len(ordered) * step / CLASSES))] for step in range(1, CLASSES)}
    # Nothing lies under the lowest.
    return sorted(borders - {ordered[0]})


def step_of(rate: float, borders: Sequence[float]) -> int:
    """The colour step of a rate: how many of the ascending `borders` it has reached."""
    return sum(rate >= border for border in borders)


def _path(path: str, shown: Shown) -> str:
    return f'<path class="{escape(shown.style)}" d="{path}"><title>{escape(shown.said)}</title></path>'


def _svg(box: Sequence[int], paths: Sequence[str]) -> str:
    left, top, right, bottom = box
    width, height = right - left + 2 * _ROOM, bottom - top + 2 * _ROOM
    step = max(4, max(width, height) // 130)
    hatch = (
        f'<defs><pattern id="hatch" width="{step}" height="{step}" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect class="hatched" width="{step}" height="{step}"/>'
        f'<rect class="hatching" width="{step / 4}" height="{step}"/></pattern>'
        f'<pattern id="dots" width="{step}" height="{step}" patternUnits="userSpaceOnUse">'
        f'<rect class="hatched" width="{step}" height="{step}"/>'
        f'<circle class="hatching" cx="{step / 2}" cy="{step / 2}" r="{step / 5}"/></pattern></defs>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left - _ROOM} {top - _ROOM} {width} {height}" aria-hidden="true">'
        f"{hatch}{''.join(paths)}</svg>"
    )


def coloured(
    values: Mapping[str, tuple[object, str]], borders: Sequence[float], unpeopled: Collection[str] = ()
) -> dict[str, Shown]:
    """How places with a value and what is said of it are drawn: by the step of the scale, hatched where there is no value.

    Those whose people are not known (`unpeopled`) can have none, and are dotted.
    """

    def style(place: str, value: object) -> str:
        if value is not None:
            return f"step{step_of(float(str(value)), borders)}"
        return "dotted" if place in unpeopled else "hatch"

    return {place: Shown(style(place, value), said) for place, (value, said) in values.items()}


@functools.cache
def states_by_abbreviation() -> dict[str, str]:
    """FIPS codes of states by the abbreviations of the FBI."""
    return {
        str(code.facts["ucr_abbr"]): str(code.facts["state_fips"])
        for code in shipped_layouts().codes["state"]
        if code.facts["state_fips"]
    }
