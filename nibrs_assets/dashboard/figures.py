"""Plotly figures as plain dictionaries. Colours are those of Okabe and Ito; what is not known is hatched."""

from collections.abc import Mapping, Sequence
from typing import Any

from nibrs_assets.dashboard.facts import Status

BLUE, ORANGE, GREEN, SKY, YELLOW = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#E69F00"
UNKNOWN = "#8c959f"
_INK, _LINE = "#57606a", "#d0d7de"
_FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif'

# Lines often lie upon each other, and colour alone should tell nothing.
_DASHES = {YELLOW: "dot", SKY: "dash"}
_SYMBOLS = {YELLOW: "diamond", SKY: "square"}

Figure = dict[str, Any]

LYING: Figure = {"tickformat": ",~r", "tickangle": 0, "nticks": 5}
"""The axis of values of bars that lie."""
TIGHT: Figure = {"l": 10, "r": 16, "t": 8, "b": 32}

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def figure(data: Sequence[Mapping[str, Any]], **layout: Any) -> Figure:
    """A Plotly figure of `data` in the style of the pages; `layout` overrides parts of it."""
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True, "linecolor": _LINE, "automargin": True}
    base: Figure = {
        "font": {"family": _FONT, "size": 13, "color": _INK},
        "margin": {"l": 44, "r": 12, "t": 30, "b": 32},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"bgcolor": "#1b1f24", "font": {"color": "#ffffff", "family": _FONT}, "bordercolor": "#1b1f24"},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "dragmode": False,
        "xaxis": axis,
        "yaxis": axis | {"showgrid": True, "gridcolor": _LINE, "rangemode": "tozero", "tickformat": ",~r"},
    }
    for name, value in layout.items():
        base[name] = {**base[name], **value} if isinstance(base.get(name), dict) and isinstance(value, dict) else value
    return {"data": list(data), "layout": base}


def line(x: Sequence[object], y: Sequence[object], name: str, colour: str, hollow: Sequence[bool] = ()) -> Figure:
    """A line with a gap wherever `y` is None; points that are `hollow` stand for less than the whole."""
    filled = [("rgba(255,255,255,0.85)" if h else colour) for h in hollow] if hollow else colour
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(x),
        "y": list(y),
        "name": name,
        "connectgaps": False,
        "line": {"color": colour, "width": 2.5, "dash": _DASHES.get(colour, "solid")},
        "marker": {
            "color": filled,
            "size": 8,
            "symbol": _SYMBOLS.get(colour, "circle"),
            "line": {"color": colour, "width": 2},
        },
        "hovertemplate": "%{x}: <b>%{y:,}</b><extra>" + name + "</extra>",
    }


def gap_marks(x: Sequence[object], name: str, said: Sequence[str], symbol: str) -> Figure:
    """Marks on the axis where there is no count; `said` is why, of each."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": list(x),
        "y": [0] * len(x),
        "name": name,
        "marker": {"symbol": symbol, "size": 9, "color": UNKNOWN, "line": {"color": UNKNOWN, "width": 2}},
        "text": list(said),
        "hovertemplate": "%{x}: %{text}<extra></extra>",
        "cliponaxis": False,
    }


def bars(
    labels: Sequence[str],
    values: Sequence[object],
    colour: str,
    unknown: Sequence[bool] = (),
    name: str = "",
    across: bool = False,
) -> Figure:
    """Bars, those of what is not known grey and hatched; `across`: they lie."""
    colours = [UNKNOWN if u else colour for u in unknown] if unknown else colour
    shapes = ["/" if u and v else "" for u, v in zip(unknown, values, strict=True)] if unknown else ""
    along, of = ("y", "x") if across else ("x", "y")
    return {
        "type": "bar",
        along: list(labels),
        of: list(values),
        "orientation": "h" if across else "v",
        "name": name,
        "marker": {"color": colours, "pattern": hatched(shapes), "cornerradius": 2},
        "hovertemplate": "%{" + along + "}: <b>%{" + of + ":,}</b><extra>" + name + "</extra>",
    }


def hatched(shapes: Sequence[str] | str) -> Figure:
    """White stripes over bars, where there is a shape."""
    return {"shape": shapes, "fillmode": "overlay", "solidity": 0.3, "fgcolor": "#ffffff"}


def break_lines(breaks: Sequence[tuple[int, str]], shift: float = -0.5) -> Figure:
    """Shapes and annotations of a layout: a dotted line where a series breaks."""
    return {
        "shapes": [
            {
                "type": "line",
                "xref": "x",
                "yref": "paper",
                "x0": year + shift,
                "x1": year + shift,
                "y0": 0,
                "y1": 1,
                "line": {"color": ORANGE, "width": 1.5, "dash": "dot"},
            }
            for year, _ in breaks
        ],
        "annotations": [
            {
                "xref": "x",
                "yref": "paper",
                "x": year + shift,
                "y": 1,
                "text": f"break {year} ",
                "showarrow": False,
                "xanchor": "right",
                "yanchor": "top",
                "font": {"size": 11},
            }
            for year, _ in breaks
        ],
    }


def calendar(rows: Sequence[str], statuses: Sequence[Sequence[str | None]], known: Mapping[str, Status]) -> Figure:
    """Cells of months by row, each in the colour of its status and with its letter, so that colour alone tells nothing."""
    codes = list(known)
    steps = len(codes)
    scale = []
    for place, status in enumerate(known.values()):
        scale += [[place / steps, status.colour], [(place + 1) / steps, status.colour]]
    return figure(
        [
            {
                "type": "heatmap",
                "x": list(MONTHS),
                "y": list(rows),
                "z": [[codes.index(s) + 0.5 if s else None for s in row] for row in statuses],
                "zmin": 0,
                "zmax": steps,
                "colorscale": scale,
                "showscale": False,
                "xgap": 2,
                "ygap": 2,
                "text": [[known[s].letter if s else "" for s in row] for row in statuses],
                "texttemplate": "%{text}",
                "textfont": {"color": "#1b1f24", "size": 11},
                "customdata": [[known[s].label if s else "no such file" for s in row] for row in statuses],
                "hovertemplate": "%{y}, %{x}: <b>%{customdata}</b><extra></extra>",
            }
        ],
        xaxis={"side": "top", "linecolor": "rgba(0,0,0,0)"},
        yaxis={
            "autorange": "reversed",
            "showgrid": False,
            "type": "category",
            "tickformat": "",
            "linecolor": "rgba(0,0,0,0)",
            "dtick": 1,
        },
        margin={"l": 44, "r": 8, "t": 28, "b": 8},
    )
