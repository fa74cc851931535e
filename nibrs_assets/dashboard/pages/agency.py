"""An agency's page: counts and rates, trends, months, clearances, people, places and hours, peers, and where it is."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import dash
from dash import dcc, html
from dash.development.base_component import Component

from nibrs_assets.dashboard import figures
from nibrs_assets.dashboard.app import empty_page, map_of, page, queries
from nibrs_assets.dashboard.facts import status_label, statuses
from nibrs_assets.dashboard.maps import Shown, county_map
from nibrs_assets.dashboard.parts import (
    OFFENSES,
    RULES,
    SYSTEMS,
    Chart,
    address,
    agency_address,
    card,
    count,
    csv_link,
    legend,
    notice,
    number,
    percent,
    selection,
    sql_of,
    table,
    tile,
    year_in,
)
from nibrs_assets.dashboard.queries import Answer, Value

dash.register_page(
    __name__,
    path_template="/agency/<ori>",
    title=lambda ori="", **_: f"{ori[:9].upper()} – crime data you can follow",
    name="Agency",
)

_ORI = re.compile(r"[A-Z0-9]{7}([A-Z0-9]{2})?")
_SUBJECTS = (
    ("victim", "Victims", figures.BLUE),
    ("offender", "Offenders", figures.YELLOW),
    ("arrestee", "Arrestees", figures.GREEN),
)
_TOP = 12
_LONGEST = 28
_SERIES = (("nibrs_as_summary", figures.BLUE), ("nibrs", figures.SKY), ("return_a", figures.YELLOW))
_ZERO = "zero report in the header only"
_GAPS = {
    "not reported": "x-thin",
    "can't be read": "asterisk",
    "counted in another month": "triangle-right-open",
    _ZERO: "circle-open",
}
"""Why a month has no count (`sql/agency_months.sql`), and the mark of it."""
_BESIDE = {"nibrs_as_summary": "return_a", "nibrs": "return_a", "return_a": "nibrs_as_summary"}


Facts = dict[str, Any]


@page
def layout(ori: str = "", year: str = "", system: str = "", offense: str = "violent", **_: str) -> Component:
    """The page of an agency; with an unknown `ori`, a notice that says so."""
    years = sorted({int(row["data_year"]) for row in _dicts(queries().ask("loaded"))})
    if not years:
        return empty_page()
    ori = ori.upper()
    known = queries().ask("agency", ori7=ori[:7], years=years) if _ORI.fullmatch(ori) else None
    if not known or not known.rows:
        return _unknown_agency(ori)
    offense = offense if offense in OFFENSES else "violent"
    return _Agency(ori[:7], years, known, offense).page(year, system)


def _dicts(answer: Answer) -> list[Facts]:
    return [dict(row) for row in answer.dicts()]


def _unknown_agency(ori: str) -> Component:
    return html.Div(
        [
            html.H1("No such agency"),
            html.P(
                f"No file that is loaded names an agency {ori[:20]}. An ORI has seven characters, or nine in NIBRS."
            ),
            dcc.Link("Search for an agency", href=f"/?q={ori[:7]}" if _ORI.fullmatch(ori) else "/"),
        ]
    )


class _Agency:
    """What is asked and shown of one agency."""

    def __init__(self, ori7: str, years: list[int], known: Answer, offense: str) -> None:
        self.ori7, self.years, self.offense, self.known = ori7, years, offense, known
        self.by_year = {int(row["data_year"]): row for row in _dicts(known)}
        self.crime = queries().ask("agency_crime", ori7=ori7, years=years)
        self.reporting = queries().ask("agency_reporting", ori7=ori7, years=years)
        self.breaks = [(int(str(y)), str(c)) for y, c in queries().ask("series_breaks", offense=offense).rows]
        self.here = self._address()
        self.counts = {(r["data_year"], r["system"], r["offense"]): r for r in _dicts(self.crime)}

    def page(self, year_given: str, system_given: str) -> Component:
        year = year_in(self.by_year, year_given) or self._best_year()
        there = [s for s in SYSTEMS if (year, s, "violent") in self.counts]
        system = system_given if system_given in there else next(iter(there), next(iter(SYSTEMS)))
        facts = self.by_year[year]
        self.here = self._address(year=year, system=system, offense=self.offense)
        return html.Div(
            [
                self._head(facts, year),
                self._toolbar(year, system, there),
                self._standing(facts, year, system),
                self._tiles(year, system),
                html.Div(
                    [
                        card(self._trend(), here=self.here),
                        card(self._months(facts, year, system), here=self.here),
                        card(self._clearance(), here=self.here),
                        self._offenses(year, system),
                        card(self._calendar(), here=self.here),
                    ],
                    className="cards",
                ),
                *self._profile(year),
                html.H2("Beside others"),
                html.Div([self._peers(facts, year, system), self._county(facts, year)], className="cards"),
            ]
        )

    def _best_year(self) -> int:
        """The newest year that has counts of it, else that it reported in, else the newest that names it."""
        counted = {year for year, _, _ in self.counts if year in self.by_year}
        reported = {year for year, facts in self.by_year.items() if facts["months_reported"]}
        return max(counted or reported or self.by_year)

    def _is_zeros_only(self, year: int) -> bool:
        """Whether all that it has in NIBRS in the year are zero reports in its headers, which are no counts (docs/reporting.md)."""
        return bool(self.by_year[year]["months_reported_nibrs"]) and (year, "nibrs", "violent") not in self.counts

    def _address(self, **changed: object) -> str:
        return agency_address(self.ori7, **changed)

    def _head(self, facts: Facts, year: int) -> Component:
        said = [str(facts["state_abbreviation"]), self.ori7]
        if facts["population"]:
            said.append(f"{count(facts['population'])} people in {year}")
        if facts["population_group_label"]:
            said.append(str(facts["population_group_label"]))
        return html.Div(
            [
                html.P(dcc.Link("All agencies", href="/"), className="crumbs"),
                html.H1(str(facts["agency_name"] or self.ori7).title()),
                html.P(" · ".join(said), className="lead"),
            ]
        )

    def _toolbar(self, year: int, system: str, there: Sequence[str]) -> Component:
        def to(**changed: object) -> str:
            return self._address(**{"year": year, "system": system, "offense": self.offense, **changed})

        here = to()
        return html.Div(
            [
                selection("year", "Year", {to(year=y): str(y) for y in sorted(self.by_year, reverse=True)}, here),
                selection("offense", "Offense", {to(offense=o): name for o, name in OFFENSES.items()}, here),
                selection("system", "Counted by", {to(system=s): SYSTEMS[s] for s in there or [system]}, here),
            ],
            className="toolbar",
        )

    def _standing(self, facts: Facts, year: int, system: str) -> Component:
        zeros_only = self._is_zeros_only(year)
        months = (facts["months_reported_summary"] or 0) if zeros_only else facts["months_reported"]
        parts = [
            f"{name} {facts[column]}"
            for name, column in (("NIBRS", "months_reported_nibrs"), ("Return A", "months_reported_summary"))
            if facts[column] is not None and not (zeros_only and name == "NIBRS")
        ]
        of_which = f" ({', '.join(parts)})" if parts else ""
        line: list[Any] = [f"{year}: reported {months} of 12 months{of_which}. "]
        if zeros_only:
            zeros = (
                f"its {facts['months_reported_nibrs']} months are zero reports in headers only; there are no records. "
            )
            line = [*line, "In NIBRS ", zeros] if months else [f"{year}: ", zeros]
        if facts["is_covered"]:
            through = facts["reported_through_ori7"]
            line.append("Another agency reports for it: ")
            line.append(
                dcc.Link(str(through), href=agency_address(str(through), year=year))
                if through
                else "which one is not said"
            )
            line.append(". ")
        crime = self.counts.get((year, system, "violent"))
        if crime and crime["months_reported"] < 12:
            line.append(f"The counts are those of {crime['months_reported']} months, and there is no rate. ")
        if not crime:
            line.append("There are no counts of its own in this year. ")
        line.append(RULES[system] if crime else "")
        return notice(*line, kind="notice" if months == 12 else "notice warn")

    def _tiles(self, year: int, system: str) -> Component:
        shown = dict.fromkeys(
            ("violent", "property", self.offense if self.offense not in ("violent", "property") else "murder")
        )
        tiles = []
        for offense in (*shown, "cleared"):
            of = self.offense if offense == "cleared" else offense
            row = self.counts.get((year, system, of))
            actual, rate, cleared = (row["actual"], row["rate"], row["cleared"]) if row else (None, None, None)
            if offense == "cleared":
                below = f"{count(cleared)} of {count(actual)}" if row else "not known"
                tiles.append(tile(f"{OFFENSES[of]} cleared", percent(cleared, actual), below))
            else:
                below = f"{number(rate, 1)} per 100,000 people" if rate is not None else "no rate"
                tiles.append(tile(OFFENSES[of], count(actual), below))
        return html.Div(tiles, className="tiles", id="headline")

    def _trend(self) -> Chart:
        span = list(range(min(self.years), max(self.years) + 1))
        lines, rows = [], []
        for name, colour in _SERIES:
            found = [self.counts.get((y, name, self.offense)) for y in span]
            if any(found):
                actual = [f["actual"] if f else None for f in found]
                lines.append(figures.line(span, actual, SYSTEMS[name], colour, _partial(found)))
                rows += [
                    (str(y), SYSTEMS[name], str(f["months_reported"]), count(f["actual"]), number(f["rate"], 1))
                    for y, f in zip(span, found, strict=True)
                    if f
                ]
        return Chart(
            "trend",
            f"{OFFENSES[self.offense]} by year",
            figures.figure(
                lines,
                **figures.break_lines(self.breaks),
                xaxis={"tickformat": "d", "range": [span[0] - 0.8, span[-1] + 0.8]},
            ),
            [self.crime],
            f"Years {span[0]} to {span[-1]}; years that are not loaded or not reported are gaps.",
            table(
                f"{OFFENSES[self.offense]} by year", ["Year", "Counted by", "Months", "Count", "Rate"], rows, (2, 3, 4)
            ),
            note=["Hollow points: fewer than 12 months. ", *(f"{y}: {c} " for y, c in self.breaks)],
            wide=True,
            height=300,
        )

    def _months(self, facts: Facts, year: int, system: str) -> Chart:
        answer = queries().ask("agency_months", ori7=self.ori7, year=year, offense=self.offense)
        found: dict[str, list[Facts]] = {}
        for row in _dicts(answer):
            found.setdefault(row["system"], []).append(row)
        # The system that is chosen, beside the other file's.
        shown = [s for s in SYSTEMS if s in found and s in (system, _BESIDE[system])]
        lines, rows, said = [], [], []
        for name, colour in _SERIES:
            if name not in shown:
                continue
            if any(r["actual"] is not None for r in found[name]):
                lines.append(figures.line(figures.MONTHS, [r["actual"] for r in found[name]], SYSTEMS[name], colour))
            rows.append((SYSTEMS[name], *(_gap(r) or count(r["actual"]) for r in found[name])))
            is_named = facts["is_in_summary" if name == "return_a" else "is_in_nibrs"]
            said.append(f"{SYSTEMS[name]}: {_gaps(found[name]) if is_named else 'not in the file'}.")
        lines += _marks(found.get(system) or found.get(_BESIDE[system], []))
        text = " ".join(said)
        axis = {"categoryorder": "array", "categoryarray": list(figures.MONTHS), "range": [-0.5, 11.5]}
        return Chart(
            "months",
            f"{OFFENSES[self.offense]} by month, {year}",
            figures.figure(lines, xaxis=axis),
            [answer],
            text,
            table(f"{OFFENSES[self.offense]} by month, {year}", ["Counted by", *figures.MONTHS], rows, range(1, 13)),
            note=html.Span(text, id="months-missing"),
        )

    def _calendar(self) -> Chart:
        status = {(r["data_year"], r["month"]): str(r["status"]) for r in _dicts(self.reporting)}
        reported = Counter(r["data_year"] for r in _dicts(self.reporting) if r["is_reported"])
        years = sorted(self.by_year, reverse=True)
        cells = [[status.get((y, month)) for month in range(1, 13)] for y in years]
        return Chart(
            "calendar",
            "What became of each month",
            figures.calendar([str(y) for y in years], cells, statuses()),
            [self.reporting],
            "; ".join(
                f"{y}: zero reports in headers only"
                if self._is_zeros_only(y) and not self.by_year[y]["months_reported_summary"]
                else f"{y}: {reported[y]} reported"
                for y in years
            ),
            table(
                "Status of each month",
                ["Year", *figures.MONTHS],
                [(str(y), *map(status_label, row)) for y, row in zip(years, cells, strict=True)],
            ),
            note=legend(),
            height=60 + 24 * len(years),
        )

    def _clearance(self) -> Chart:
        span = list(range(min(self.years), max(self.years) + 1))
        lines, rows = [], []
        for name, colour in _SERIES:
            found = [self.counts.get((y, name, self.offense)) for y in span]
            shares = [_share(f) for f in found]
            if any(s is not None for s in shares):
                lines.append(figures.line(span, shares, SYSTEMS[name], colour, _partial(found)))
                rows += [
                    (
                        *(str(y), SYSTEMS[name], str(f["months_reported"])),
                        *(count(f["cleared"]), count(f["actual"]), percent(f["cleared"], f["actual"])),
                    )
                    for y, f in zip(span, found, strict=True)
                    if f
                ]
        return Chart(
            "clearance",
            f"{OFFENSES[self.offense]}: percent cleared",
            figures.figure(
                lines,
                yaxis={"ticksuffix": " %", "tickformat": ""},
                xaxis={"tickformat": "d", "range": [span[0] - 0.8, span[-1] + 0.8]},
            ),
            [self.crime],
            "By arrest or exceptional means, of offenses counted.",
            table(
                "Cleared by year", ["Year", "Counted by", "Months", "Cleared", "Offenses", "Percent"], rows, range(2, 6)
            ),
            note="Return A counts what was cleared in the year, NIBRS what became of the year's own offenses. "
            "Hollow points: fewer than 12 months.",
        )

    def _offenses(self, year: int, system: str) -> Component:
        rows = []
        for offense, name in OFFENSES.items():
            found = self.counts.get((year, system, offense), {})
            actual, cleared = found.get("actual"), found.get("cleared")
            rows.append((name, count(actual), number(found.get("rate"), 1), count(cleared), percent(cleared, actual)))
        title = f"By offense, {year}, {SYSTEMS[system]}"
        return html.Section(
            [
                html.H3(title),
                table(title, ["Offense", "Count", "Per 100,000", "Cleared", "Percent cleared"], rows, (1, 2, 3, 4)),
                html.Div([csv_link(self.crime, title), sql_of([self.crime], title)], className="actions"),
            ],
            className="card",
            id="offenses",
        )

    def _profile(self, year: int) -> list[Component]:
        answer = queries().ask("agency_profile", ori7=self.ori7, year=year)
        if not answer.rows:
            said = f"NIBRS has no records of this agency in {year}: Return A says nothing of people, weapons, places and hours."
            return [html.H2("People, weapons, places, hours"), notice(said)]
        values: dict[tuple[str, str], list[Facts]] = {}
        for row in _dicts(answer):
            values.setdefault((row["subject"], row["characteristic"]), []).append(row)
        people = [
            _people(answer, values, characteristic, title, year)
            for characteristic, title in (
                ("age", "By age"),
                ("sex", "By sex"),
                ("race", "By race"),
                ("ethnicity", "By ethnicity"),
            )
        ]
        return [
            html.H2(f"Victims, offenders, arrestees, {year}"),
            html.P(
                "NIBRS, persons. What is not known has a bar of its own. Offenders are those of whom anything is known.",
                className="note",
            ),
            html.Div([card(chart, here=self.here) for chart in people], className="cards"),
            html.H2(f"Weapons, locations, hours, {year}"),
            html.Div(
                [
                    card(
                        _ranked(
                            answer,
                            values.get(("offense", "weapon"), []),
                            "weapons",
                            "Weapons of offenses",
                            figures.ORANGE,
                        ),
                        here=self.here,
                    ),
                    card(
                        _ranked(
                            answer,
                            values.get(("offense", "location"), []),
                            "locations",
                            "Locations of offenses",
                            figures.GREEN,
                        ),
                        here=self.here,
                    ),
                    card(_hours(answer, values.get(("incident", "hour"), [])), here=self.here),
                ],
                className="cards",
            ),
        ]

    def _peers(self, facts: Facts, year: int, system: str) -> Component:
        own = self.counts.get((year, system, self.offense))
        title = f"{OFFENSES[self.offense]}, rate beside similar agencies, {year}"
        group = facts["population_group"]
        if not own or own["rate"] is None or not group:
            why = "It has no rate in this year: it did not report all twelve months, or has no people of its own."
            return html.Section([html.H3(title), html.P(why, className="note")], className="card", id="peers")
        asked: dict[str, Value] = {
            **{"year": year, "system": system, "offense": self.offense},
            **{"state": self.ori7[:2], "population_group": str(group)},
        }
        peers = queries().ask("agency_peers", ori7=self.ori7, population=int(own["population"]), **asked)
        rates = queries().ask("agency_peer_rates", **asked)
        shown = sorted(_dicts(peers), key=lambda r: float(r["rate"]))
        names = [f"{str(r['agency_name']).title()} ({r['ori7']})" for r in shown]
        is_own = [r["ori7"] == self.ori7 for r in shown]
        drawn = figures.bars(names, [round(r["rate"], 1) for r in shown], figures.SKY, across=True)
        drawn["marker"]["color"] = [figures.ORANGE if o else figures.SKY for o in is_own]
        said = " ".join(
            f"Half of all {int(r['agencies'])} such: {number(r['lower_quartile'], 0)} to {number(r['upper_quartile'], 0)}, "
            f"median {number(r['median'], 0)}."
            for r in _dicts(rates)
        )
        return card(
            Chart(
                "peers",
                title,
                figures.figure(
                    [drawn], yaxis={"tickformat": "", "showgrid": False}, xaxis=figures.LYING, margin=figures.TIGHT
                ),
                [peers, rates],
                f"This agency has {number(own['rate'], 1)} per 100,000 people.",
                table(
                    "Similar agencies",
                    ["Agency", "Population", "Count", "Rate"],
                    [
                        (n, count(r["population"]), count(r["actual"]), number(r["rate"], 1))
                        for n, r in zip(names, shown, strict=True)
                    ],
                    (1, 2, 3),
                ),
                note=f"{facts['population_group_label']}, {facts['state_abbreviation']}, twelve months reported. {said}",
                height=max(160, 60 + 22 * len(shown)),
            ),
            here=self.here,
        )

    def _county(self, facts: Facts, year: int) -> Component:
        answer = queries().ask("agency_county", ori7=self.ori7, year=year)
        counties = _dicts(answer)
        if not counties:
            why = "The files and the crosswalk name no county of this agency."
            return html.Section([html.H3("Where it is"), html.P(why, className="note")], className="card", id="county")
        named = ", ".join(
            f"{c['county_name']} ({percent(c['share'])})" if c["share"] < 1 else str(c["county_name"]) for c in counties
        )
        state = str(counties[0]["county_fips"])[:2]
        fips = ",".join(str(c["county_fips"]) for c in counties)
        return card(
            Chart(
                "county",
                f"Where it is: {named}",
                address("/map/agency.svg", state=state, counties=fips),
                [answer],
                f"A map of the state's counties, in which {named} stands out.",
                table(
                    "Counties of the agency",
                    ["County", "State", "Share of its people", "From"],
                    [
                        (c["county_name"], c["state_abbreviation"], percent(c["share"]), c["county_from"])
                        for c in counties
                    ],
                    (2,),
                ),
                note=dcc.Link(
                    "Rates of the counties",
                    href=address("/places", level="county", year=year, state=facts["state_abbreviation"]),
                ),
            ),
            here=self.here,
        )


@map_of("agency")
def agency_map(state: str, counties: str) -> str:
    """The counties of a state, those of an agency marked."""
    return county_map({fips: Shown("own", fips) for fips in counties.split(",")}, state)


def _gap(month: Facts) -> str | None:
    """Why a month has no count; None where it has one."""
    return f"counted in {figures.MONTHS[month['counted_in'] - 1]}" if month["counted_in"] else month["gap"]


def _by_gap(months: Sequence[Facts]) -> dict[str, list[Facts]]:
    return {gap: of for gap in _GAPS if (of := [m for m in months if m["gap"] == gap])}


def _gaps(months: Sequence[Facts]) -> str:
    """Which months of a system have no count, and why."""
    said = []
    for gap, of in _by_gap(months).items():
        if gap == "counted in another month":
            said += [f"{figures.MONTHS[m['month'] - 1]} is {_gap(m)}" for m in of]
        else:
            those = "zero reports in the header only" if gap == _ZERO else gap
            said.append(f"{len(of)} of 12 months {those}: {', '.join(figures.MONTHS[m['month'] - 1] for m in of)}")
    return "; ".join(said) or "all 12 months reported"


def _marks(months: Sequence[Facts]) -> list[figures.Figure]:
    return [
        figures.gap_marks([figures.MONTHS[m["month"] - 1] for m in of], gap, [str(_gap(m)) for m in of], _GAPS[gap])
        for gap, of in _by_gap(months).items()
    ]


def _partial(years: Sequence[Facts | None]) -> list[bool]:
    """Which of these have fewer than 12 months."""
    return [bool(f and f["months_reported"] < 12) for f in years]


def _share(found: Mapping[str, Any] | None) -> float | None:
    if not found or found["cleared"] is None or not found["actual"]:
        return None
    return round(100 * int(found["cleared"]) / int(found["actual"]), 1)


def _people(
    answer: Answer, values: Mapping[tuple[str, str], list[Facts]], characteristic: str, title: str, year: int
) -> Chart:
    of_subject = {s: {str(r["code"]): r for r in values.get((s, characteristic), [])} for s, _, _ in _SUBJECTS}
    merged = {code: r for rows in of_subject.values() for code, r in rows.items()}
    codes = sorted(
        merged, key=lambda c: (bool(merged[c]["is_unknown"]), c if characteristic == "age" else -_total(of_subject, c))
    )
    labels = [_folded(_short(merged[c]["label"] or c)) for c in codes]
    unknown = [bool(merged[c]["is_unknown"]) for c in codes]
    data = []
    for subject, name, colour in _SUBJECTS:
        drawn = figures.bars(labels, [_count(of_subject[subject], c) for c in codes], colour, name=name)
        drawn["marker"]["pattern"] = figures.hatched(["/" if u else "" for u in unknown])
        data.append(drawn)
    rows = [
        (label.replace("<br>", " "), *(count(_count(of_subject[s], c)) for s, _, _ in _SUBJECTS))
        for label, c in zip(labels, codes, strict=True)
    ]
    not_known = {
        s: sum(_count(of_subject[s], c) for c, u in zip(codes, unknown, strict=True) if u) for s, _, _ in _SUBJECTS
    }
    said = "; ".join(f"{name}: {percent(not_known[s], _sum(of_subject[s]))} not known" for s, name, _ in _SUBJECTS)
    return Chart(
        characteristic,
        f"{title}, {year}",
        figures.figure(
            data,
            barmode="group",
            bargap=0.25,
            xaxis={"tickfont": {"size": 11}, "tickangle": "auto" if characteristic == "age" else 0},
        ),
        [answer],
        f"{said}.",
        table(
            f"Persons {title.lower()}, {year}",
            [title.removeprefix("By ").title(), *(n for _, n, _ in _SUBJECTS)],
            rows,
            (1, 2, 3),
        ),
        note=f"{said}.",
    )


def _total(of_subject: Mapping[str, Mapping[str, Facts]], code: str) -> int:
    return sum(_count(rows, code) for rows in of_subject.values())


def _count(rows: Mapping[str, Facts], code: str) -> int:
    """Persons with the code; there is no row where there is nobody, and that is a zero."""
    return int(rows[code]["count"]) if code in rows else 0


def _sum(rows: Mapping[str, Facts]) -> int:
    return sum(int(r["count"]) for r in rows.values())


def _short(label: str) -> str:
    return (
        str(label)
        .split(" (")[0]
        .replace(" or African American", "")
        .replace("Native Hawaiian or Other ", "")
        .replace(" or Latino", "")
        .replace("American Indian", "Am. Indian")
    )


def _folded(label: str) -> str:
    """A label of several words in as many lines, as there is no room beside its neighbours."""
    return label.replace("/", " ").replace(" ", "<br>") if len(label) > 9 else label


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"


def _ranked(answer: Answer, rows: Sequence[Facts], ident: str, title: str, colour: str) -> Chart:
    known = sorted((r for r in rows if not r["is_unknown"]), key=lambda r: -int(r["count"]))
    rest = known[_TOP:]
    shown = known[:_TOP]
    labels = [_cut(_short(r["label"] or r["code"])) for r in shown]
    counts = [int(r["count"]) for r in shown]
    unknown = [False] * len(shown)
    if rest:
        labels, counts, unknown = (
            [*labels, f"{len(rest)} others"],
            [*counts, sum(int(r["count"]) for r in rest)],
            [*unknown, False],
        )
    not_known = sum(int(r["count"]) for r in rows if r["is_unknown"])
    labels, counts, unknown = [*labels, "Unknown"], [*counts, not_known], [*unknown, True]
    drawn = figures.bars(labels[::-1], counts[::-1], colour, unknown[::-1], across=True)
    return Chart(
        ident,
        title,
        figures.figure([drawn], yaxis={"showgrid": False, "tickformat": ""}, xaxis=figures.LYING, margin=figures.TIGHT),
        [answer],
        f"Most often: {labels[0]}, {count(counts[0])}. Not known: {count(not_known)}.",
        table(
            title,
            ["What", "Count"],
            [(r["label"] or r["code"], count(r["count"])) for r in sorted(rows, key=lambda r: -int(r["count"]))],
            (1,),
        ),
        height=90 + 24 * len(labels),
    )


def _hours(answer: Answer, rows: Sequence[Facts]) -> Chart:
    by_hour = {str(r["code"]): int(r["count"]) for r in rows}
    hours = [f"{h:02d}" for h in range(24)]
    labels = [*hours, "Unknown"]
    counts = [by_hour.get(h, 0) for h in (*hours, "U")]
    return Chart(
        "hours",
        "Hour of incidents",
        figures.figure(
            [figures.bars(labels, counts, figures.BLUE, [False] * 24 + [True])],
            xaxis={"type": "category", "tickvals": ["00", "06", "12", "18", "Unknown"]},
            bargap=0.15,
        ),
        [answer],
        f"{count(counts[-1])} incidents without a known hour." if counts[-1] else "All hours are known.",
        table(
            "Incidents by hour",
            ["Hour", "Incidents"],
            [(n, count(c)) for n, c in zip(labels, counts, strict=True)],
            (1,),
        ),
        note="Midnight and noon are often written where the hour is not known.",
        wide=True,
    )
