"""The dashboard in a real browser, over a real warehouse, against numbers that were put into the files by hand."""

import csv
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import dash
import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from nibrs_assets.dashboard import queries as asked
from nibrs_assets.dashboard.app import create_app
from nibrs_assets.dashboard.queries import NothingLoadedError, Queries, Value
from nibrs_assets.dashboard.questions import parameters_of, questions
from nibrs_assets.warehouse.load import Warehouse
from nibrs_assets.warehouse.roles import READER
from nibrs_assets_tests.support.dashboard import (
    ASSAULTS,
    ELSEWHERE,
    GONE,
    HOSTILE,
    INCLUDED,
    NEW,
    OLD,
    PEER,
    REPORTED,
    SCRIPT,
    TOWN,
    ZEROS,
    Dashboard,
    dashboard_at,
)
from nibrs_assets_tests.support.pipeline import Platform, platform_at
from nibrs_assets_tests.support.return_a import slice_of, zoned
from nibrs_assets_tests.support.return_a_agencies import DATA_RECORD

expect.set_options(timeout=20_000)

AGENCY = f"/agency/{TOWN}?year={NEW}&offense=aggravated_assault&system=nibrs_as_summary"
CLEARANCE = "/clearance?task=all&split=time&attribute=state&at=0.3"
PAGES = (
    "/",
    "/?q=town",
    AGENCY,
    f"/compliance?year={NEW}",
    f"/compliance?year={NEW}&state=AK",
    f"/places?year={NEW}",
    f"/places?year={NEW}&level=county&state=AK",
    CLEARANCE,
    "/about",
    "/agency/XX99999",
)
_PARAMETERS: dict[str, Value] = {
    "years": [OLD, NEW], "year": NEW, "before": OLD, "ori7": TOWN, "state": "AK", "offense": "violent", "system": "return_a",
    "population_group": "6", "region_set": "regions_54", "name": "%", "ori": "AK%", "offset": 0, "population": 10000,
    "task": "all", "split": "time", "attribute": "state", "at": "0.3", "plot": "auc",
}  # fmt: skip


def open_page(page: Page, dashboard: Dashboard, address: str) -> None:
    page.goto(dashboard.url + address)
    expect(page.locator("h1")).to_be_visible()


def plotted(page: Page, card: str) -> list[dict[str, object]]:
    """What the chart of a card draws, as the browser has it."""
    page.wait_for_selector(f"#{card} .js-plotly-plot .main-svg")
    found: list[dict[str, object]] = page.evaluate(
        f"document.querySelector('#{card} .js-plotly-plot').data.map(d => ({{name: d.name, x: d.x, y: d.y}}))"
    )
    return found


def test_an_agency_is_found_and_its_number_is_that_of_the_files(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "/")
    page.get_by_label("Find an agency").fill("town of sn")
    page.get_by_role("link", name="Town Of Snow").click()
    expect(page.locator("h1")).to_have_text("Town Of Snow")
    page.get_by_label("Offense", exact=True).select_option(label="Aggravated assault")
    expect(page.locator("#headline")).to_contain_text("Aggravated assault")
    tile = page.locator(".tile", has_text="Aggravated assault").first.locator(".big")
    expect(tile).to_have_text(str(sum(ASSAULTS.values())))
    by_sql = dashboard.query(
        f"SELECT sum(actual) FROM nibrs.agency_offense_month_srs WHERE ori = '{TOWN}00' AND offense = 'aggravated_assault'"
    )
    assert by_sql == [(sum(ASSAULTS.values()),)]


def test_another_year_and_system_are_another_number_and_address(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, AGENCY)
    page.get_by_label("Year", exact=True).select_option(label=str(OLD))
    expect(page.locator(".notice").first).to_contain_text(f"{OLD}: reported 12 of 12 months")
    assert f"year={OLD}" in page.url
    # Return A says it by its bytes: aggravated assault is all assault without simple assault.
    total = sum(_written(month, "assault_total") - _written(month, "assault_simple") for month in range(1, 13))
    expect(page.locator(".tile .big").nth(2)).to_have_text(f"{total:,}")
    page.go_back()
    expect(page.locator(".notice").first).to_contain_text(f"{NEW}: reported {REPORTED} of 12 months")


