"""Writes NIBRS master files of national size, whose incidents are drawn from those of the sample years.

Whole incidents are drawn, so that records, values and their mix are real ones; what tells agencies and incidents apart (ORI, state,
numbers) is made anew, and unique. About 11 million incidents, 14 million victims and 6.5 GB are a recent year. What the sample
has none of is made from its neighbours: Group B arrests from arrestees, window records from the few lines of the FBI's file that
are known. The same seed gives the same file. Memory is that of the sample and of one agency.
"""

import csv
import json
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import inflate64
import numpy as np
import numpy.typing as npt

from nibrs_assets_tests.bench.deflate64 import write_zip

Bytes = npt.NDArray[np.uint8]
Integers = npt.NDArray[np.int64]

YEAR = 2021
_REPOSITORY = Path(__file__).parents[2]
_SAMPLE_YEARS = (2016, 2018, 2020)
_REAL_LINES = _REPOSITORY / "nibrs_assets_tests" / "data" / "real_lines_2021.txt"
_CODES = _REPOSITORY / "layouts" / "codes"

_VICTIMS_PER_INCIDENT = 1.27
_INCIDENTS_PER_AGENCY = 650
_GROUP_B_PER_INCIDENT = 0.27
_WINDOWS_PER_AGENCY = 3
_HASHED_AGENCIES = 0.6
_UNKNOWN_LINE = b"ZZ a line that is no known record\r\n"
_AGENCIES_WITHOUT_ONE = 100

_INCIDENT_DATE = 25
_OTHER_DATES = {"01": 50, "03": 45, "06": 47}
_POWERS = np.array([1000, 100, 10, 1])
_BASE36 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)


@dataclass(frozen=True)
class Written:
    """A generated zip: the bytes of its text, and its lines by record type (`rejected`: of none)."""

    path: Path
    size: int
    lines: dict[str, int]

    @property
    def incidents(self) -> int:
        return self.lines["01"]


def master_file(folder: Path, size: int, seed: int = 1) -> Written:
    """The zip of about `size` bytes of text in `folder`; made if it is not there."""
    path = folder / f"nibrs-{YEAR}-{size}-{seed}.zip"
    note = path.with_suffix(".json")
    if not note.exists():
        folder.mkdir(parents=True, exist_ok=True)
        lines: Counter[str] = Counter()
        written = write_zip(path, f"{YEAR}_NIBRS.txt", _counted(_agencies(size, seed), lines))
        note.write_text(json.dumps({"size": written, "lines": lines}))
    noted = json.loads(note.read_text())
    return Written(path, noted["size"], noted["lines"])


def _counted(texts: Iterator[bytes], lines: Counter[str]) -> Iterator[bytes]:
    for text in texts:
        lines.update(_record_types(text))
        yield text


def _record_types(text: bytes) -> Counter[str]:
    data = np.frombuffer(text, np.uint8)
    starts = np.concatenate(([0], np.nonzero(data == ord("\n"))[0][:-1] + 1))
    types, times = np.unique(data[starts].astype(np.uint16) << 8 | data[starts + 1], return_counts=True)
    found = {struct.pack(">H", kind).decode("latin-1"): int(n) for kind, n in zip(types, times, strict=True)}
    return Counter({"rejected" if name == "ZZ" else name: n for name, n in found.items()})


class _Sample:
    """The incidents of the sample years end to end: the lines of each, and how often each is to be drawn."""

    def __init__(self) -> None:
        lines = [line for year in _SAMPLE_YEARS for line in _text(year).splitlines()]
        self.headers = [line for line in lines if line.startswith(b"BH")]
        records = [line for line in lines if not line.startswith(b"BH")]
        self.data = np.frombuffer(b"".join(line + b"\r\n" for line in records), np.uint8)
        lengths = np.fromiter((len(line) + 2 for line in records), np.int64, len(records))
        self.line_starts = np.concatenate(([0], np.cumsum(lengths)))
        first_lines = np.fromiter((i for i, line in enumerate(records) if line.startswith(b"01")), np.int64)
        self.lines_from, self.lines_to = first_lines, np.append(first_lines[1:], len(records))
        is_victim = np.fromiter((line.startswith(b"04") for line in records), np.int64, len(records))
        victims = np.add.reduceat(is_victim, first_lines)
        self.chances = _chances(victims)
        self.arrestees = np.array([list(line) for line in records if line.startswith(b"06")], np.uint8)

    @cached_property
    def agency_sizes(self) -> Integers:
        """Incidents of each agency of the sample, scaled to the national mean."""
        text = self.data[self.line_starts[self.lines_from][:, None] + np.arange(4, 11)]
        _, sizes = np.unique(text, axis=0, return_counts=True)
        scaled: Integers = np.maximum(1, sizes * _INCIDENTS_PER_AGENCY / sizes.mean()).astype(np.int64)
        return scaled


