"""Master files of a few incidents, made by hand: lines laid out by the FBI's record descriptions, not by `layouts/`."""

from dataclasses import dataclass, field
from functools import cache

from nibrs_assets_tests.support.positions import Positions, read_positions

STATE_CODE = "50"
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SEQUENCE = {
    "02": "",
    "03": "",
    "04": "victim_sequence_number",
    "05": "offender_sequence_number",
    "06": "arrestee_sequence_number",
}


@cache
def positions() -> Positions:
    return read_positions()


def line(record: str, **values: str) -> str:
    """A line of `record` with `values` at their fields, blank elsewhere."""
    bounds = {name: (start, end) for name, start, end in positions()[record]}
    text = [" "] * max(end for _, end in bounds.values())
    for name, value in {"segment_level": record, "state_code": STATE_CODE, **values}.items():
        start, end = bounds[name]
        assert len(value) <= end - start + 1, (name, value)
        text[start - 1 : end] = value.ljust(end - start + 1)
    return "".join(text)


def header(ori: str, year: int, months: str = "D" * 12) -> str:
    """A batch header; of each month: D = records were submitted, Z = a zero report, N = nothing."""
    flags: dict[str, str] = {}
    for month, flag in zip(MONTHS, months, strict=True):
        flags |= {
            f"{month}_zero_report": "NY"[flag == "Z"],
            f"{month}_group_ab": "NY"[flag == "D"],
            f"{month}_window": "N",
        }
    return line("BH", ori=ori, state_abbreviation="AK", master_file_year=str(year), agency_nibrs_flag="A", **flags)


@dataclass
class Part:
    """A record of an incident, without what ties it to it."""

    record: str
    values: dict[str, str]


def offense(
    code: str, flag: str = "C", *weapons: str, location: str = "20", premises: str = "", entry: str = ""
) -> Part:
    armed = {f"weapon_force_{number}": weapon for number, weapon in enumerate(weapons, 1)}
    values = {"ucr_offense_code": code, "attempted_completed": flag, "location_type": location}
    return Part("02", values | {"number_of_premises_entered": premises, "method_of_entry": entry} | armed)


def property_(loss: str, description: str, value: str = "000000500", vehicles: str = "", recovered: str = "") -> Part:
    values = {"property_loss_type": loss, "property_description": description, "value_of_property": value}
    return Part("03", values | {"number_stolen_vehicles": vehicles, "date_recovered": recovered})


def victim(*codes: str, sex: str = "F", offenders: int = 0) -> Part:
    connected = {f"victim_offense_code_{number}": code for number, code in enumerate(codes, 1)}
    related = {f"offender_number_{n}": f"{n:02}" for n in range(1, offenders + 1)}
    related |= {f"relationship_{n}": "ST" for n in range(1, offenders + 1)}
    return Part("04", {"victim_type": "I", "victim_age": "30", "victim_sex": sex} | connected | related)


def offender(age: str = "30", sequence: str = "") -> Part:
    values = {"offender_age": age, "offender_sex": "M", "offender_race": "W"}
    return Part("05", values | ({"offender_sequence_number": sequence} if sequence else {}))


def arrestee(day: str, age: str = "30", multiple: str = "N", code: str = "13A", number: str = "1") -> Part:
    values = {"arrest_date": day, "arrestee_age": age, "multiple_arrestee_indicator": multiple}
    return Part("06", values | {"arrest_offense_code": code, "arrest_transaction_number": number, "arrest_type": "T"})


@dataclass
class Agency:
    """An agency's part of a file: its header, then its incidents."""

    ori: str
    year: int
    months: str = "D" * 12
    lines: list[str] = field(default_factory=list)
    incidents: int = 0

    def __post_init__(self) -> None:
        self.lines.insert(0, header(self.ori, self.year, self.months))

    def incident(
        self, *parts: Part, day: str = "", is_report_date: bool = False, cleared: str = "N", cleared_on: str = ""
    ) -> str:
        """Add an incident of `parts`; its number."""
        self.incidents += 1
        number = f"{self.incidents:012}"
        key = {"ori": self.ori, "incident_number": number, "incident_date": day or f"{self.year}0310"}
        report = "R" if is_report_date else ""
        clearance = {"cleared_exceptionally": cleared, "exceptional_clearance_date": cleared_on}
        self.lines.append(line("01", **key, report_date_indicator=report, **clearance))
        counts: dict[str, int] = {}
        for part in parts:
            counts[part.record] = counts.get(part.record, 0) + 1
            if name := SEQUENCE[part.record]:
                width = 3 if part.record == "04" else 2
                part.values.setdefault(name, f"{counts[part.record]:0{width}}")
            self.lines.append(line(part.record, **key, **part.values))
        return number

    def add(self, record: str, **values: str) -> None:
        """Add a record that is part of no incident."""
        self.lines.append(line(record, ori=self.ori, **values))


def text_of(*agencies: Agency) -> bytes:
    return ("\n".join(text for agency in agencies for text in agency.lines) + "\n").encode()
