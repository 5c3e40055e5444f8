"""LaTeX between `$…$`, `$$…$$`, `\\(…\\)` and `\\[…\\]`, as MathML that holds nothing but MathML and escaped text.

What cannot be converted is shown as it was written.
"""

import re
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

from core.text.cleaning import MATH_TAGS, VALUES
from core.text.invisible import reveal

FORMULA_CAP = 2_000
BODY_CAP = 40_000
DEPTH_CAP = 30

_PAIRS = (("$$", "$$"), ("\\[", "\\]"), ("\\(", "\\)"), ("$", "$"))
_WORDS = re.compile(r"[A-Za-z]{3,}")
_NESTERS = re.compile(r"\{|\\(?:sqrt|frac|left|begin|over|under|hat|bar|vec|[a-z]*frac)")


def _serialise(element: Element, depth: int = 0) -> str:
    if depth > DEPTH_CAP:
        raise ValueError("a formula nested too deeply")
    tag = element.tag if element.tag in MATH_TAGS else "mrow"
    allowed = VALUES.get(tag, {})
    attributes = "".join(
        f' {key}="{value}"' for key, value in sorted(element.items()) if value in allowed.get(key, frozenset())
    )
    # The converter writes operators as character references inside its text nodes.
    text = escape(unescape(element.text or ""), quote=False)
    inside = "".join(_serialise(child, depth + 1) for child in element)
    return f"<{tag}{attributes}>{text}{inside}</{tag}>"


def as_source(latex: str) -> str:
    """The formula as it was written, set as code."""
    return f'<code class="formula">{escape(latex, quote=False)}</code>'


def as_mathml(latex: str, *, display: bool) -> str | None:
    """MathML for a formula, or None where there is no sound conversion: the caller shows the source then."""
    if len(latex) > FORMULA_CAP or len(_NESTERS.findall(latex)) > 200:
        return None
    try:
        html = _serialise(convert_to_element(latex, display="block" if display else "inline"))
    except Exception:  # noqa: BLE001 - the converter raises IndexError, KeyError, RecursionError and its own, on bad input
        return None
    # An unknown command comes through as its own name: then the source reads better than half a conversion. A hidden
    # character is shown by a badge, which is HTML and may not stand in MathML.
    return None if re.search(r">\\[A-Za-z]", html) or reveal(html) != html else html


def _is_money(inner: str) -> bool:
    return inner[0].isdigit() and "\\" not in inner and bool(_WORDS.search(inner))


def _dollar_end(source: str, start: int, limit: int) -> int:
    """Where the formula that opens with the dollar at `start` ends; -1 if the dollar is only a dollar."""
    at = start + 1
    while True:
        at = source.find("$", at, min(limit, start + FORMULA_CAP))
        if at < 0:
            return -1
        if source[at - 1] != "\\":
            break
        at += 1
    inner = source[start + 1 : at]
    opens = bool(inner) and not inner[0].isspace() and not (start > 0 and source[start - 1].isalnum())
    closes = bool(inner) and not inner[-1].isspace() and not source[at + 1 : at + 2].isdigit()
    return at if opens and closes and "\n\n" not in inner and not _is_money(inner) else -1


def _inline_rule(state: StateInline, silent: bool) -> bool:
    source, start, limit = state.src, state.pos, state.posMax
    if source[start] not in "$\\":
        return False
    for opener, closer in _PAIRS:
        if not source.startswith(opener, start):
            continue
        if opener == "$":
            end = _dollar_end(source, start, limit)
        else:
            # The window keeps a body of unclosed openers from costing their number times its length.
            end = source.find(closer, start + 2, min(limit, start + FORMULA_CAP))
        inner = source[start + len(opener) : end] if end > 0 else ""
        if not inner.strip():
            return False
        if not silent:
            token = state.push("math_inline", "math", 0)
            token.content, token.markup = inner, opener
        state.pos = end + len(closer)
        return True
    return False


def _block_rule(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A formula with lines of its own, from a line that begins with `$$` or `\\[` to one that ends with its closer."""
    if state.is_code_block(start_line):
        return False
    begin = state.bMarks[start_line] + state.tShift[start_line]
    opener = state.src[begin : begin + 2]
    if opener not in ("$$", "\\["):
        return False
    closer = "$$" if opener == "$$" else "\\]"
    lines: list[str] = []
    for line in range(start_line, min(end_line, start_line + 100)):
        if line > start_line and state.sCount[line] < state.blkIndent:
            return False
        at = state.bMarks[line] + state.tShift[line] + (2 if line == start_line else 0)
        text = state.src[at : state.eMarks[line]].rstrip()
        if closer in text:
            if not text.endswith(closer) or text.index(closer) != len(text) - 2:
                return False
            lines.append(text[:-2])
            return _push_block(state, "\n".join(lines), opener, start_line, line + 1, silent)
        if not text and line > start_line:
            return False
        lines.append(text)
    return False


def _push_block(state: StateBlock, inner: str, opener: str, start: int, end: int, silent: bool) -> bool:
    if not inner.strip():
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.content, token.markup, token.map, token.block = inner, opener, [start, end], True
        state.line = end
    return True


def install(md: MarkdownIt) -> None:
    """Add the two rules to a parser. They go before `escape`, which would eat the backslash of `\\(`."""
    md.inline.ruler.before("escape", "math_inline", _inline_rule)
    md.block.ruler.before("fence", "math_block", _block_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
