"""The Dash app: its frame, its pages (`pages/`, a module each), and what is served beside them: CSV files and maps."""

import csv
import functools
import io
from collections.abc import Callable, Iterator
from typing import Any

import dash
import flask
from dash import dcc, html
from dash.development.base_component import Component

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.dashboard.parts import attributes, notice
from nibrs_assets.dashboard.queries import AddressError, NothingLoadedError, Queries, read_parameters
from nibrs_assets.dashboard.questions import questions

_QUERIES = "NIBRS_QUERIES"
_INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{%title%}</title>
{%favicon%}
{%css%}
</head>
<body>
{%app_entry%}
<footer>{%config%}{%scripts%}{%renderer%}</footer>
</body>
</html>"""
# Nothing is loaded from elsewhere, and the browser sees to it. Plotly styles what it draws in place.
_POLICY = (
    "default-src 'self'; script-src 'self' {hashes}; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_MAPS: dict[str, Callable[..., str]] = {}

Layout = Callable[..., Component]


def queries() -> Queries:
    """The warehouse, as the app that serves the request knows it."""
    found: Queries = flask.current_app.config[_QUERIES]
    return found


def page(layout: Layout) -> Layout:
    """The layout of a page, which tells people what is wrong where the warehouse has nothing or can't be asked."""

    @functools.wraps(layout)
    def explained(**state: Any) -> Component:
        try:
            return layout(**{key: value for key, value in state.items() if isinstance(value, str)})
        except NothingLoadedError as error:
            return empty_page(str(error))
        except NibrsError as error:
            return html.Div([html.H1("That did not work"), notice(str(error).capitalize(), ".", kind="notice bad")])

    return explained


def empty_page(why: str = "") -> Component:
    """What is shown before any year was loaded."""
    return html.Div(
        [
            html.H1("Nothing is loaded yet"),
            html.P("The dashboard shows what is in the warehouse. Fill it, then come back:"),
            html.Pre(
                "make run                       # the sample years\nnibrs run 2019                 # a year of the raw folder"
            ),
            html.P(why, className="note") if why else None,
        ]
    )


def map_of(name: str) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Serves what the function returns, an SVG, at /map/<name>.svg; it takes the address's parameters as text."""

    def register(draw: Callable[..., str]) -> Callable[..., str]:
        _MAPS[name] = draw
        return draw

    return register


def create_app(url: str) -> dash.Dash:
    """The app over the warehouse at `url`. Nothing is asked before a page is."""
    app = dash.Dash(
        "nibrs_assets.dashboard.app",
        use_pages=True,
        title="Crime data you can follow",
        update_title="",
        suppress_callback_exceptions=True,
        index_string=_INDEX,
        serve_locally=True,
    )
    app.server.config[_QUERIES] = Queries(url)
    app.layout = _frame
    _serve_files(app)

    @functools.cache
    def policy() -> str:
        # Not before the first request: only then Dash has all of its own scripts.
        return _POLICY.format(hashes=" ".join(f"'{found.strip(chr(39))}'" for found in app.csp_hashes()))

    @app.server.after_request
    def secured(response: flask.Response) -> flask.Response:
        response.headers["Content-Security-Policy"] = policy()
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    # Dash sets itself up with the first request: here, so that all processes that are forked from this one are alike.
    app.server.test_client().get("/")
    return app


def _frame() -> Component:
    links = [
        ("/", "Agencies"),
        ("/compliance", "Reporting"),
        ("/places", "Places"),
        ("/clearance", "Clearance"),
        ("/about", "About the data"),
    ]
    return html.Div(
        [
            html.A("Skip to the content", href="#main", className="skip"),
            html.Header(
                [
                    dcc.Link("Crime data you can follow", href="/", className="brand"),
                    html.Nav([dcc.Link(text, href=to) for to, text in links], **attributes(aria_label="Pages")),
                    html.Button(
                        "Dark or light", type="button", className="theme", **attributes(data_theme_toggle="yes")
                    ),
                ],
                className="top",
            ),
            html.Main(dash.page_container, id="main", tabIndex=-1),
            html.Div(
                "Counts are what agencies reported to the FBI (NIBRS and Return A). What was not reported is a gap, never a zero.",
                className="foot",
                role="contentinfo",
            ),
        ]
    )


def _serve_files(app: dash.Dash) -> None:
    @app.server.get("/csv/<name>.csv")
    def csv_file(name: str) -> flask.Response:
        return _explained(lambda: _csv(name))

    @app.server.get("/map/<name>.svg")
    def map_file(name: str) -> flask.Response:
        return _explained(lambda: _map(name))


def _explained(respond: Callable[[], flask.Response]) -> flask.Response:
    try:
        return respond()
    except (KeyError, ValueError, TypeError, AddressError):
        return flask.Response("There is no such file.\n", 404, mimetype="text/plain")
    except NibrsError as error:
        return flask.Response(f"{error}\n", 503, mimetype="text/plain")


def _csv(name: str) -> flask.Response:
    if name not in questions():
        raise KeyError(name)
    answer = queries().ask(name, **read_parameters(name, flask.request.args))

    def lines() -> Iterator[str]:
        for row in (answer.columns, *answer.rows):
            line = io.StringIO()
            csv.writer(line).writerow(row)
            yield line.getvalue()

    headers = {"Content-Disposition": f"attachment; filename={name}.csv"}
    return flask.Response(lines(), mimetype="text/csv", headers=headers)


def _map(name: str) -> flask.Response:
    drawn = _MAPS[name](**flask.request.args.to_dict())
    return flask.Response(drawn, mimetype="image/svg+xml", headers={"Cache-Control": "max-age=60"})
