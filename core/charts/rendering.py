"""From a specification to the SVG, on the server. Nothing is fetched: the data is in it, and no address is allowed."""

import json
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

from core.charts.svg import page_svg

VEGA_LITE = "6.4"


class FetchesData(ValueError):
    """A specification names an address. A figure's data is in it."""


def svg_of(spec: Mapping[str, Any], label: str) -> str:
    """The SVG of a specification, named by `label`; the same one again is not drawn again.

    Raises FetchesData if the specification names an address, NotDrawn if it uses what the theme has not.
    """
    if "url" in _keys(spec):
        raise FetchesData("a figure's data is in its specification")
    return _drawn(json.dumps(spec, sort_keys=True, ensure_ascii=False), label)


@lru_cache(maxsize=500)
def _drawn(spec: str, label: str) -> str:
    return page_svg(_renderer().vegalite_to_svg(spec, vl_version=VEGA_LITE, allowed_base_urls=[]), label)


@cache
def _renderer() -> ModuleType:
    # A second and some memory to load, which only who draws should pay.
    import vl_convert

    return vl_convert


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _keys(inner)