def _written(month: int, field: str) -> int:
    return zoned(DATA_RECORD[slice_of(month, f"actual_{field}")].decode("latin-1"))[0] or 0


def test_missing_months_are_gaps_and_zeros_are_zeros(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, AGENCY)
    missing = "3 of 12 months not reported: Oct, Nov, Dec."
    expect(page.locator("#months-missing")).to_have_text(
        f"NIBRS, counted as Summary: {missing} Summary (Return A): {missing}"
    )
    nibrs = next(line for line in plotted(page, "months") if str(line["name"]).startswith("NIBRS"))
    assert nibrs["y"] == [ASSAULTS.get(month, 0) if month <= REPORTED else None for month in range(1, 13)]
    [marks] = [line for line in plotted(page, "months") if line["name"] == "not reported"]
    assert marks["x"] == ["Oct", "Nov", "Dec"]
    page.locator("#calendar summary", has_text="Table").click()
    row = page.locator("#calendar tr", has=page.get_by_role("rowheader", name=str(NEW)))
    assert row.locator("td").all_inner_texts()[9:] == ["Missing"] * 3
    expect(page.locator(".tile .below").first).to_have_text("no rate")


def test_each_month_without_a_count_says_why(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, f"/agency/{INCLUDED}?year={NEW}&system=return_a&offense=robbery_total")
    expect(page.locator("#months-missing")).to_contain_text(
        "9 of 12 months not reported: Apr, May, Jun, Jul, Aug, Sep, Oct, Nov, Dec; "
        "1 of 12 months can't be read: Mar; Jan is counted in Feb."
    )
    marks = {line["name"]: line["x"] for line in plotted(page, "months")}
    assert (marks["can't be read"], marks["counted in another month"]) == (["Mar"], ["Jan"])
    expect(page.locator("#months-missing")).to_contain_text("NIBRS, counted as Summary: not in the file.")


def test_the_system_that_is_chosen_is_drawn_by_month(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, AGENCY.replace("nibrs_as_summary", "nibrs"))
    drawn = {line["name"]: line["y"] for line in plotted(page, "months")}
    assert drawn["NIBRS, all offenses of an incident"] == [
        ASSAULTS.get(month, 0) if month <= REPORTED else None for month in range(1, 13)
    ]
    assert "NIBRS, counted as Summary" not in drawn


def test_zero_reports_in_headers_alone_are_no_counts(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, f"/agency/{ZEROS}")
    expect(page.locator(".notice").first).to_contain_text(f"{OLD}: reported 12 of 12 months")
    open_page(page, dashboard, f"/agency/{ZEROS}?year={NEW}")
    expect(page.locator(".notice.warn")).to_have_text(
        f"{NEW}: its 12 months are zero reports in headers only; there are no records. "
        "There are no counts of its own in this year. "
    )
    expect(page.locator("#months-missing")).to_contain_text("12 of 12 months zero reports in the header only")
    expect(page.locator("#months-missing")).to_contain_text("Summary (Return A): not in the file.")


def test_unknowns_have_bars_of_their_own(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, AGENCY)
    people = {str(d["name"]): dict(zip(d["x"], d["y"], strict=True)) for d in plotted(page, "sex")}  # type: ignore[call-overload]
    assert people["Victims"] == {"Female": 2, "Male": 1, "Unknown": 0} | {
        k: 0 for k in people["Victims"] if k not in ("Female", "Male")
    }
    # The placeholder of the second incident is no offender; the arrestee's sex is not given.
    assert sum(people["Offenders"].values()) == 1
    assert people["Arrestees"]["Unknown"] == 1
    counts = dashboard.query(
        f"SELECT code, is_unknown, count FROM nibrs.agency_profile_year "
        f"WHERE ori = '{TOWN}00' AND characteristic = 'weapon' ORDER BY code"
    )
    assert counts == [("12", False, 1), ("95", True, 1)]


