"""Counties, regions and states: against raw bytes, the Census, what the FBI published, and agencies made by hand."""

import csv
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path

import dagster as dg
import pytest

from nibrs_assets.core.paths import shipped_folder
from nibrs_assets.definitions import build_definitions
from nibrs_assets_tests.support.handmade import Agency, line, offense, property_, text_of, victim
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.return_a import MONTHS, cell, joined, records_of, with_field, zoned
from nibrs_assets_tests.support.return_a_agencies import ALL, raw_agency, return_a
from nibrs_assets_tests.support.samples import RETURN_A, RETURN_A_SAMPLE, make_zip

MADE = 2021
SEVEN = ("DC", "KY", "MD", "NC", "TN", "VA", "WV")

# Places of 2021, for which no estimate ships with the package.
MADE_RETURN_A = [
    # A county code of the FBI's and its sheriff; a city in two counties; one whose record names no county (an independent city).
    return_a("KY00100", ALL, year2="21", state_code="16", county_1="001", population_1="000010000"),
    with_field(
        with_field(
            return_a("NC09201", ALL, year2="21", state_code="32", population_1="000000700", population_2="000000300"),
            *("county_1", "092"),
        ),
        *("county_2", "032"),
    ),
    return_a("VA12800", ALL, year2="21", state_code="45", county_1="000", population_1="000005000"),
    # Bedford city, now in its county.
    return_a("VA01001", ALL, year2="21", state_code="45", county_1="010", population_1="000000600"),
    # A university has no people; a state police has none and no county, or people and no county.
    return_a("KY05601", ALL, year2="21", state_code="16", county_1="056", population_1="000000000"),
    return_a(
        "KYKSP01", ALL, year2="21", state_code="16", county_1="000", population_1="000000000", population_group="8E"
    ),
    return_a(
        "AKASP00", ALL, year2="21", state_code="50", county_1="000", population_1="000002000", population_group="8A"
    ),
    # New York City names no county; Nebraska and Guam by the FBI's letters; an agency that nobody knows.
    return_a(
        "NY03030", ALL, year2="21", state_code="31", county_1="000", population_1="000009000", population_group="1A"
    ),
    return_a("NB02801", ALL, year2="21", state_code="26", county_1="028", population_1="000004000"),
    return_a(
        "GMTGM00", ALL, year2="21", state_code="55", county_1="000", population_1="000000000", population_group="0 "
    ),
    return_a(
        "VI99900", ALL, year2="21", state_code="62", county_1="000", population_1="000000000", population_group="0 "
    ),
    # Five of twelve months of the people: too few; nine: partial.
    return_a("LA01200", "SSSSS", year2="21", state_code="17", county_1="012", population_1="000001000"),
    return_a("LA00100", "S" * 9, year2="21", state_code="17", county_1="001", population_1="000001000"),
]
BOROUGHS = {"36005": 1000, "36047": 2000, "36061": 3000, "36081": 2000, "36085": 1000}
ESTIMATES = {
    "21001": 10000,
    "37183": 700,
    "37063": 300,
    "51810": 5000,
    "51019": 500,
    "51515": 100,
    "21111": 400,
    "22023": 1000,
    "22001": 1000,
}


def made_nibrs() -> bytes:
    """An agency in two counties by the FIPS codes of its header, 2,500 and 7,500 people; and one of zero reports alone."""
    both = Agency("NC0920100", MADE)
    both.incident(offense("120"), offense("220"), victim("120"), property_("7", "20"))
    both.incident(offense("13A"), victim("13A"), victim("13A"))
    zero = Agency("NC0320100", MADE, "Z" * 12)
    populations = {"current_population_1": "000002500", "current_population_2": "000007500"}
    fips = {"fips_county_1": "183", "fips_county_2": "063"}
    for agency, values in (
        (both, populations | fips),
        (zero, {"current_population_1": "000000900", "fips_county_1": "063"}),
    ):
        header = line(
            "BH", ori=agency.ori, **{"state_code": "32", "state_abbreviation": "NC", "population_group": "5"}, **values
        )
        # The rest of the header, its flags among them, is as it was.
        agency.lines[0] = "".join(
            new if new != " " else old for new, old in zip(header.ljust(284), agency.lines[0].ljust(284), strict=True)
        )
        agency.lines[1:] = [text[:2] + "32" + text[4:] for text in agency.lines[1:]]
    return text_of(both, zero)


