"""The allow-list: the only HTML that foreign text can become.

The parser in front of it already escapes raw HTML. This second wall does not trust it, nor the highlighter, nor the
mathematics. There is no `a`, so nothing foreign can be followed; no `img`, so nothing is fetched; no `id`, `name`,
`style`, `href` or `hx-*`. From MathML come only the elements that hold nothing but MathML and text: `annotation-xml`,
`semantics`, `mglyph` and `malignmark` switch an HTML parser between languages and are the stuff of mutation attacks.
"""

import nh3
from pygments.token import STANDARD_TYPES

HIGHLIGHT_PREFIX = "hl-"
HIGHLIGHT_CLASSES = frozenset(HIGHLIGHT_PREFIX + short for short in STANDARD_TYPES.values() if short)
OWN_CLASSES = frozenset({"ghost", "link", "link-address", "image-note", "formula"})


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HTML_TAGS = _words("p br hr em strong s code pre blockquote ul ol li h4 h5 h6 table thead tbody tr th td span div")
MATH_TAGS = _words(
    """
    math mrow mi mo mn mtext ms mspace mfrac msqrt mroot msub msup msubsup munder mover munderover mmultiscripts
    mprescripts mtable mtr mtd mpadded mphantom mstyle
    """
)
TAGS = HTML_TAGS | MATH_TAGS

CLASSES: dict[str, frozenset[str]] = {
    "span": HIGHLIGHT_CLASSES | OWN_CLASSES,
    "code": frozenset({"formula"}),
    "pre": frozenset({"code", "plain"}),
    "div": frozenset({"code-info", "scroll"}),
    "th": frozenset({"al-left", "al-center", "al-right"}),
    "td": frozenset({"al-left", "al-center", "al-right"}),
}

_YES_NO = frozenset({"true", "false"})
VALUES: dict[str, dict[str, frozenset[str]]] = {
    "math": {"display": frozenset({"block", "inline"})},
    "mo": {
        "stretchy": _YES_NO,
        "fence": _YES_NO,
        "separator": _YES_NO,
        "largeop": _YES_NO,
        "movablelimits": _YES_NO,
        "form": frozenset({"prefix", "infix", "postfix"}),
    },
    "mi": {"mathvariant": frozenset({"normal"})},
    "mstyle": {"displaystyle": _YES_NO, "scriptlevel": frozenset("0123")},
    "mover": {"accent": _YES_NO},
    "munder": {"accentunder": _YES_NO},
    "mfrac": {"linethickness": frozenset({"0"})},
    "ol": {"start": frozenset(str(n) for n in range(1000))},
}

_cleaner = nh3.Cleaner(
    tags=set(TAGS),
    clean_content_tags={"script", "style", "title", "noscript", "template", "iframe", "object"},
    # Without a word about "*" the cleaner would let `title` and `lang` through on every element.
    attributes={"*": set()},
    tag_attribute_values={tag: {a: set(v) for a, v in values.items()} for tag, values in VALUES.items()},
    allowed_classes={tag: set(names) for tag, names in CLASSES.items()},
    url_schemes={"https", "mailto"},
    url_relative="deny",
    link_rel=None,
    generic_attribute_prefixes=None,
    strip_comments=True,
)


def clean(html: str) -> str:
    """The HTML with everything outside the allow-list removed; cleaning twice changes nothing more."""
    return _cleaner.clean(html)
