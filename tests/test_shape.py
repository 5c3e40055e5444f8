"""The shape of the code: sizes, templates, what may stand where."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("config", "core", "stats", "reports", "alpha", "annotate", "abtest", "exchange", "scenarios", "benchmarks")
SOURCES = [path for name in PACKAGES for path in sorted((ROOT / name).rglob("*.py")) if "migrations" not in path.parts]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
DOORS = [
    path
    for path in SOURCES
    if {"views", "consumers", "api"} & {path.stem, path.parent.name}
    # What the API itself remembers; its doors are the other files there.
    and (path.parent.name, path.stem) != ("api", "idempotency")
]


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(("paths", "most"), [(SOURCES, 600), (TESTS, 800)], ids=["sources", "tests"])
def test_no_file_is_longer_than_it_may_be(paths, most):
    assert [name_of(path) for path in paths if len(path.read_text().splitlines()) > most] == []


def test_no_module_is_a_junk_drawer():
    drawers = {"utils", "helpers", "common", "mixins", "signals", "exceptions", "misc"}
    assert [name_of(path) for path in SOURCES if path.stem in drawers] == []


@pytest.mark.parametrize("path", DOORS, ids=name_of)
def test_views_and_consumers_ask_no_model_manager(path):
    tree = ast.parse(path.read_text())
    asked = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "objects"]
    assert asked == []


@pytest.mark.parametrize("path", [path for path in SOURCES if "api" in (path.stem, path.parent.name)], ids=name_of)
def test_no_serializer_takes_the_fields_of_a_model(path):
    named = [node.id for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)]
    attributes = [node.attr for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Attribute)]
    assert not {"ModelSerializer", "ModelViewSet", "GenericViewSet"} & {*named, *attributes}


def test_no_filter_takes_what_a_request_names():
    spread = re.compile(r"\.(filter|exclude|get|order_by)\(\*\*|Q\(\*\*")
    assert [name_of(path) for path in SOURCES if spread.search(path.read_text())] == []


def test_only_what_the_renderers_made_is_called_safe():
    # Foreign text as core.text cleaned it, and drawings as core.charts.svg rebuilt them.
    allowed = {ROOT / "templates" / "_text.html", ROOT / "templates" / "_picture.html"}
    assert [name_of(path) for path in TEMPLATES if "|safe" in path.read_text() and path not in allowed] == []


def test_a_fragment_stands_alone_and_a_page_extends():
    plain = {"base.html", "_plain.html"}
    wrong = []
    for path in TEMPLATES:
        text = path.read_text()
        page = not path.name.startswith("_") and "mail" not in path.parts and "django" not in path.parts
        if page and path.name not in plain and "{% extends" not in text:
            wrong.append(name_of(path))
        if path.name.startswith("_") and path.name not in plain and "{% extends" in text:
            wrong.append(name_of(path))
    assert wrong == []


def test_no_template_has_a_script_or_a_style_of_its_own():
    inline = re.compile(r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|hx-on", re.I)
    assert [name_of(path) for path in TEMPLATES if inline.search(path.read_text())] == []


def test_no_committed_requirement_names_an_index():
    named = re.compile(r"https?://|--(extra-)?index-url|--find-links")
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert locks
    assert [path.name for path in locks if named.search(path.read_text())] == []
