"""Models of clearance on real years: labels against the FBI's own tables, features blind to what comes later, the same twice."""

import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import dagster as dg
import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from nibrs_assets.catalog.model import CLEARANCE, Table
from nibrs_assets.catalog.tables import clearance_tables, shipped_tables
from nibrs_assets.clearance import leak, models
from nibrs_assets.clearance.leak import OFFENDER, REPORT, TABLE_OF_SET, LeakError
from nibrs_assets.clearance.publish import Published, publish_models
from nibrs_assets.clearance.sample import Sample, reading, years_there
from nibrs_assets.clearance.study import AGENCY, TIME, Run, folds_of, refuse_telling, study
from nibrs_assets.clearance.tables import result_tables
from nibrs_assets.cli.main import main
from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.settings import Settings
from nibrs_assets.definitions import build_definitions
from nibrs_assets.engine.session import write_query, year_session
from nibrs_assets.fixed_width.segments import segment_names
from nibrs_assets.ingest.decoding import decode_to_lake
from nibrs_assets.lake.lake import Lake
from nibrs_assets.layouts.loader import shipped_layouts
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets.warehouse.roles import READER
from nibrs_assets_tests.support.handmade import Agency, arrestee, offense, property_, text_of, victim
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.samples import DATA, NIBRS, SAMPLE

YEARS = (2012, 2020)
FEW = (
    Run("all", "either", 180, TIME, REPORT),
    Run("all", "either", 180, AGENCY, REPORT),
    Run("all", "either", 180, TIME, OFFENDER),
)


def _needed() -> list[Table]:
    """The tables of clearance and all that is under them, each after what it reads."""
    tables = shipped_tables() | clearance_tables()
    names = list(clearance_tables())
    for name in names:
        names += [read for read in tables[name].query.tables if read not in names]
    return [table for name, table in tables.items() if name in names]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A home with all that the layer reads, of two years, and the layer; made without Dagster, which takes most of the time."""
    settings = {"NIBRS_INCIDENT_NUMBERS": "plain", "NIBRS_CLEARANCE_SAMPLE": "5000", "NIBRS_CLEARANCE_SEED": "3"}
    with platform_at(tmp_path_factory.mktemp("home"), **settings) as platform:
        for year in YEARS:
            with (SAMPLE / f"nibrs-{year}.zip").open("rb") as file:
                decode_to_lake(file, file.name, Lake.of(platform.settings), segment_names(NIBRS), year)
            for table in _needed():
                _make(Lake.of(platform.settings), platform.settings, table, year)
        yield platform


def _make(lake: Lake, settings: Settings, table: Table, year: int) -> None:
    with lake.staging() as folder:
        staged = folder / "table.parquet"
        with year_session(lake, shipped_layouts(), table, year, settings, folder) as connection:
            write_query(connection, table.query.sql, staged)
        lake.publish(staged, lake.path(table.layer, table.name, year))


@pytest.fixture(scope="module")
def lake(platform: Platform) -> Lake:
    return Lake.of(platform.settings)


@pytest.fixture(scope="module")
def sample(platform: Platform, lake: Lake) -> Sample:
    with reading(lake, YEARS, platform.settings) as reader:
        return reader.sample("all", 180, 5000, 3)


@pytest.fixture(scope="module")
def published(platform: Platform, lake: Lake) -> Published:
    return publish_models(lake, platform.settings, runs=FEW)


def rows(lake: Lake, name: str, year: int) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(lake.path(CLEARANCE, name, year)).to_pylist()
    return found


# The FBI's own tables of Illinois 2020


def _bundle(name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(DATA / "cde-IL-2020.zip") as archive, archive.open(f"{name}.csv") as file:
        return list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))


def _day(text: str) -> date:
    return datetime.strptime(text, "%d-%b-%y").date()  # noqa: DTZ007


def _last_months(incidents: list[dict[str, str]]) -> dict[str, int]:
    """The last month that each agency reported, by the FBI's own tables."""
    last: dict[str, int] = {}
    for row in incidents:
        last[row["AGENCY_ID"]] = max(last.get(row["AGENCY_ID"], 0), _day(row["INCIDENT_DATE"]).month)
    for row in _bundle("NIBRS_month"):
        if row["REPORTED_STATUS"] in ("I", "Z"):
            last[row["AGENCY_ID"]] = max(last.get(row["AGENCY_ID"], 0), int(row["MONTH_NUM"]))
    return last


