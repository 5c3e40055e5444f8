"""The one theme: what every picture of Plumbline has in common, as Vega-Lite configuration.

A specification carries the light colours as numbers, so that it can be opened anywhere; in the SVG each becomes the
variable of the same name, so that one SVG serves light and dark.
"""

from typing import Any

COLOURS = {
    "ink": "#1b1a17",
    "quiet": "#5c5850",
    "edge": "#87827a",
    "rule": "#d9d5ca",
    "correct": "#00695a",
    "sycophantic": "#9c4600",
    "cold": "#1f5c99",
}
"""The light side of the tokens in static/css/tokens.css; a test holds the two together."""

INK, QUIET, EDGE, RULE = (COLOURS[name] for name in ("ink", "quiet", "edge", "rule"))

FONT = "system-ui, sans-serif"
TEXT = 12
"""Points of all text: what a figure says is as legible as the table under it."""

WIDE, NARROW = 720, 344
"""The widths of a figure: of two columns of a page, and of one, which is also a phone's."""

# The signs of _mark.html as shapes of a point, in a square from -1 to 1.
SHAPES = {
    "correct": "M-.9,-.05L-.62,-.33L-.25,.12L.62,-.85L.92,-.58L-.22,.72Z",
    "sycophantic": (
        "M0,.85C-.75,.3,-1,-.1,-.9,-.45C-.75,-.85,-.25,-.9,0,-.5C.25,-.9,.75,-.85,.9,-.45C1,-.1,.75,.3,0,.85Z"
        "M-1,.9L.9,-1L1,-.9L-.9,1Z"
    ),
    "cold": "M0,-1L.87,-.5V.5L0,1L-.87,.5V-.5Z",
}

_AXIS = {
    "labelFontSize": TEXT,
    "titleFontSize": TEXT,
    "titleFontWeight": "normal",
    "labelColor": QUIET,
    "titleColor": QUIET,
    "domainColor": EDGE,
    "tickColor": EDGE,
    "gridColor": RULE,
    "labelFont": FONT,
    "titleFont": FONT,
}

CONFIG: dict[str, Any] = {
    "font": FONT,
    "background": "transparent",
    "aria": False,
    "padding": {"left": 4, "right": 8, "top": 2, "bottom": 4},
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisX": {"grid": True, "labelFlush": False, "labelOverlap": True},
    "axisY": {"grid": False, "ticks": False, "domain": False, "labelPadding": 8},
    "text": {"fontSize": TEXT, "font": FONT, "color": INK},
    "rule": {"color": INK, "strokeWidth": 1.5},
    "line": {"color": INK, "strokeWidth": 1.5},
    "point": {"filled": True, "opacity": 1, "color": INK},
    "bar": {"color": EDGE},
}
