"""The rules of `rules.py` over the whole tree, and over templates and scripts; each catches a planted violation."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.security import rules

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(path.parent for path in ROOT.glob("*/__init__.py") if path.parent.name not in ("tests", "benchmarks"))
SOURCES = [path for one in PACKAGES for path in sorted(one.rglob("*.py")) if "migrations" not in path.parts]
SOURCES += [ROOT / "manage.py", ROOT / "requirements" / "install.py"]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SCRIPTS = sorted((ROOT / "static").rglob("*.js"))
# What answers a request: these find their object through an access function.
ENTRIES = {"views", "consumers", "api", "viewsets", "serializers", "endpoints", "context_processors", "shell"}
DOORS = [path for path in SOURCES if path.stem in ENTRIES or path.parent.name in ("views", "consumers")]

# Who may do what a rule forbids, and why. A file that needs it no longer fails, too.
EXCEPTIONS: dict[str, dict[str, str]] = {
    "lets_forgery_in": {"core/api/documents.py": "answers 404 to what no address of the API fits, whatever the method"},
    "spreads_names_into_a_lookup": {
        "core/jobs/heart.py": "values to write, named in the line above; nothing of a request",
        "core/jobs/running.py": "values to write, named by the callers in this module; nothing of a request",
    },
    "reaches_out": {
        "core/outbound/door.py": "the one door for calls to other hosts",
        "core/outbound/connecting.py": "opens that door's connections, to addresses that were checked",
        "core/outbound/streaming.py": "the same door for answers that come bit by bit",
        "core/endpoints/adapters/openai.py": "the library's requests, which go out through that door's client",
        "config/cluster/postmaster.py": "asks the private PostgreSQL of this checkout for a free port of this machine",
        "scenarios/web.py": "serves the demo on a socket that its parent has bound",
        "scenarios/serving.py": "binds the demo's port and waits for its own server's first answer",
    },
    "builds_a_statement": {
        "config/health.py": "a number of this module as the limit of a statement",
        "core/live/listener.py": "the channel's name, a constant of this module",
        "annotate/selectors/comparisons.py": "table and column named in this module: no parameter can be one",
        "abtest/adding.py": "names of temporary tables and queries of this module: no parameter can be one",
        "abtest/recounting.py": "names of temporary tables and queries of this module: no parameter can be one",
        "reports/reading/moment.py": "ways of the planner, named in this module",
        "reports/drift/taking.py": "names of temporary tables and queries of this module: no parameter can be one",
    },
}

PLANTED = {
    "asks_a_manager": ["Comparison.objects.all()", "Campaign._default_manager.get(pk=1)"],
    "spreads_names_into_a_lookup": [
        "Task.objects.filter(**request.GET.dict())",
        "Q(**given)",
        "tasks.exclude(**{name: value})",
        "tasks.order_by(*request.GET.getlist('order'))",
        "tasks.filter(state='open', **more)",
    ],
    "makes_markup": ["mark_safe(text)", "from django.utils.html import format_html", "safestring.SafeString(text)"],
    "lets_forgery_in": ["@csrf_exempt\ndef view(request): pass", "decorators.csrf.csrf_exempt(view)"],
    "unpacks_objects": ["import pickle", "from joblib import load", "numpy.load(path, allow_pickle=True)"],
    "runs_words": ["eval(text)", "exec(code)", "os.system('ls')", "subprocess.run(line, shell=True)"],
    "takes_every_field": ["class S:\n class Meta:\n  fields = '__all__'", "class S:\n class Meta:\n  exclude = ('a',)"],
    "reaches_out": [
        "import requests",
        "import urllib.request",
        "from http.client import HTTPSConnection",
        "from urllib import request",
        "import httpx2 as web",
        "from openai import AsyncOpenAI",
        "def late():\n import socket",
    ],
    "builds_a_statement": [
        "cursor.execute(f'SELECT {column}')",
        "cursor.execute('SELECT ' + column)",
        "cursor.execute('SELECT %s' % column)",
        "cursor.execute('SELECT {}'.format(column))",
        "Task.objects.raw(f'SELECT * FROM {table}')",
        "tasks.extra(where=[given])",
    ],
}
HARMLESS = """
import hashlib, json, subprocess
from urllib.parse import urlencode
from http import HTTPStatus
cursor.execute("SELECT 1 " "FROM t WHERE a = %s", [given])
tasks.filter(state="open", **{"overlap__gt": 1})
numpy.load(path, allow_pickle=False)
subprocess.run(["ls"], check=True)
dict(**more)
re.compile(words)
class Meta:
    fields = ["a", "b"]