def test_outcomes_are_those_of_the_fbis_own_tables(lake: Lake) -> None:
    against = {
        row["OFFENSE_TYPE_ID"]: (row["OFFENSE_CODE"], row["CRIME_AGAINST"]) for row in _bundle("NIBRS_OFFENSE_TYPE")
    }
    reported: set[str] = set()
    for row in _bundle("NIBRS_OFFENSE"):
        code, crime_against = against[row["OFFENSE_TYPE_ID"]]
        if crime_against in ("Person", "Property") and code != "280":
            reported.add(row["INCIDENT_ID"])
    arrests: dict[str, list[date]] = {}
    for row in _bundle("NIBRS_ARRESTEE"):
        arrests.setdefault(row["INCIDENT_ID"], []).append(_day(row["ARREST_DATE"]))
    incidents = _bundle("NIBRS_incident")
    last = _last_months(incidents)
    expected = {}
    for row in incidents:
        if row["INCIDENT_ID"] not in reported:
            continue
        day = _day(row["INCIDENT_DATE"])
        month = last[row["AGENCY_ID"]]
        shown = date(2021, 1, 1) if month == 12 else date(2020, month + 1, 1)
        by_arrest = [(arrest - day).days for arrest in arrests.get(row["INCIDENT_ID"], [])]
        is_exceptional = row["CLEARED_EXCEPT_ID"] in "12345"
        otherwise = [(_day(row["CLEARED_EXCEPT_DATE"]) - day).days] if is_exceptional else []
        found: list[bool | None] = []
        for horizon in (90, 180):
            known = shown - timedelta(days=1) - day >= timedelta(days=horizon)
            for days in (by_arrest, otherwise, by_arrest + otherwise):
                found.append(min(days, default=999) <= horizon if known else None)
        expected[int(row["INCIDENT_ID"])] = found
    incident = pq.read_table(lake.path("harmonized", "incident", 2020)).to_pylist()
    numbers = {row["incident_id"]: int(row["incident_number"], 36) for row in incident}
    names = [f"{outcome}_{horizon}" for horizon in (90, 180) for outcome in ("arrest", "exceptional", "either")]
    made = {numbers[row["incident_id"]]: [row[name] for name in names] for row in rows(lake, "incident_outcome", 2020)}
    assert made == expected
    either = [outcomes[5] for outcomes in expected.values()]
    assert (len(either), either.count(True), either.count(False)) == (11_608, 1_832, 5_441 - 1_832)


# By hand


@pytest.fixture(scope="module")
def by_hand(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, object]]]:
    """The tables of a year of a few incidents, in their order."""
    whole, stops, none = (
        Agency("AK0010000", 2021),
        Agency("AK0020000", 2021, "D" * 6 + "N" * 6),
        Agency("AK0030000", 2021),
    )
    person, burglary = victim("13A"), offense("220", "C", entry="F")
    whole.incident(offense("13A"), victim("13A"), arrestee("20210401"), day="20210101")  # day 90
    whole.incident(offense("13A"), victim("13A"), arrestee("20210402"), day="20210101")  # day 91
    whole.incident(
        offense("13A"), victim("13A"), arrestee("20210702"), arrestee("20210630"), day="20210101"
    )  # first: day 180
    whole.incident(offense("13A"), victim("13A"), arrestee("20210701"), day="20210101")  # day 181
    whole.incident(offense("13A"), victim("13A"), day="20210101", cleared="D", cleared_on="20210101")  # day 0
    whole.incident(offense("13A"), victim("13A"), day="20210101", cleared="A")  # no date
    whole.incident(offense("13A"), victim("13A"), arrestee("20211002"), day="20211002")  # 90 days left
    whole.incident(offense("13A"), victim("13A"), arrestee("20211003"), day="20211003")  # 89 days left
    whole.incident(
        burglary,
        offense("13A", "A", "12"),
        offense("35A"),
        person,
        property_("7", "20", "000000300"),
        property_("7", "13", "000000700"),
        property_("5", "13", "000000700", recovered="20210105"),
        property_("6", "10", ""),
        property_("4", "29", "000000040"),
        arrestee("20210105"),
        day="20210104",
        is_report_date=True,
    )
    whole.incident(offense("35A"), arrestee("20210101"), day="20210101")  # known by the arrest
    whole.incident(offense("280"), arrestee("20210101"), day="20210101")  # the same
    stops.incident(offense("23C"), arrestee("20210301"), day="20210301")  # to 30 June: 121 days
    none.incident(offense("23C"), day="20210101")
    lake = Lake.at(str(tmp_path_factory.mktemp("by_hand")))
    decode_to_lake(io.BytesIO(text_of(whole, stops, none)), "2021.txt", lake, segment_names(NIBRS), 2021)
    for table in _needed():
        _make(lake, platform.settings, table, 2021)
    return lambda name: rows(lake, name, 2021)