def drop(platform: Platform, name: str, text: str) -> Path:
    path = platform.settings.places_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def make_reference(platform: Platform) -> dg.ExecuteInProcessResult:
    return build_definitions(platform.settings).resolve_job_def("reference_tables").execute_in_process()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        raw = platform.settings.raw_dir
        (raw / "reta-2013.zip").write_bytes((RETURN_A_SAMPLE / "reta-2013.zip").read_bytes())
        make_zip(raw / f"reta-{MADE}.zip", joined(MADE_RETURN_A), f"reta{MADE}.txt")
        make_zip(raw / f"nibrs-{MADE}.zip", made_nibrs(), f"{MADE}_NIBRS.txt")
        for year in (2013, MADE):
            platform.make(year, kind=RETURN_A)
        platform.make(MADE)
        yield platform


@pytest.fixture(scope="module")
def of_2013(platform: Platform) -> Platform:
    """2013 of eight states, from the shipped places, which nobody has materialized yet."""
    failed = platform.make_both(2013)
    assert not [name for name in failed if any(mart in name for mart in ("county", "state_crime", "published"))]
    return platform


@pytest.fixture(scope="module")
def without_estimates(of_2013: Platform) -> dict[str, list[tuple[object, ...]]]:
    """What the made year is before anybody dropped a file."""
    of_2013.make_both(MADE)
    return {
        "counties": of_2013.query(f"""
            SELECT count(population), count(violent_rate), count(violent) FROM nibrs.county_crime_year
            WHERE data_year = {MADE} AND system = 'return_a'
        """),
        "new_york": of_2013.query(f"""
            SELECT reason, share FROM nibrs.agency_without_county
            WHERE data_year = {MADE} AND ori7 = 'NY03030' AND system = 'return_a'
        """),
    }


@pytest.fixture(scope="module")
def made(of_2013: Platform, without_estimates: object) -> Platform:  # noqa: ARG001
    """The made year with estimates, regions and peers that a user has dropped; Cameron Parish has too few people to be true."""
    people = [f"{fips},{MADE},{number},of the test" for fips, number in {**BOROUGHS, **ESTIMATES}.items()]
    drop(of_2013, "county_population/mine.csv", "\n".join(["county_fips,year,population,source", *people]))
    drop(of_2013, "regions/mine.csv", "Region,County\nA,21001\nB,51019\nB,51515\nC,51810\nC,22001\n")
    drop(of_2013, "peers/two.csv", "region_set,region\nmine,A\nmine,B\n")
    assert make_reference(of_2013).success
    failed = of_2013.make_both(MADE)
    assert "marts/county_crime_year: county_rates_are_possible" in failed
    return of_2013


# 2013


@cache
def raw_crimes(record: bytes) -> tuple[int, int]:
    """Violent and property crimes on the cards of actual offenses, by their bytes."""
    violent = property_crimes = 0
    for month in MONTHS:

        def count(offense: str, month: int = month) -> int:
            return zoned(cell(record, month, f"actual_{offense}"))[0] or 0

        violent += sum(map(count, ("murder", "rape_total", "robbery_total", "assault_total"))) - count("assault_simple")
        property_crimes += sum(map(count, ("burglary_total", "larceny_total", "mvt_total")))
    return violent, property_crimes


def raw_parts(record: bytes) -> list[tuple[str, int]]:
    """County code and people of the parts with people."""
    written = [(record[start + 9 : start + 12].decode(), int(record[start : start + 9])) for start in (44, 59, 74)]
    return [(code, people) for code, people in written if people]