"""


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def trees(name: str) -> list[tuple[str, ast.Module]]:
    paths = DOORS if name == "asks_a_manager" else SOURCES
    return [(str(path.relative_to(ROOT)), parsed(path)) for path in paths]


@pytest.mark.parametrize("name", PLANTED)
def test_no_source_breaks_the_rule(name: str) -> None:
    rule: rules.Rule = getattr(rules, name)
    broken = {path: sorted(set(rule(tree))) for path, tree in trees(name)}
    broken = {path: lines for path, lines in broken.items() if lines}
    allowed = EXCEPTIONS.get(name, {})
    assert {path: lines for path, lines in broken.items() if path not in allowed} == {}
    assert set(allowed) - set(broken) == set(), "an exception that nobody needs any more"


@pytest.mark.parametrize(("name", "source"), [(name, one) for name, sources in PLANTED.items() for one in sources])
def test_the_rule_catches_what_is_planted(name: str, source: str) -> None:
    assert list(getattr(rules, name)(ast.parse(source)))


@pytest.mark.parametrize("name", [name for name in PLANTED if name != "asks_a_manager"])
def test_the_rule_lets_what_is_harmless_be(name: str) -> None:
    assert list(getattr(rules, name)(ast.parse(HARMLESS))) == []


def test_the_doors_are_found() -> None:
    found = {str(path.relative_to(ROOT)) for path in DOORS}
    assert {"annotate/views/rating.py", "annotate/consumers.py", "exchange/views/exports.py"} <= found


# Templates and scripts are read as text.
UNSAFE_MARKUP = re.compile(
    r"\|\s*safe(seq)?\b|{%\s*autoescape\s+off|<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=", re.I
)
FOREIGN_ADDRESS = re.compile(r"(?:src|href|action|hx-[a-z]+)\s*=\s*[\"']?(?:https?:)?//", re.I)
HTMX_CODE = re.compile(r"hx-on|hx-vals\s*=\s*[\"']\s*js:|hx-vars|hx-trigger\s*=\s*[\"'][^\"']*\[", re.I)
MARKUP_FROM_TEXT = re.compile(
    r"\.(inner|outer)HTML\s*\+?=|insertAdjacentHTML|document\.write|createContextualFragment|\.setHTMLUnsafe|srcdoc"
)
CODE_FROM_TEXT = re.compile(
    r"\beval\s*\(|\bnew Function\b|\bFunction\s*\(|set(?:Timeout|Interval)\s*\(\s*[\"'`]|import\s*\("
)
ELSEWHERE = re.compile(r"[\"'`](?:https?|wss?):?//|sendBeacon|new WebSocket\(\s*[\"'`]|document\.domain|postMessage")
FETCH = re.compile(r"\bfetch\s*\(\s*([^,)]+)")
# `fetch` takes an address that the server wrote into the page, never one that was put together from what people wrote.
FETCHED = {"url", "form.action"}

# Where what core.text and core.charts have made is put into a page.
FINISHED_MARKUP = {"templates/_text.html", "templates/_picture.html"}
TEXT_RULES = [
    (TEMPLATES, UNSAFE_MARKUP, FINISHED_MARKUP, "{{ text|safe }}"),
    (TEMPLATES, UNSAFE_MARKUP, FINISHED_MARKUP, "{% autoescape off %}"),
    (TEMPLATES, UNSAFE_MARKUP, FINISHED_MARKUP, '<p onclick="x()">'),
    (TEMPLATES, FOREIGN_ADDRESS, set(), '<script src="https://cdn.example/x.js">'),
    (TEMPLATES, HTMX_CODE, set(), "<b hx-on::load='x()'>"),
    (SCRIPTS, MARKUP_FROM_TEXT, set(), "node.innerHTML = text"),
    (SCRIPTS, MARKUP_FROM_TEXT, set(), "node.insertAdjacentHTML('beforeend', text)"),
    (SCRIPTS, CODE_FROM_TEXT, set(), "eval(text)"),
    (SCRIPTS, CODE_FROM_TEXT, set(), 'setTimeout("x()", 1)'),
    (SCRIPTS, ELSEWHERE, set(), 'fetch("https://evil.example")'),
]


@pytest.mark.parametrize(("paths", "pattern", "allowed", "planted"), TEXT_RULES, ids=[one[3] for one in TEXT_RULES])
def test_no_template_and_no_script_breaks_the_rule(
    paths: list[Path], pattern: re.Pattern[str], allowed: set[str], planted: str
) -> None:
    assert pattern.search(planted)
    found = {str(path.relative_to(ROOT)) for path in paths if pattern.search(path.read_text())}
    assert found == allowed


def test_a_script_fetches_only_what_the_page_names() -> None:
    fetched = {word.strip() for path in SCRIPTS for word in FETCH.findall(path.read_text())}
    assert fetched <= FETCHED
    assert FETCH.findall("fetch('/x?' + text)") == ["'/x?' + text"]


def test_a_page_of_parsed_text_is_read_and_never_run() -> None:
    """`DOMParser` makes an inert document; what is taken from it goes in as nodes."""
    for path in SCRIPTS:
        for line in path.read_text().splitlines():
            assert "parseFromString" not in line or '"text/html"' in line, f"{path.name}: {line.strip()}"