@cache
def _sample() -> _Sample:
    return _Sample()


def _chances(victims: Integers) -> npt.NDArray[np.float64]:
    """Chances of incidents by their victims, such that the mean is the nation's; incidents of several are rarer in the sample."""
    several = victims > 1
    alone, together = victims[~several].mean(), victims[several].mean()
    share = (_VICTIMS_PER_INCIDENT - alone) / (together - alone)
    chances: npt.NDArray[np.float64] = np.where(several, share / several.sum(), (1 - share) / (~several).sum())
    return chances


def _text(year: int) -> bytes:
    path = _REPOSITORY / "sample" / "nibrs" / f"nibrs-{year}.zip"
    with zipfile.ZipFile(path) as archive:
        [member] = archive.infolist()
        if member.compress_type != 9:
            return archive.read(member)
    data = path.read_bytes()
    name, extra = struct.unpack_from("<HH", data, member.header_offset + 26)
    start = member.header_offset + 30 + name + extra
    return bytes(inflate64.Inflater().inflate(data[start : start + member.compress_size]))


def _agencies(size: int, seed: int) -> Iterator[bytes]:
    """The text of agency after agency, in the order of states, until there are `size` bytes."""
    sample, rng = _sample(), np.random.default_rng(seed)
    states = _states()
    windows = [line for line in _REAL_LINES.read_bytes().splitlines() if line.startswith(b"W")]
    written = number = 0
    agencies_per_state = max(1, size // (_INCIDENTS_PER_AGENCY * 560 * len(states)))
    while written < size:
        code, state = states[min(number // agencies_per_state, len(states) - 1)]
        text = _Agency(sample, rng, code, f"{state}{number:05d}00".encode(), windows).text()
        if number % _AGENCIES_WITHOUT_ONE == 0:
            text += _UNKNOWN_LINE
        written, number = written + len(text), number + 1
        yield text


def _move_dates(text: Bytes, starts: Integers) -> None:
    """Move the incident's year to `YEAR`, and with it those of clearance, recovery and arrest."""
    of_incident = _year(text, starts + _INCIDENT_DATE)
    for record_type, at in _OTHER_DATES.items():
        (rows,) = np.nonzero(text[starts + 1] == ord(record_type[1]))
        rows = rows[text[starts[rows] + at] != ord(" ")]
        _put_year(text, starts[rows] + at, _year(text, starts[rows] + at) - of_incident[rows] + YEAR)
    _put_year(text, starts + _INCIDENT_DATE, np.full(len(starts), YEAR))


def _year(text: Bytes, at: Integers) -> Integers:
    digits = text[at[:, None] + np.arange(4)].astype(np.int64) - ord("0")
    years: Integers = digits @ _POWERS
    return years


def _put_year(text: Bytes, at: Integers, years: Integers) -> None:
    text[at[:, None] + np.arange(4)] = _BASE36[years[:, None] // _POWERS % 10]


def _states() -> list[tuple[bytes, str]]:
    with (_CODES / "state.csv").open(newline="", encoding="utf-8") as file:
        return [(row["code"].encode(), row["ucr_abbr"]) for row in csv.DictReader(file) if row["state_fips"]]


def _group_b_codes() -> Bytes:
    with (_CODES / "offense.csv").open(newline="", encoding="utf-8") as file:
        codes = [row["code"].encode() for row in csv.DictReader(file) if row["code"].startswith("90")]
    return np.array([list(code) for code in codes], np.uint8)


@dataclass
class _Agency:
    """One agency: its header, its incidents, its Group B arrests, its window records."""

    sample: _Sample
    rng: np.random.Generator
    state: bytes
    ori: bytes
    windows: list[bytes]

    def text(self) -> bytes:
        count = int(self.rng.choice(self.sample.agency_sizes))
        hashed = bool(self.rng.random() < _HASHED_AGENCIES)
        group_b = self.rng.poisson(count * _GROUP_B_PER_INCIDENT)
        pieces = [self._header(), self._incidents(count, self._numbers(count, hashed))]
        if group_b:
            pieces.append(self._group_b_arrests(group_b, self._numbers(group_b, hashed)))
        pieces.append(self._window_records(self._numbers(_WINDOWS_PER_AGENCY, hashed)))
        return b"".join(pieces)

    def _header(self) -> bytes:
        header = bytearray(self.sample.headers[int(self.rng.integers(len(self.sample.headers)))])
        header[2:4], header[4:13], header[71:73] = self.state, self.ori, self.ori[:2]
        header[229:233] = b"%d" % YEAR
        return bytes(header) + b"\r\n"

    def _numbers(self, count: int, hashed: bool) -> Bytes:
        """Unique incident numbers of either form that stand in real files, shape (count, 12)."""
        if hashed:
            digits = self.rng.integers(0, 16, (count, 12))
            digits[:, -5:] = np.arange(count)[:, None] // 16 ** np.arange(5) % 16
            return _BASE36[digits]
        plain = np.full((count, 12), ord(" "), np.uint8)
        digits = (np.arange(count)[:, None] * 3 + 1) // 10 ** np.arange(5, -1, -1) % 10
        plain[:, :2], plain[:, 2:8] = _BASE36[[YEAR % 100 // 10, YEAR % 10]], _BASE36[digits]
        return plain

    def _incidents(self, count: int, numbers: Bytes) -> bytes:
        sample = self.sample
        drawn = np.sort(self.rng.choice(len(sample.chances), count, p=sample.chances))
        lines = sample.lines_to[drawn] - sample.lines_from[drawn]
        which = np.repeat(sample.lines_from[drawn] - np.cumsum(lines) + lines, lines) + np.arange(lines.sum())
        lengths = sample.line_starts[which + 1] - sample.line_starts[which]
        starts = np.cumsum(lengths) - lengths
        text = sample.data[np.repeat(sample.line_starts[which] - starts, lengths) + np.arange(lengths.sum())]
        _move_dates(text, starts)
        text[starts[:, None] + np.arange(2, 13)] = np.frombuffer(self.state + self.ori, np.uint8)
        text[starts[:, None] + np.arange(13, 25)] = np.repeat(numbers, lines, axis=0)
        return bytes(text)

    def _group_b_arrests(self, count: int, numbers: Bytes) -> bytes:
        arrestees = self.sample.arrestees[self.rng.integers(0, len(self.sample.arrestees), count)]
        records = np.full((count, 58), ord(" "), np.uint8)
        records[:, :13] = np.frombuffer(b"07" + self.state + self.ori, np.uint8)
        records[:, 13:25] = numbers
        records[:, 25:29] = np.frombuffer(b"%d" % YEAR, np.uint8)
        records[:, 29:33] = arrestees[:, 51:55]
        records[:, 33:35] = np.frombuffer(b"01", np.uint8)
        records[:, 39] = arrestees[:, 55]
        codes = _group_b_codes()
        records[:, 40:43] = codes[self.rng.integers(0, len(codes), count)]
        records[:, 43:56] = arrestees[:, 60:73]
        records[:, 56:] = np.frombuffer(b"\r\n", np.uint8)
        return bytes(records)

    def _window_records(self, numbers: Bytes) -> bytes:
        records = []
        for number in numbers:
            line = bytearray(self.windows[int(self.rng.integers(len(self.windows)))])
            line[2:4], line[4:13], line[13:25] = self.state, self.ori, number.tobytes()
            records.append(bytes(line) + b"\r\n")
        return b"".join(records)