def test_no_crime_is_lost_or_counted_twice(of_2013: Platform) -> None:
    expected = [sum(numbers) for numbers in zip(*map(raw_crimes, records_of(2013)), strict=True)]
    [counties] = of_2013.query("""
        SELECT sum(coalesce(violent, 0) + coalesce(violent_zero_population, 0)),
            sum(coalesce(property, 0) + coalesce(property_zero_population, 0))
        FROM nibrs.county_crime_year WHERE data_year = 2013 AND system = 'return_a'
    """)
    [rest] = of_2013.query("""
        SELECT sum(violent), sum(property) FROM nibrs.agency_without_county WHERE data_year = 2013 AND system = 'return_a'
    """)
    assert isinstance(rest[0], Decimal) and rest[0] > 0
    both = zip(counties, rest, strict=True)
    assert [Decimal(str(one)) + Decimal(str(other)) for one, other in both] == expected


def test_states_are_the_sums_of_their_records_and_near_the_published(of_2013: Platform) -> None:
    """Published: the FBI's Crime in the United States 2013, table 5."""
    published = {
        "DC": (8_415, 31_097),
        "KY": (9_280, 104_448),
        "MD": (28_235, 157_918),
        "NC": (33_587, 305_631),
        "TN": (38_063, 207_683),
        "VA": (16_355, 171_558),
        "WV": (5_657, 39_929),
    }
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for record in records_of(2013):
        for index, crimes in enumerate(raw_crimes(record)):
            sums[record[3:5].decode()][index] += crimes
    rows = of_2013.query("""
        SELECT state_abbreviation, measure, counted, published, ratio, share_covered, reason FROM nibrs.state_vs_published
        WHERE data_year = 2013 AND system = 'return_a' AND measure IN ('violent crime', 'property crime')
    """)
    reasons = {}
    for state, measure, counted, official, ratio, share, reason in rows:
        if state in SEVEN:
            index = ("violent crime", "property crime").index(str(measure))
            assert (counted, official) == (sums[str(state)][index], published[str(state)][index]), state
            assert ratio == pytest.approx(sums[str(state)][index] / published[str(state)][index])
            assert float(str(ratio)) == pytest.approx(float(str(share)), abs=0.08)
            reasons[state, measure] = reason
    assert (
        reasons["DC", "violent crime"] == reasons["VA", "property crime"] == reasons["TN", "violent crime"] == "equal"
    )
    assert reasons["MD", "violent crime"] == reasons["NC", "violent crime"] == "definition of rape"
    assert reasons["WV", "violent crime"] == reasons["WV", "property crime"] == "estimation"
    assert ("US", "violent crime", "coverage") in {(row[0], row[1], row[6]) for row in rows}
    [(violent, apart)] = of_2013.query("""
        SELECT violent + violent_zero_population, violent_zero_population FROM nibrs.state_crime_year
        WHERE data_year = 2013 AND system = 'return_a' AND state_abbreviation = 'WV'
    """)
    of_wv = [record for record in records_of(2013) if record[3:5] == b"WV"]
    assert violent == sums["WV"][0]
    assert apart == sum(raw_crimes(record)[0] for record in of_wv if not raw_parts(record))


def kentucky() -> dict[str, str]:
    """FIPS codes of Kentucky's 120 counties by their position in alphabetical order, which the FBI's codes are."""
    with (shipped_folder("places") / "county.csv").open(newline="") as file:
        names = {
            row["county_name"]: row["county_fips"] for row in csv.DictReader(file) if row["state_abbreviation"] == "KY"
        }
    ordered = sorted(
        names, key=lambda name: name.lower().replace("mc", "mac", 1) if name.startswith("Mc") else name.lower()
    )
    return {f"{number:03d}": names[name] for number, name in enumerate(ordered, 1)}


