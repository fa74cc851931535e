"""What the code tables say that pages show: statuses of a month, limits of completeness."""

import functools
from dataclasses import dataclass

from nibrs_assets.layouts.loader import shipped_layouts


@dataclass(frozen=True)
class Status:
    """What became of a month, with the letter and the colour that calendars show it by."""

    code: str
    label: str
    letter: str
    colour: str


@functools.cache
def statuses() -> dict[str, Status]:
    """The statuses by code, in the order of layouts/codes/reporting_status.csv."""
    return {
        code.code: Status(code.code, code.label, code.facts["letter"], code.facts["colour"])
        for code in shipped_layouts().codes["reporting_status"]
    }


def status_label(code: str | None) -> str | None:
    """The label of a status; None where the file of the year is not there."""
    return statuses()[code].label if code in statuses() else None


@functools.cache
def limits() -> dict[str, float]:
    """The least share of the people that each completeness stands for (layouts/codes/completeness.csv)."""
    return {code.code: float(code.facts["at_least"]) for code in shipped_layouts().codes["completeness"]}


def limit(completeness: str) -> str:
    """The least share of a completeness as a percentage, in words."""
    return f"{100 * limits()[completeness]:g} %"
