"""Reading rendered HTML as a browser does, and complaining about everything that is not on the allow-list."""

from xml.etree.ElementTree import Element

import html5lib

from core.text.cleaning import CLASSES, HTML_TAGS, MATH_TAGS, VALUES

HTML = "{http://www.w3.org/1999/xhtml}"
MATH = "{http://www.w3.org/1998/Math/MathML}"


def _complaints(element: Element, in_math: bool) -> list[str]:
    tag = str(element.tag)
    if tag.startswith(MATH) and tag.removeprefix(MATH) in MATH_TAGS:
        bare = tag.removeprefix(MATH)
        in_math = True
    elif tag.startswith(HTML) and tag.removeprefix(HTML) in HTML_TAGS and not in_math:
        bare = tag.removeprefix(HTML)
    else:
        return [f"element {tag}"]
    found = []
    for name, value in element.items():
        if name == "class":
            found += [f"class {c} on {bare}" for c in value.split() if c not in CLASSES.get(bare, frozenset())]
        elif value not in VALUES.get(bare, {}).get(name, frozenset()):
            found.append(f"attribute {name}={value} on {bare}")
    for child in element:
        found += _complaints(child, in_math)
    return found


def read(html: str) -> Element:
    """The rendered fragment inside a div, parsed by html5lib."""
    document = html5lib.parse(f"<!doctype html><body><div>{html}</div>", namespaceHTMLElements=True)
    body = document.find(f"{HTML}body")
    assert body is not None
    # Whatever was rendered must stay inside of its div.
    assert len(body) == 1
    assert not (body[0].tail or "").strip()
    return body[0]


def complaints(html: str) -> list[str]:
    """What a browser would see in this HTML beyond the allow-list."""
    return [line for child in read(html) for line in _complaints(child, in_math=False)]


def words(html: str) -> str:
    """All text that the HTML shows."""
    return "".join(read(html).itertext())