def test_counties_of_kentucky_are_those_of_their_codes(of_2013: Platform) -> None:
    """Crimes, and the share of people by month, from the bytes; the FBI's codes by the alphabet and not by places/."""
    fips = kentucky()
    assert len(fips) == 120
    violent: dict[str, float] = defaultdict(float)
    covered: dict[str, float] = defaultdict(float)
    for record in records_of(2013):
        _, months, people, covering = raw_agency(record)
        if record[3:5] != b"KY" or not isinstance(people, int) or not people:
            continue
        for code, part in raw_parts(record):
            violent[fips[code]] += raw_crimes(record)[0] * part / people
            covered[fips[code]] += 0 if covering else part * (12 - str(months).count(".")) / 12
    rows = of_2013.query("""
        SELECT county_fips, violent, population, population_covered, people, completeness, violent_rate, violent_estimated
        FROM nibrs.county_crime_year
        WHERE data_year = 2013 AND system = 'return_a' AND state_abbreviation = 'KY'
    """)
    assert {row[0] for row in rows} == set(fips.values())
    levels: Counter[object] = Counter()
    for county, *found in rows:
        crimes, population, people_covered, people, level, rate, estimated = (
            value if isinstance(value, str) or value is None else float(str(value)) for value in found
        )
        assert (crimes or 0) == pytest.approx(violent[str(county)], abs=0.01), county
        assert people_covered == pytest.approx(covered[str(county)], abs=2), county
        assert isinstance(people, float) and isinstance(population, float) and people >= population
        share = covered[str(county)] / people
        assert level == ("ok" if share >= 0.8 else "partial" if share >= 0.5 else "insufficient"), county
        # Withheld, not shown as low; the estimate stands beside what was reported.
        assert rate == (
            pytest.approx(100_000 * violent[str(county)] / population, rel=1e-3) if level == "ok" else None
        ), county
        assert (estimated is None) == (level == "insufficient"), county
        if estimated is not None:
            assert estimated == pytest.approx(violent[str(county)] / share, rel=1e-3)
        levels[level] += 1
    assert levels == {"ok": 117, "insufficient": 2, "partial": 1}


def test_agencies_have_the_people_of_the_census(of_2013: Platform) -> None:
    """The FBI's populations of agencies, put into counties, are the Census Bureau's of the county (trap T11, T12)."""
    rows = of_2013.query("""
        SELECT county_fips, population, population_of_agencies FROM nibrs.county_crime_year
        WHERE data_year = 2013 AND system = 'return_a'
        AND state_abbreviation IN ('DC', 'KY', 'LA', 'MD', 'NC', 'TN', 'VA', 'WV')
    """)
    far = [row for row in rows if abs(float(str(row[2])) / float(str(row[1])) - 1) > 0.05]
    assert len(rows) == 593 - 1
    assert len(far) <= 0.01 * len(rows), far


def test_every_county_of_the_regions_is_there_once(of_2013: Platform) -> None:
    with (shipped_folder("places") / "regions/regions_54.csv").open(newline="") as file:
        regions = {row["county_fips"]: row["region_id"] for row in csv.DictReader(file)}
    assert (len(regions), len(set(regions.values()))) == (528, 54)
    counted = of_2013.query("""
        SELECT county_fips, population, violent FROM nibrs.county_crime_year WHERE data_year = 2013 AND system = 'return_a'
    """)
    found = {
        str(fips): (int(str(population)), Decimal(str(violent or 0)))
        for fips, population, violent in counted
        if population
    }
    expected: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0), Decimal(0)])
    for fips, region in regions.items():
        added = (Decimal(1), Decimal(found[fips][0]), found[fips][1])
        expected[region] = [a + b for a, b in zip(expected[region], added, strict=True)]
    rows = of_2013.query("""
        SELECT region_id, counties, population, violent, violent_rate FROM nibrs.region_crime_year
        WHERE data_year = 2013 AND system = 'return_a' AND region_set = 'regions_54'
    """)
    assert {row[0]: list(row[1:4]) for row in rows} == expected
    for region, _, _, _, rate in rows:
        # The sum of crimes over the sum of people, not the mean of rates.
        _, people, violent = expected[str(region)]
        assert rate == pytest.approx(float(100_000 * violent / people))


def test_scores_are_those_worked_out_by_hand(of_2013: Platform) -> None:
    rows = of_2013.query("""
        SELECT measure, region_id, rate, score, peers FROM nibrs.thriving_index_measure
        WHERE data_year = 2013 AND system = 'return_a' AND region_set = 'regions_54' AND peer_set = 'all regions'
    """)
    assert len(rows) == 2 * 54
    for measure in ("violent crime", "property crime"):
        rates = {row[1]: float(str(row[2])) for row in rows if row[0] == measure}
        mean, deviation = statistics.fmean(rates.values()), statistics.stdev(rates.values())
        [(score, peers)] = [row[3:] for row in rows if row[:2] == (measure, "VA-1")]
        assert peers == 54
        assert score == pytest.approx(100 + 100 * (mean - rates["VA-1"]) / deviation)
    # Little violent crime is a high score.
    assert {
        row[1]: float(str(row[3])) > 100 for row in rows if row[0] == "violent crime" and row[1] in ("VA-1", "DC-1")
    } == {
        "VA-1": True,
        "DC-1": False,
    }