def test_outcomes_by_hand(by_hand: Callable[[str], list[dict[str, object]]]) -> None:
    names = ("arrest_90", "exceptional_90", "either_90", "arrest_180", "exceptional_180", "either_180")
    yes, no, unknown = True, False, None
    first_day = [row["is_open_after_first_day"] for row in by_hand("incident_outcome")]
    assert [tuple(row[name] for name in names) for row in by_hand("incident_outcome")] == [
        (yes, no, yes, yes, no, yes),
        (no, no, no, yes, no, yes),
        (no, no, no, yes, no, yes),
        (no, no, no, no, no, no),
        (no, yes, yes, no, yes, yes),
        (unknown,) * 6,
        (yes, no, yes, unknown, unknown, unknown),
        (unknown,) * 6,
        (yes, no, yes, yes, no, yes),
        (yes, no, yes, unknown, unknown, unknown),
        (no, no, no, no, no, no),
    ]
    assert first_day == [yes, yes, yes, yes, no, unknown, no, no, yes, no, yes]
    assert [row["agency_arrestees"] for row in by_hand("incident_outcome")] == [10] * 9 + [1, 0]
    assert [row["follow_up_days"] for row in by_hand("incident_outcome")][-3:] == [361, 121, 364]
    kinds = [(row["is_violent"], row["is_larceny"]) for row in by_hand("incident_outcome")]
    assert kinds == [(yes, no)] * 9 + [(no, yes)] * 2


def test_features_by_hand(by_hand: Callable[[str], list[dict[str, object]]]) -> None:
    features = by_hand("incident_feature")[8]
    expected = {
        "main_offense": "13A",
        "offenses": 2,
        "has_completed": True,
        "method_of_entry": "F",
        "weapon": "12",
        "persons": 1,
        "other_victims": 0,
        "victim_kind": "I",
        "stolen_value": 1000.0,
        "damaged_value": 40.0,
        "stolen_property": "13",
        "weekday": 1,
        "month": 1,
        "is_report_date": True,
    }
    assert {name: features[name] for name in expected} == expected
    assert len(by_hand("incident_feature")) == 11
    group = by_hand("incident_audit_group")[8]
    assert [group[name] for name in ("victim_race", "victim_sex", "victim_age", "victim_ethnicity")] == [
        "missing",
        "female",
        "30 to 44",
        "missing",
    ]
    assert by_hand("incident_audit_group")[10]["victim_race"] == "no person"


def test_agencies_without_arrestees_are_left_out_and_listed(platform: Platform, lake: Lake) -> None:
    with_arrestees = {
        row["ori"] for year in YEARS for row in pq.read_table(lake.path("harmonized", "arrestee", year)).to_pylist()
    }
    with reading(lake, YEARS, platform.settings) as reader:
        listed = reader.agencies_left_out()
        flow = {row["data_year"]: row for row in reader.flow()}
        everything = reader.sample("all", 90, 1_000_000, 0)
    assert listed == [
        {"data_year": 2012, "ori": "LA0100500", "incidents": 2},
        {"data_year": 2020, "ori": "IL1011300", "incidents": 1},
    ]
    assert not {row["ori"] for row in listed} & with_arrestees
    assert set(everything.rows["ori"].to_pylist()) <= with_arrestees
    for row in flow.values():
        assert row["reported"] == row["without_arrestees"] + row["undated"] + row["short_90"] + row["used_90"]
        assert row["reported"] == row["without_arrestees"] + row["undated"] + row["short_180"] + row["used_180"]
    assert len(everything) == sum(row["used_90"] for row in flow.values())
    assert flow[2020]["incidents"] == 12_450


# What was not known


