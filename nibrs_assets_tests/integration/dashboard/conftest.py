"""A dashboard over a warehouse of a few agencies, and a browser to look at it with."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from nibrs_assets_tests.support.browser import executable
from nibrs_assets_tests.support.dashboard import Dashboard, dashboard_at, fill
from nibrs_assets_tests.support.pipeline import Platform, platform_at


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform_at(tmp_path_factory.mktemp("home")) as platform:
        fill(platform)
        yield platform


@pytest.fixture(scope="session")
def dashboard(filled: Platform) -> Iterator[Dashboard]:
    with dashboard_at(filled.settings) as url:
        yield Dashboard(url, filled.url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program, needs = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"], env={**os.environ, **needs}
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a browser of its own. Whatever it asks of another host fails the test, and so does an error of a script."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    elsewhere: list[str] = []
    errors: list[str] = []
    opened.on(
        "request",
        lambda r: None if r.url.startswith(("http://127.0.0.1", "data:", "blob:")) else elsewhere.append(r.url),
    )
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    context.close()
    assert not elsewhere
    assert not errors