# Places made by hand


def shares(platform: Platform, system: str) -> dict[str, dict[str, tuple[float, str]]]:
    found: dict[str, dict[str, tuple[float, str]]] = defaultdict(dict)
    for ori, fips, share, source in platform.query(f"""
        SELECT ori7, county_fips, share, county_from FROM nibrs.agency_county_share
        WHERE data_year = {MADE} AND system = '{system}'
    """):
        found[str(ori)][str(fips)] = (round(float(str(share)), 6), str(source))
    return found


def test_where_agencies_are(made: Platform) -> None:
    found = shares(made, "return_a")
    assert {ori: places for ori, places in found.items() if ori != "NY03030"} == {
        "KY00100": {"21001": (1, "UCR county code")},
        "NC09201": {"37183": (0.7, "UCR county code"), "37063": (0.3, "UCR county code")},
        "VA12800": {"51810": (1, "crosswalk")},
        "VA01001": {"51019": (1, "UCR county code")},
        "KY05601": {"21111": (1, "UCR county code")},
        "NB02801": {"31055": (1, "UCR county code")},
        "GMTGM00": {"66010": (1, "crosswalk")},
        "LA01200": {"22023": (1, "UCR county code")},
        "LA00100": {"22001": (1, "UCR county code")},
    }
    assert found["NY03030"] == {
        fips: (round(people / 9000, 6), "crosswalk, parts by Census estimates") for fips, people in BOROUGHS.items()
    }
    assert shares(made, "nibrs") == {
        "NC09201": {"37183": (0.25, "FIPS code"), "37063": (0.75, "FIPS code")},
        "NC03201": {"37063": (1, "FIPS code")},
    }


def test_who_is_in_no_county_is_listed_with_the_reason(made: Platform) -> None:
    assert made.query(f"""
        SELECT ori7, reason, has_population, months_reported, people FROM nibrs.agency_without_county
        WHERE data_year = {MADE} AND system = 'return_a' ORDER BY 1
    """) == [
        ("AKASP00", "state agency whose record names no county", True, 12, 2000),
        ("KYKSP01", "state agency whose record names no county", False, 12, 0),
        ("VI99900", "record names no county, and the crosswalk does not have the agency", False, 12, 0),
    ]


def test_parts_make_the_whole_exactly(made: Platform) -> None:
    """NIBRS: a robbery, a burglary and two assaulted victims; a quarter in Wake County, the rest in Durham County."""
    rows = made.query(f"""
        SELECT system, county_fips, violent, property, completeness, violent_rate FROM nibrs.county_crime_year
        WHERE data_year = {MADE} AND county_fips IN ('37183', '37063') AND system <> 'return_a' ORDER BY 1, 2
    """)
    assert [row[:4] for row in rows] == [
        ("nibrs", "37063", Decimal("2.250"), Decimal("0.750")),
        ("nibrs", "37183", Decimal("0.750"), Decimal("0.250")),
        # Of robbery and burglary in one incident the Summary system counts the robbery.
        ("nibrs_as_summary", "37063", Decimal("2.250"), Decimal("0.000")),
        ("nibrs_as_summary", "37183", Decimal("0.750"), Decimal("0.000")),
    ]
    total = raw_crimes(MADE_RETURN_A[7])[0]
    parts = made.query(f"""
        SELECT violent FROM nibrs.county_crime_year
        WHERE data_year = {MADE} AND system = 'return_a' AND county_fips LIKE '36%' AND violent IS NOT NULL
    """)
    assert len(parts) == 5
    assert sum(Decimal(str(part)) for (part,) in parts) == total