def test_a_chart_comes_as_csv_and_as_a_picture_and_tells_its_sql(
    page: Page, dashboard: Dashboard, tmp_path: Path
) -> None:
    open_page(page, dashboard, AGENCY)
    plotted(page, "months")
    with page.expect_download() as download:
        page.locator("#months").get_by_role("link", name="CSV").click()
    download.value.save_as(tmp_path / "months.csv")
    with (tmp_path / "months.csv").open(newline="") as file:
        rows = [
            row for row in csv.DictReader(file) if row["data_year"] == str(NEW) and row["system"] == "nibrs_as_summary"
        ]
    assert [row["actual"] for row in rows] == [str(ASSAULTS.get(m, 0)) if m <= REPORTED else "" for m in range(1, 13)]
    for card in ("months", "county"):
        page.wait_for_selector(f"#{card} svg")
        with page.expect_download() as download:
            page.locator(f"#{card}").get_by_role("button", name="PNG").click()
        download.value.save_as(tmp_path / f"{card}.png")
        assert (tmp_path / f"{card}.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    page.locator("#months .sql summary").click()
    shown = page.locator("#months .sql pre").inner_text()
    # What is shown is what one can run.
    assert len(dashboard.query(shown)) == 36


def test_an_address_says_all_that_is_shown(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, f"/agency/{TOWN}00?year={OLD}&system=return_a&offense=robbery_total#months")
    expect(page.locator("#months-title")).to_have_text(f"Robbery by month, {OLD}")
    for label, said in (("Year", str(OLD)), ("Offense", "Robbery"), ("Counted by", "Summary (Return A)")):
        assert page.get_by_label(label, exact=True).evaluate("s => s.selectedOptions[0].text") == said
    open_page(page, dashboard, f"/compliance?year={NEW}&state=AK")
    page.wait_for_selector("#months .heatmaplayer")
    page.get_by_label("State", exact=True).select_option(label="All states")
    expect(page.locator("#states")).to_be_visible()
    page.wait_for_selector("#states svg path")


def test_who_started_and_stopped_is_of_what_both_years_have(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, f"/compliance?year={NEW}&state=AK")
    rows = page.locator("#changes tbody tr")
    expect(rows).to_have_count(3)
    # NIBRS is there in the one year only, and starts nobody.
    assert {tuple(row.split("\t")[i] for i in (0, 1, 3, 4)) for row in rows.all_inner_texts()} == {
        (f"Gone City ({GONE})", "stopped", "12", "not in the file"),
        (f"Zero City ({ZEROS})", "stopped", "12", "not in the file"),
        (f"Held City ({INCLUDED})", "started", "not in the file", "3"),
    }
    for year, state in ((OLD, "AK"), (NEW, ELSEWHERE[:2])):
        open_page(page, dashboard, f"/compliance?year={year}&state={state}")
        expect(page.locator("#changes")).to_have_text("There is no earlier year of this state.")


def test_zero_reports_in_headers_alone_are_told_beside_shares(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, f"/compliance?year={NEW}&state=AK")
    expect(page.locator("#zeros")).to_contain_text(
        f"1 of the 2 agencies that reported to NIBRS in {NEW} in AK sent zero reports in headers only, and no record; "
        "1 of these sent nothing on Return A either."
    )
    open_page(page, dashboard, f"/compliance?year={OLD}&state=AK")
    expect(page.locator("#headline")).to_be_visible()
    assert page.locator("#zeros").count() == 0


def test_the_link_of_a_chart_holds_all_that_is_chosen_and_leads_to_it(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, f"/agency/{TOWN}")
    page.get_by_label("Offense", exact=True).select_option(label="Robbery")
    expect(page.locator("#months-title")).to_have_text(f"Robbery by month, {NEW}")
    link = page.locator("#hours").get_by_role("link", name="Link to")
    address = str(link.get_attribute("href"))
    assert address == f"/agency/{TOWN}?year={NEW}&system=nibrs_as_summary&offense=robbery_total#hours"
    open_page(page, dashboard, "/about")
    open_page(page, dashboard, address)
    expect(page.locator("#hours")).to_be_in_viewport()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(500)
    assert abs(page.locator("#hours").evaluate("e => e.getBoundingClientRect().top")) < 40
    for path in (f"/compliance?year={NEW}&state=AK", f"/places?year={NEW}&level=county"):
        open_page(page, dashboard, path)
        found = page.locator("a[aria-label^='Link to']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
        assert found
        assert all(str(to).startswith(path) for to in found)


def test_what_is_typed_is_in_the_address_and_found_again(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "/")
    page.get_by_label("Find an agency").fill("peer city")
    page.get_by_role("link", name="Peer City").click()
    expect(page.locator("h1")).to_have_text("Peer City")
    page.go_back()
    assert page.url.endswith("/?q=peer%20city")
    expect(page.get_by_role("link", name="Peer City")).to_be_visible()


def test_older_years_are_searched_while_there_is_room(filled: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    with Warehouse.of(filled.settings).running(READER) as url:
        app = create_app(url)
        [layout] = [p["layout"] for p in dash.page_registry.values() if p["path"] == "/"]
        with app.server.app_context():
            monkeypatch.setitem(layout.__wrapped__.__globals__, "_NEWEST", 1)
            found = str(layout(q="city"))
            assert "Peer City" in found
            assert "Gone City" in found
            assert "type more" not in found
            monkeypatch.setitem(layout.__wrapped__.__globals__, "most_rows", lambda name: 3)
            found = str(layout(q="city"))
            assert found.count("className='name'") == 2
            assert "the first 2; type more" in found
        app.server.config["NIBRS_QUERIES"].close()


@pytest.mark.parametrize(
    "ori", ["XX99999", "nonsense", "'; DROP TABLE nibrs.agency; --", "%", "<script>window.hit=1</script>"]
)
def test_an_ori_that_is_none_is_told(page: Page, dashboard: Dashboard, ori: str) -> None:
    open_page(page, dashboard, f"/agency/{quote(ori, safe='')}")
    expect(page.locator("h1")).to_have_text("No such agency")
    assert page.evaluate("window.hit") is None


@pytest.mark.parametrize(
    "words", ["<script>window.hit=1</script>", "';--", '"PD"', "%%", "__", "\\\\", "{{}}", "O'NEIL"]
)
def test_whatever_is_searched_for_is_words(page: Page, dashboard: Dashboard, words: str) -> None:
    open_page(page, dashboard, f"/?q={quote(words)}")
    wanted = [SCRIPT] if words.upper() in HOSTILE else []
    page.get_by_label("Find an agency").fill(words + " ")
    expect(page.locator("#found li")).to_have_count(len(wanted))
    if not wanted:
        expect(page.locator("#found")).to_contain_text(f"“{words}”")
    assert page.evaluate("window.hit") is None


def test_a_name_with_marks_is_text(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, f"/agency/{SCRIPT}")
    expect(page.locator("h1")).to_have_text(HOSTILE.title())
    assert page.locator("h1 b").count() == 0
    plotted(page, "peers")
    assert any(PEER in str(line["y"]) for line in plotted(page, "peers"))


@pytest.mark.parametrize("address", PAGES)
def test_no_page_keeps_anyone_out(page: Page, dashboard: Dashboard, address: str) -> None:
    open_page(page, dashboard, address)
    page.wait_for_load_state("networkidle")
    for scheme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": width, "height": 800})
        found = Axe().run(page).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
        # Charts follow the window when it has come to rest.
        too_wide = "document.documentElement.scrollWidth > window.innerWidth"
        for _ in range(100):
            if not page.evaluate(too_wide):
                break
            page.wait_for_timeout(100)
        assert not page.evaluate(too_wide)


def test_it_is_usable_by_keyboard(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("peer", delay=100)
    expect(page.get_by_role("link", name="Peer City")).to_be_visible()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark or light").press("Enter")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_model_of_clearance_is_shown_with_what_it_is_not_for(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, CLEARANCE)
    expect(page.locator("#main")).to_contain_text("Not for deciding which victim gets attention")
    [(auc, low, high)] = dashboard.query(
        "SELECT value, low, high FROM nibrs.clearance_metric WHERE (feature_set, model) = ('report', 'gradient_boosted_trees')"
    )
    expect(page.locator(".tile", has_text="Boosted trees")).to_contain_text(f"{auc:.3f}")
    expect(page.locator(".tile", has_text="Boosted trees")).to_contain_text(f"{low:.3f} to {high:.3f}")
    expect(page.locator(".tile", has_text="first day")).to_contain_text("75.0 %")
    known, leak = plotted(page, "quality")
    assert (known["x"], known["y"]) == ([0.72, 0.79], ["Base rate", "Boosted trees"])
    assert (leak["x"], leak["y"]) == ([0.88], ["Boosted trees"])
    assert [(bars["name"], bars["x"], bars["y"]) for bars in plotted(page, "audit")] == [
        ("Cleared", ["AK", "missing"], [0.2, None]),
        ("Mean probability", ["AK", "missing"], [0.25, 0.3]),
        ("Selected", ["AK", "missing"], [None, None]),
    ]
    # The plot of the card comes from the warehouse, and its script does not run.
    assert page.locator(".model-card img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 40
    expect(page.locator(".model-card h3")).to_have_text("Limits")


@pytest.mark.parametrize("year", ["²", "9" * 300, "-1", "2013.0"])
def test_a_year_that_is_none_is_not_shown(page: Page, dashboard: Dashboard, year: str) -> None:
    for address in (f"/agency/{TOWN}", "/places", "/compliance"):
        open_page(page, dashboard, f"{address}?year={quote(year)}&offset={quote(year)}")
        expect(page.locator("select option[selected], select").first).to_be_visible()
        expect(page.locator("h1")).not_to_contain_text("did not work")


def test_files_that_are_none_are_not_found(dashboard: Dashboard) -> None:
    for path in (
        "/csv/nothing.csv",
        "/csv/agency.csv",
        "/csv/states.csv?year=x",
        "/map/nothing.svg",
        "/map/agency.svg",
        "/map/clearance.svg?plot=none",
        "/map/clearance.svg?plot=%00",
        "/csv/search.csv?years=2013&ori=x&name=%5C",
        "/csv/search.csv?years=%C2%B2&ori=x&name=x",
    ):
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(dashboard.url + path)
        assert error.value.code == 404
    with urllib.request.urlopen(dashboard.url) as answer:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_every_question_is_answered_to_the_reader_who_may_not_write(filled: Platform) -> None:
    with Warehouse.of(filled.settings).running(READER) as url:
        queries = Queries(url)
        for name in questions():
            answer = queries.ask(name, **{key: _PARAMETERS[key] for key in parameters_of(name)})
            assert answer.columns
        with queries._connection() as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE nibrs.mine (i int)")
        queries.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("empty")) as platform:
        yield platform


def test_an_empty_warehouse_is_told_of(page: Page, empty: Platform) -> None:
    with dashboard_at(empty.settings) as url:
        for address in PAGES:
            page.goto(url + address)
            is_model = address == CLEARANCE
            expect(page.locator("h1")).to_have_text(
                "No model has been made yet" if is_model else "Nothing is loaded yet"
            )
            expect(page.locator("pre")).to_contain_text("make clearance" if is_model else "make run")


def test_answers_are_kept_until_tables_change(empty: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_STATE_HOLDS", -1)
    queries = Queries(empty.url)
    with psycopg.connect(empty.url, autocommit=True) as connection:
        with pytest.raises(NothingLoadedError):
            queries.ask("region_sets")
        connection.execute("CREATE TABLE nibrs.region AS SELECT 'one' AS region_set")
        assert queries.ask("region_sets").rows == (("one",),)
        assert queries.ask("region_sets") is queries.ask("region_sets")
        connection.execute("UPDATE nibrs.region SET region_set = 'changed in place'")
        until = time.monotonic() + 20  # Postgres counts what was written a second or so later
        while queries.ask("region_sets").rows != (("changed in place",),):
            assert time.monotonic() < until
            time.sleep(0.2)
        connection.execute("DROP TABLE nibrs.region")
        connection.execute("CREATE TABLE nibrs.region AS SELECT 'two' AS region_set")
        assert queries.ask("region_sets").rows == (("two",),)
        connection.execute("DROP TABLE nibrs.region")
    queries.close()