def _without(name: str, table: pa.Table) -> pa.Table:
    """A harmonized table with all gone that the report does not know."""
    if name in ("arrestee", "offender", "victim_offender"):
        return table.slice(0, 0)
    blank = {
        "incident": ("cleared_exceptionally", "exceptional_clearance_date", "total_"),
        "property": ("date_recovered", "number_recovered_vehicles"),
        "offense": ("bias_motivation",),
        "victim": (
            "victim_race",
            "victim_sex",
            "victim_age",
            "victim_ethnicity",
            "victim_resident",
            "officer_",
            "justifiable",
        ),
    }
    if name == "property":
        table = table.filter(pc.invert(pc.is_in(table["property_loss_type"], pa.array(["5", "6"]))))
    for index, field in enumerate(table.schema):
        if field.name.startswith(blank.get(name, ("-",))):
            table = table.set_column(index, field, pa.nulls(len(table), field.type))
    return table


def test_features_are_blind_to_what_comes_after_the_report(platform: Platform, lake: Lake, tmp_path: Path) -> None:
    """The same file without arrests, clearances, recovered and seized property, offenders and who the victims are."""
    blinded = Lake.at(str(tmp_path / "lake"))
    for table in _needed():
        if table.layer == "harmonized":
            target = Path(blinded.path(table.layer, table.name, 2020))
            target.parent.mkdir(parents=True)
            whole = pq.read_table(lake.path(table.layer, table.name, 2020))
            pq.write_table(_without(table.name, whole), target)

    def made(name: str) -> pa.Table:
        _make(blinded, platform.settings, clearance_tables()[name], 2020)
        return pq.read_table(blinded.path(CLEARANCE, name, 2020))

    features = made(TABLE_OF_SET[REPORT])
    assert features.equals(pq.read_table(lake.path(CLEARANCE, TABLE_OF_SET[REPORT], 2020)))
    assert len(features) == 11_608
    # And it is so that the rest would have been told.
    assert pc.sum(made("incident_outcome")["either_90"]).as_py() == 0
    assert set(made(TABLE_OF_SET[OFFENDER])["offenders"].to_pylist()) == {None}