def test_agencies_without_people_are_apart(made: Platform) -> None:
    assert made.query(f"""
        SELECT agencies, agencies_zero_population, violent, violent_zero_population, violent_rate FROM nibrs.county_crime_year
        WHERE data_year = {MADE} AND system = 'return_a' AND county_fips = '21111'
    """) == [(0, 1, None, raw_crimes(MADE_RETURN_A[4])[0], None)]


def test_zero_reports_alone_are_no_report_to_nibrs(made: Platform) -> None:
    """Durham's 900 people of an agency of zero reports are not covered, those of the agency with records are."""
    [(covered, people)] = made.query(f"""
        SELECT population_covered, people FROM nibrs.county_crime_year
        WHERE data_year = {MADE} AND system = 'nibrs' AND county_fips = '37063'
    """)
    # The people of Raleigh are those of Return A, as everywhere, apportioned by the header of NIBRS.
    assert (covered, people) == (750, 1650)


def test_too_few_months_withhold_the_rate(made: Platform) -> None:
    rows = made.query(f"""
        SELECT county_fips, completeness, months, violent IS NOT NULL, violent_rate, violent_estimated / violent::float,
            violent_rate_estimated IS NOT NULL
        FROM nibrs.county_crime_year
        WHERE data_year = {MADE} AND system = 'return_a' AND county_fips IN ('22001', '22023', '21001') ORDER BY 1
    """)
    assert rows == [
        ("21001", "ok", 12, True, pytest.approx(100_000 * raw_crimes(MADE_RETURN_A[0])[0] / 10_000), 1, True),
        ("22001", "partial", 9, True, None, pytest.approx(12 / 9), True),
        ("22023", "insufficient", pytest.approx(5, abs=0.01), True, None, None, False),
    ]


def test_a_year_without_estimates_has_counts_and_no_rate(
    without_estimates: dict[str, list[tuple[object, ...]]],
) -> None:
    [(populations, rates, counts)] = without_estimates["counties"]
    assert (populations, rates) == (0, 0)
    assert counts == 8
    assert without_estimates["new_york"] == [("in several counties, without people or estimates to apportion by", 1)]


def test_regions_and_peers_are_what_a_user_dropped(made: Platform) -> None:
    """Bedford city is counted in its county, so that the region B has one county; C is partial, and compared with A and B only."""
    rows = made.query(f"""
        SELECT region_id, counties, population, completeness, violent_rate FROM nibrs.region_crime_year
        WHERE data_year = {MADE} AND system = 'return_a' AND region_set = 'mine' ORDER BY 1
    """)
    assert [row[:4] for row in rows] == [("A", 1, 10_000, "ok"), ("B", 1, 600, "ok"), ("C", 2, 6000, "ok")]
    rates = [float(str(row[4])) for row in rows]
    scores = made.query(f"""
        SELECT region_id, is_peer, peers, score FROM nibrs.thriving_index_measure
        WHERE data_year = {MADE} AND system = 'return_a' AND peer_set = 'two' AND measure = 'violent crime' ORDER BY 1
    """)
    mean, deviation = statistics.fmean(rates[:2]), statistics.stdev(rates[:2])
    assert scores == [
        (region, region != "C", 2, pytest.approx(100 + 100 * (mean - rate) / deviation))
        for region, rate in zip("ABC", rates, strict=True)
    ]


def test_scores_of_peers_that_do_not_differ_are_100(made: Platform) -> None:
    """All NIBRS regions of the set are without data: no score, not 100; of equal rates 100."""
    assert made.query(f"""
        SELECT DISTINCT score, peers FROM nibrs.thriving_index_measure
        WHERE data_year = {MADE} AND system = 'nibrs' AND region_set = 'mine' AND peer_set = 'all regions'
    """) == [(None, 0)]


def test_a_refused_file_leaves_the_reference_tables_as_they_were(made: Platform) -> None:
    path = drop(made, "regions/wrong.csv", "region,county\nA,99999\n")
    definitions = build_definitions(made.settings)
    result = definitions.resolve_job_def("reference_tables").execute_in_process(raise_on_error=False)
    path.unlink()
    assert not result.success
    assert "wrong.csv:2" in str(result.get_step_failure_events()[0].step_failure_data.user_failure_data)
    assert made.query("SELECT count(*) FROM nibrs.region WHERE region_set = 'mine'") == [(5,)]
