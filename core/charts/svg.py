"""The SVG that a page may hold: only drawing, in the page's colours, with a sentence for those who do not see it.

What comes in is our own renderer's work, what it draws are other people's words: whatever is not on the list is left
out, so that nothing in it can run, style or fetch.
"""

import re
from xml.etree import ElementTree

from core.charts.theme import COLOURS
from core.charts.words import plain

_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {f"{_SVG}{name}" for name in ("svg", "g", "path", "line", "rect", "text", "tspan")}
_ATTRIBUTES = {
    *("d", "x", "y", "x2", "y2", "dx", "dy", "width", "height", "viewBox", "transform"),
    *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-miterlimit"),
    *("opacity", "text-anchor", "font-size", "font-weight", "font-style"),
}
_VALUE = re.compile(r"[-+.,#%()\w\s]*")
_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d{3,}")
_VARIABLES = {value: f"var(--{name})" for name, value in COLOURS.items()}
_PLAIN = {"none", "transparent", "currentColor"}


class NotDrawn(ValueError):
    """The renderer's SVG is not what a figure of the theme can be."""


def page_svg(drawn: str, label: str) -> str:
    """The drawing as it may stand in a page, named by `label`. Raises NotDrawn for a colour not of the theme."""
    root = ElementTree.fromstring(drawn)  # noqa: S314  (our renderer's own)
    if root.tag != f"{_SVG}svg":
        raise NotDrawn(f"not an SVG: {root.tag}")
    kept = _kept(root)
    kept.set("class", "chart")
    kept.set("role", "img")
    kept.set("aria-label", plain(label))
    kept.set("xmlns", _SVG.strip("{}"))
    return ElementTree.tostring(kept, encoding="unicode")


def _kept(element: ElementTree.Element) -> ElementTree.Element:
    kept = ElementTree.Element(element.tag.removeprefix(_SVG))
    for name, value in element.attrib.items():
        if name not in _ATTRIBUTES or not _VALUE.fullmatch(value) or "url" in value.lower():
            continue
        kept.set(name, _coloured(value) if name in ("fill", "stroke") else _NUMBER.sub(_short, value))
    kept.text = element.text
    for child in element:
        if child.tag in _ELEMENTS and child.get("display") != "none" and not _is_empty(child):
            kept.append(_kept(child))
    return kept


def _is_empty(element: ElementTree.Element) -> bool:
    return element.get("class") == "background" or (element.tag == f"{_SVG}g" and len(element) == 0)


def _coloured(value: str) -> str:
    if value in _PLAIN:
        return value
    try:
        return _VARIABLES[value]
    except KeyError:
        raise NotDrawn(f"{value} is not a colour of the theme") from None


def _short(match: re.Match[str]) -> str:
    return f"{float(match[0]):.2f}"