def test_a_feature_that_alone_tells_the_outcome_stops_the_models(
    platform: Platform, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The arrest date, planted in what the models read, past the lists: the day it is, in place of the hour."""
    query = Path(models.__file__).with_name("sample.sql").read_text()
    assert "feature.*," in query
    planted = query.replace(
        "feature.*,", "feature.* REPLACE (coalesce(outcome.days_to_arrest, 9999)::SMALLINT AS hour),"
    )
    read_text = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda self, **given: planted if self.name == "sample.sql" else read_text(self, **given)
    )
    with reading(lake, YEARS, platform.settings) as reader, pytest.raises(LeakError, match=r"^hour alone tells"):
        study(reader, 5000, 3, lambda _: None, FEW)


def test_a_column_that_nobody_gave_a_reason_for_stops_the_models(
    platform: Platform, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = tuple(feature for feature in leak.features() if feature.column != "hour")
    monkeypatch.setattr(leak, "features", lambda: listed)
    with pytest.raises(LeakError, match=r"incident_feature: column hour is not in feature.csv"):
        publish_models(lake, platform.settings, runs=FEW)


def test_the_alarm_is_of_the_report_only() -> None:
    row = {"column": "offenders", "feature_set": OFFENDER, "auc_alone": 0.99}
    refuse_telling([row])
    with pytest.raises(LeakError):
        refuse_telling([{**row, "feature_set": REPORT}])


def test_outcomes_drawn_by_lot_can_not_be_predicted(sample: Sample) -> None:
    """A base rate that had seen the outcome it is a feature for would find something."""
    lot = (np.random.default_rng(1).random(len(sample)) < 0.25).astype(np.float64)
    learned, tested = np.arange(0, len(sample), 2), np.arange(1, len(sample), 2)
    fitted = models.fit(sample.take(learned), lot[learned], OFFENDER, 1, False)
    from sklearn.metrics import roc_auc_score

    for model, score in fitted.predict(sample.take(tested)).items():
        assert abs(roc_auc_score(lot[tested], score) - 0.5) < 0.05, model
        assert abs(score.mean() - 0.25) < 0.03, model


# Splits


def test_nothing_is_learned_of_what_was_not_known_when_the_test_began(sample: Sample) -> None:
    [(learned, tested)] = folds_of(FEW[0], sample, 0)
    assert set(sample.years[tested]) == {2020}
    assert set(sample.years[learned]) == {2012}
    began = (date(2020, 1, 1) - date(1970, 1, 1)).days
    assert max(sample.days[learned]) + 180 < began <= min(sample.days[tested])
    # The same of two years that follow each other: of the first, the half whose outcome was not known yet is not used.
    days = np.arange(date(2012, 1, 1).toordinal(), date(2014, 1, 1).toordinal())
    dates = [date.fromordinal(int(day)) for day in days]
    both = Sample(
        pa.table({"incident_date": dates, "data_year": [day.year for day in dates], "ori": ["A"] * len(days)})
    )
    [(learned, tested)] = folds_of(FEW[0], both, 0)
    assert max(dates[row] for row in learned) == date(2012, 7, 4)
    assert {dates[row].year for row in tested} == {2013}


def test_an_agency_is_tested_once_and_never_by_what_saw_it(sample: Sample) -> None:
    folds = list(folds_of(FEW[1], sample, 0))
    assert sorted(row for _, tested in folds for row in tested) == list(range(len(sample)))
    for learned, tested in folds:
        assert not set(sample.agencies[learned]) & set(sample.agencies[tested])


# What is kept and told


def test_the_same_seed_makes_the_same_bytes(platform: Platform, lake: Lake, published: Published) -> None:
    folder = Path(published.folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == {"model.json", "card.md", "auc.svg", "calibration.svg", "audit_groups.svg", "audit_rates.svg"}
    shutil.rmtree(folder)
    again = publish_models(lake, platform.settings, runs=FEW)
    assert {path.name: path.read_bytes() for path in Path(again.folder).iterdir()} == before
    assert again.rows == published.rows


def test_another_seed_is_another_version(platform: Platform, lake: Lake, published: Published) -> None:
    given = {"NIBRS_HOME": str(platform.settings.home), "NIBRS_CLEARANCE_SEED": "4", "NIBRS_CLEARANCE_SAMPLE": "5000"}
    other = publish_models(lake, Settings.from_environment(given), runs=FEW[:1])
    assert other.card["version"] != published.card["version"]
    written = [json.loads((Path(p.folder) / "model.json").read_bytes())["models"] for p in (published, other)]
    assert written[0] != written[1]


def test_the_stored_model_predicts_what_was_tested(published: Published, sample: Sample) -> None:
    text = (Path(published.folder) / "model.json").read_bytes()
    stored = models.read(text)["all"]
    [(_, tested)] = folds_of(FEW[0], sample, 3)
    scores = stored.predict(sample.take(tested))
    cleared = sample.flags("either")[tested]
    names = [column.name for column in result_tables()["clearance_metric"].columns]
    told = [dict(zip(names, row, strict=True)) for row in published.rows["clearance_metric"]]
    from sklearn.metrics import brier_score_loss, roc_auc_score

    for model in models.MODELS:
        of_model = {
            row["metric"]: row["value"]
            for row in told
            if (row["model"], row["split"], row["feature_set"]) == (model, TIME, REPORT)
        }
        assert of_model["auc"] == pytest.approx(roc_auc_score(cleared, scores[model]), abs=1e-12)
        assert of_model["brier"] == pytest.approx(brier_score_loss(cleared, scores[model]), abs=1e-12)


def test_leaking_fields_look_better_and_are_told_apart(published: Published) -> None:
    names = [column.name for column in result_tables()["clearance_metric"].columns]
    told = [dict(zip(names, row, strict=True)) for row in published.rows["clearance_metric"]]
    aucs = {(r["split"], r["feature_set"], r["model"]): r["value"] for r in told if r["metric"] == "auc"}
    assert aucs[TIME, OFFENDER, models.TREES] > aucs[TIME, REPORT, models.TREES] + 0.03
    assert 0.6 < aucs[AGENCY, REPORT, models.TREES] < 0.85
    assert {split for split, _, _ in aucs} == {TIME, AGENCY}
    assert "| all | later years |" in published.card["markdown"].split("What a leak would have looked like")[1]


@pytest.fixture(scope="module")
def materialized(platform: Platform, published: Published) -> Iterator[dg.ExecuteInProcessResult]:
    """The asset of the models, with few of the runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nibrs_assets.clearance.publish.publish_models", lambda *_: published)
        definitions = build_definitions(platform.settings)
        yield dg.materialize(
            definitions.assets or [],  # type: ignore[arg-type]
            selection=dg.AssetSelection.assets([CLEARANCE, "model_card"]),
            resources=definitions.resources,
        )


def test_the_card_is_in_the_ui_and_its_tables_are_for_readers(
    platform: Platform, published: Published, materialized: dg.ExecuteInProcessResult
) -> None:
    [event] = materialized.get_asset_materialization_events()
    card = event.materialization.metadata["card"].value
    assert isinstance(card, str)
    for said in ("**Intended:**", "**Prohibited:**", "deciding which victim", "What cannot hold together", "## Limits"):
        assert said in card
    assert "![" not in card
    with Warehouse.of(platform.settings).running(READER) as url, psycopg.connect(url) as connection:
        for name, expected in published.rows.items():
            [(count,)] = connection.execute(f"SELECT count(*) FROM nibrs.{name}").fetchall()
            assert count == len(expected) > 0, name
        groups = connection.execute(
            "SELECT DISTINCT attribute, group_name FROM nibrs.clearance_audit WHERE group_name IN ('missing', 'no person')"
        ).fetchall()
        assert {("victim_race", "missing"), ("victim_ethnicity", "missing"), ("victim_race", "no person")} <= set(
            groups
        )
        [(comment,)] = connection.execute("SELECT obj_description('nibrs.clearance_audit'::regclass)").fetchall()
        assert "widest" in comment
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM nibrs.clearance_metric")


def test_every_plot_is_told_in_words(published: Published) -> None:
    for plot in published.plots:
        assert plot["svg"].startswith("<?xml") and len(plot["alt"].split()) >= 20
        assert plot["alt"] in published.card["markdown"]


def test_the_assets_make_the_same_tables(platform: Platform, lake: Lake) -> None:
    before = {name: rows(lake, name, 2020) for name in clearance_tables()}
    definitions = build_definitions(platform.settings)
    result = dg.materialize(
        definitions.assets or [],  # type: ignore[arg-type]
        selection=dg.AssetSelection.assets(*([CLEARANCE, name] for name in before)),
        partition_key="2020",
        resources=definitions.resources,
    )
    assert {name: rows(lake, name, 2020) for name in before} == before
    assert [e.check_name for e in result.get_asset_check_evaluations() if not e.passed] == []


def test_a_years_run_makes_none_of_it(platform: Platform) -> None:
    definitions = build_definitions(platform.settings)
    for job in ("nibrs_year", "return_a_year", "both_systems_year"):
        keys = definitions.resolve_job_def(job).asset_layer.executable_asset_keys
        assert not [key for key in keys if key.path[0] == CLEARANCE or key.path[-1].startswith("clearance")]
    assert not [name for name in shipped_tables() if name in clearance_tables()]


def test_too_little_is_said(platform: Platform, lake: Lake) -> None:
    with (
        reading(lake, [2020], platform.settings) as reader,
        pytest.raises(NibrsError, match="too little to learn from"),
    ):
        study(reader, 5000, 3, lambda _: None, [FEW[0]])
    with pytest.raises(NibrsError, match="holds no year; run nibrs clearance"), reading(lake, [], platform.settings):
        pass


def test_the_command_says_what_is_wanting(tmp_path: Path) -> None:
    environment = {"NIBRS_HOME": str(tmp_path), "NIBRS_LAKE_URI": str(tmp_path / "lake"), "NIBRS_CLEARANCE_SAMPLE": ""}
    nothing = CliRunner().invoke(main, ["clearance"], env=environment)
    assert (nothing.exit_code, "holds no incidents of any year; nibrs run makes them" in nothing.output) == (1, True)
    for setting, value in (("NIBRS_CLEARANCE_SAMPLE", "0"), ("NIBRS_CLEARANCE_SEED", "-1")):
        wrong = CliRunner().invoke(main, ["clearance"], env={**environment, setting: value})
        assert (wrong.exit_code, f"{setting} is '{value}'; it takes" in wrong.output) == (1, True)


def test_years_are_those_with_all_tables(lake: Lake, hidden: Callable[[str], None]) -> None:
    assert years_there(lake) == list(YEARS)
    hidden(lake.path(CLEARANCE, "incident_outcome", 2012))
    assert years_there(lake) == [2020]


@pytest.fixture
def hidden() -> Iterator[Callable[[str], None]]:
    """Takes a file away until the test is over."""
    moved: list[Path] = []

    def hide(path: str) -> None:
        moved.append(Path(path).rename(f"{path}.away"))

    yield hide
    for path in moved:
        path.rename(path.with_suffix(""))
