"""The DuckDB macros that say in SQL what a code table says, made from `layouts/codes/`."""

from collections.abc import Sequence

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.sql_text import literal
from nibrs_assets.layouts.model import Code, Layouts

FACT_MACROS = ("index_offense", "index_crime")
"""Facts of code tables that are macros too: `index_offense(code)`, `index_crime(code)`; NULL for a code without the fact."""


def code_macros(layouts: Layouts) -> list[str]:
    """The statements that make the macros of all code tables: facts, comparable groups, limits."""
    tables = layouts.codes.items()
    return [
        *(fact_macro(fact, codes) for fact in FACT_MACROS for _, codes in tables if fact in codes[0].facts),
        *(comparable_macro(name, codes) for name, codes in tables if "comparable" in codes[0].facts),
        *(limit_macro(name, codes) for name, codes in tables if "at_least" in codes[0].facts),
    ]


def comparable_macro(name: str, codes: Sequence[Code]) -> str:
    """The macro `comparable_<code table>`: the group that a code of the data year is of, which means the same in every year."""
    cases = "\n".join(
        f"        WHEN code = {literal(c.code)} AND data_year() BETWEEN {c.valid_from} AND {c.valid_to or 9999} "
        f"THEN {literal(c.facts['comparable'])}"
        for c in codes
        if c.facts["comparable"]
    )
    return f"CREATE MACRO comparable_{name}(code) AS\n    CASE\n{cases}\n        ELSE code\n    END"


def fact_macro(fact: str, codes: Sequence[Code]) -> str:
    """The macro `<fact>`: what the code table says of a code, whatever the year.

    Raises `NibrsError` where it says two things of one code: then the fact would depend on the year.
    """
    of_code: dict[str, str] = {}
    for code in codes:
        if of_code.setdefault(code.code, code.facts[fact]) != code.facts[fact]:
            raise NibrsError(f"code {code.code!r} has two values of {fact}, which must be the same in all its years")
    values = dict.fromkeys(value for value in of_code.values() if value)
    cases = "\n".join(
        f"        WHEN code IN ({', '.join(literal(code) for code, of in of_code.items() if of == value)}) "
        f"THEN {literal(value)}"
        for value in values
    )
    return f"CREATE MACRO {fact}(code) AS\n    CASE\n{cases}\n    END"


def limit_macro(name: str, codes: Sequence[Code]) -> str:
    """The macro `<code table>`: the code that a share is of, by the limits `at_least`; the lowest for a share not known."""
    by_limit = sorted(codes, key=lambda code: -float(code.facts["at_least"]))
    *above, lowest = by_limit
    cases = "\n".join(
        f"        WHEN share >= {float(code.facts['at_least'])!r}::DOUBLE THEN {literal(code.code)}" for code in above
    )
    return f"CREATE MACRO {name}(share) AS\n    CASE\n{cases}\n        ELSE {literal(lowest.code)}\n    END"
