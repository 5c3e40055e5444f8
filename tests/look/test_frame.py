import re
from pathlib import Path
from types import SimpleNamespace

import html5lib
import pytest
from django import forms
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
HTML = "{http://www.w3.org/1999/xhtml}"
ERRORS = ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html", "503.html"]


class Everything(forms.Form):
    title = forms.CharField(help_text="Raters see it.")
    kind = forms.ChoiceField(widget=forms.RadioSelect, choices=[("a", "comparison")])
    ask = forms.BooleanField(required=False)


def page(context: dict[str, object]) -> str:
    """The bare frame with this shell, rendered without the context processors that would look into the database."""
    return str(get_template("base.html").template.render(_context(context)))  # type: ignore[attr-defined]


def _context(values: dict[str, object]) -> object:
    from django.template import Context

    return Context({"csrf_token": "token", **values})


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_needs_no_request_and_no_database(name: str) -> None:
    html = render_to_string(name)
    assert "<h1>" in html
    assert 'href="/"' in html


@pytest.mark.parametrize("name", ERRORS)
def test_a_page_has_no_inline_script_and_no_inline_style(name: str) -> None:
    assert inline(render_to_string(name)) == []


def inline(html: str) -> list[str]:
    """Everything that the content policy would refuse."""
    found = []
    for element in html5lib.parse(html).iter():
        tag = str(element.tag).removeprefix(HTML)
        if tag == "style" or (tag == "script" and "src" not in element.attrib):
            found.append(tag)
        found += [name for name in map(str, element.attrib) if name == "style" or re.match(r"on|hx-on", name)]
    return found


def test_the_frame_holds_to_the_content_policy() -> None:
    assert inline(page({})) == []


def test_the_frame_shows_the_way_for_a_member() -> None:
    project = SimpleNamespace(name="Warmth & light", slug="warmth", url="/p/warmth/")
    shell = SimpleNamespace(
        user="Maya", project=project, projects=[project], items=[SimpleNamespace(label="Jobs", url="/j/", current=True)]
    )
    html = page({"shell": shell})
    assert "Warmth &amp; light" in html
    assert '<a href="/j/" aria-current="page">Jobs</a>' in html
    assert "Maya" in html


def test_htmx_may_neither_evaluate_nor_remember_nor_leave() -> None:
    html = page({})
    for word in ('"allowEval":false', '"allowScriptTags":false', '"historyCacheSize":0', '"selfRequestsOnly":true'):
        assert word in html
    assert '"x-csrftoken": "token"' in html


def test_foreign_text_is_fenced_from_htmx() -> None:
    assert "hx-disable" in render_to_string("_text.html", {"html": "<p>x</p>"})


def test_only_the_fence_lets_html_through() -> None:
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text("utf-8")
        assert "autoescape off" not in text, template.name
        assert "safeseq" not in text, template.name
        # _picture.html shows drawings that core.charts.svg has rebuilt from a list of what draws.
        if template.name not in ("_text.html", "_picture.html"):
            assert not re.search(r"\|\s*safe\b", text), f"{template.name}: show foreign text by _text.html"


def test_a_field_says_what_is_wrong_and_ties_it_to_the_control() -> None:
    html = render_to_string("_form.html", {"form": Everything({"title": ""})})
    assert 'aria-invalid="true"' in html
    assert 'id="id_title_error"' in html
    assert "<legend>Kind</legend>" in html
    assert 'class="field field--check"' in html


def test_a_pager_keeps_the_query() -> None:
    from django.core.paginator import Paginator

    request = RequestFactory().get("/", {"family": "earth-age"})
    from django.template import RequestContext

    context = RequestContext(request, {"page": Paginator(range(50), 20).page(2)})
    html = str(get_template("_pager.html").template.render(context))  # type: ignore[attr-defined]
    assert "family=earth-age&amp;page=3" in html
    assert "21–40 of 50" in html
