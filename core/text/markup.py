"""Markdown to HTML, so that what was written is what is seen.

Nothing may hide from the reader, so what Markdown usually swallows is written out: addresses of links and images,
titles, the words after a code fence. Reference definitions are not a feature here: they stay the text that they are.
"""

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from core.text import mathematics
from core.text.cleaning import HIGHLIGHT_PREFIX

NESTING_CAP = 40
ADDRESS_CAP = 500
CODE_CAP = 20_000
CODE_LINE_CAP = 1_000
CODE_BODY_CAP = 100_000

# Lexers are long lists of regular expressions. Only those of languages that chat models write, on short lines.
_LANGUAGE_NAMES = """
bash sh shell zsh console powershell python python3 py pycon javascript js jsx typescript ts tsx json java kotlin scala
swift c cpp c++ csharp c# objective-c go rust ruby rb php perl lua r julia matlab haskell ocaml elixir erlang clojure
dart sql postgresql html xml css scss yaml yml toml ini dockerfile docker make makefile diff latex tex nginx graphql
fortran vbnet
"""
LANGUAGES = frozenset(_LANGUAGE_NAMES.split())
_HEADINGS = {"h1": "h4", "h2": "h5", "h3": "h6", "h4": "h6", "h5": "h6", "h6": "h6"}
_formatter: Any = HtmlFormatter(nowrap=True, classprefix=HIGHLIGHT_PREFIX)


class TooDeep(Exception):
    """The text nests quotes or lists deeper than is shown; the parser would have dropped what lies below."""


def _spend(env: EnvType, purse: str, amount: int, cap: int) -> bool:
    """Whether this body still affords the work: each body has a purse of characters for each costly thing."""
    env[purse] = env.get(purse, 0) + amount
    return bool(env[purse] <= cap)


def _colour(code: str, language: str, env: EnvType) -> str:
    plain = escape(code, quote=False)
    if language not in LANGUAGES or len(code) > CODE_CAP or max(map(len, code.split("\n"))) > CODE_LINE_CAP:
        return plain
    if not _spend(env, "code", len(code), CODE_BODY_CAP):
        return plain
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    return str(highlight(code, lexer, _formatter))


def _address(href: str, title: str) -> str:
    if len(href) > ADDRESS_CAP:
        href = f"{href[:ADDRESS_CAP]}… ({len(href)} characters)"
    return escape(f"{href} “{title}”" if title else href, quote=False)


def _fence(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[idx]
    info = token.info.strip()
    language = info.split(maxsplit=1)[0].lower() if info else ""
    caption = f'<div class="code-info">{escape(info, quote=False)}</div>\n' if info else ""
    return f'{caption}<pre class="code"><code>{_colour(token.content, language, env)}</code></pre>\n'


def _code_block(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return f'<pre class="code"><code>{escape(tokens[idx].content, quote=False)}</code></pre>\n'


def _link_open(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[idx]
    env.setdefault("links", []).append(
        (token.markup, str(token.attrs.get("href", "")), str(token.attrs.get("title", "")))
    )
    return '<span class="link">'


def _link_close(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    markup, href, title = env["links"].pop()
    if markup == "autolink":
        # `<https://…>` shows its address already, but decoded: the encoded one cannot imitate another host's letters.
        shown = tokens[idx - 1].content
        if shown == href or href == f"mailto:{shown}":
            return "</span>"
    return f'</span> <span class="link-address">⟨{_address(href, title)}⟩</span>'


def _image(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[idx]
    address = _address(str(token.attrs.get("src", "")), str(token.attrs.get("title", "")))
    # The label as its source, which is bounded; rendering nested labels again and again is not.
    alt = escape(token.content, quote=False)
    return (
        f'<span class="image-note">[image: {alt} — {address}]</span>'
        if alt
        else (f'<span class="image-note">[image: {address}]</span>')
    )


def _formula(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[idx]
    display = token.markup in ("$$", "\\[")
    closer = {"\\(": "\\)", "\\[": "\\]"}.get(token.markup, token.markup)
    html = None
    if _spend(env, "mathematics", len(token.content), mathematics.BODY_CAP):
        html = mathematics.as_mathml(token.content, display=display)
    html = html or mathematics.as_source(f"{token.markup}{token.content}{closer}")
    if token.type == "math_block":
        return f'<div class="scroll">{html}</div>\n'
    return html


def _table_open(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return '<div class="scroll"><table>\n'


def _table_close(self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
    return "</table></div>\n"


def _parser() -> MarkdownIt:
    md = MarkdownIt("js-default", {"html": False, "linkify": False, "breaks": True, "maxNesting": NESTING_CAP})
    md.disable("reference")
    mathematics.install(md)
    for name, rule in {
        "fence": _fence,
        "code_block": _code_block,
        "link_open": _link_open,
        "link_close": _link_close,
        "image": _image,
        "math_inline": _formula,
        "math_block": _formula,
        "table_open": _table_open,
        "table_close": _table_close,
    }.items():
        md.add_render_rule(name, rule)
    return md


_md = _parser()


def _outliner() -> MarkdownIt:
    md = _parser()
    md.core.ruler.enableOnly(["normalize", "block"])
    return md


_outline = _outliner()
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def block_starts(body: str) -> list[int]:
    """Where the blocks of the outermost level begin, as offsets of their first lines. Empty for a text without any."""
    try:
        tokens = _outline.parse(body, {})
    except RecursionError:
        return []
    offsets = [line.start() for line in _LINE.finditer(body)]
    lines = [token.map[0] for token in tokens if token.level == 0 and token.nesting >= 0 and token.map]
    return [offsets[line] for line in lines]


def _adjust(token: Token) -> None:
    if token.type in ("heading_open", "heading_close"):
        token.tag = _HEADINGS[token.tag]
    elif token.type in ("th_open", "td_open") and "style" in token.attrs:
        align = str(token.attrs.pop("style")).removeprefix("text-align:")
        token.attrs["class"] = f"al-{align}"


def to_html(body: str) -> str:
    """HTML for a Markdown text, not yet cleaned.

    Raises TooDeep where the nesting passes what is shown, and RecursionError where a stack would.
    """
    env: EnvType = {}
    tokens = _md.parse(body, env)
    for token in tokens:
        if token.level >= NESTING_CAP - 1:
            raise TooDeep
        _adjust(token)
    return str(_md.renderer.render(tokens, _md.options, env))
