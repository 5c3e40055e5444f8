import subprocess
import sys

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.text.cleaning import clean
from core.text.rendering import CAP, render
from tests.text import payloads
from tests.text.walking import complaints, words

FRAGMENTS = st.sampled_from(
    [
        *payloads.ALL,
        *"<>&\"'`*_[]()!#-+|~$\\{}=:/\n\t ",
        *("\n\n", "> ", "- ", "1. ", "```\n", "$$", "\\(", "\\)", "<b>", "</b>", "<math>", "<mtext>", "</math>"),
        *(
            "\u202e",
            "\u200d",
            "\u200b",
            "\ufe0f",
            "\U000e0041",
            "\x00",
            "\r",
            "👩",
            "ن",
            "é",
            "\ud800",
            "&#x202e;",
            "&amp;",
        ),
    ]
)
SOUP = st.lists(st.one_of(FRAGMENTS, st.text(max_size=6)), max_size=25).map("".join)


@pytest.mark.parametrize("payload", payloads.ALL)
def test_a_hostile_text_becomes_nothing_but_allowed_elements(payload: str) -> None:
    for text in (
        payload,
        f"> - {payload}",
        f"| {payload} |\n|---|\n",
        f"*a* {payload} `b`",
        f"[{payload}](https://a.b)",
    ):
        assert complaints(render(text)) == []


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SOUP)
@example("$\\text{</mtext>}$<mtext>")
def test_any_text_becomes_nothing_but_allowed_elements(text: str) -> None:
    html = render(text)
    assert complaints(html) == []
    assert clean(html) == html
    assert render(text) == html


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*payloads.MUTATIONS, *payloads.SCRIPTS, "<p>", "<math>", "<mi>", "</math>", "<td>"])))
def test_the_second_wall_holds_without_the_first(parts: list[str]) -> None:
    """Raw HTML straight into the cleaner, as if the parser had let it through."""
    html = clean("".join(parts))
    assert clean(html) == html
    assert not [line for line in complaints(html) if not line.startswith("element {http://www.w3.org/1999/xhtml}")]
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize(
    "attribute", ["title", "lang", "id", "name", "style", "href", "hx-get", "data-hx-get", "onclick", "dir"]
)
def test_the_second_wall_drops_every_attribute_that_is_not_named(attribute: str) -> None:
    for tag in ("p", "span", "code", "math", "mi", "td", "ol"):
        assert attribute not in clean(f'<{tag} {attribute}="1">x</{tag}>')


def test_markup_of_others_shows_as_text() -> None:
    assert words(render("<div hx-get=/x>hi</div>")).strip() == "<div hx-get=/x>hi</div>"


def test_a_link_shows_its_words_and_its_address_and_leads_nowhere() -> None:
    html = render('[the rules](https://example.org/a "Title")')
    assert words(html).strip() == "the rules ⟨https://example.org/a “Title”⟩"
    assert "href" not in html


def test_an_address_that_imitates_another_host_shows_its_true_letters() -> None:
    assert "xn--" in words(render("[x](https://аpple.com)"))
    assert "xn--" in words(render("<https://аpple.com>"))


def test_an_image_shows_as_words_and_is_not_fetched() -> None:
    html = render("![a chart](https://example.org/t.png)")
    assert words(html).strip() == "[image: a chart — https://example.org/t.png]"
    assert "src" not in html


def test_nothing_that_markdown_swallows_is_lost() -> None:
    assert "hidden words" in words(render("[//]: # (hidden words)\n\ntext"))
    assert "hidden words" in words(render("```python hidden words\nx\n```"))
    assert "hidden words" in words(render("<!-- hidden words -->"))


def test_headings_stay_below_those_of_the_page() -> None:
    html = render("# one\n## two\n### three\n\nfour\n===")
    assert html.count("<h4>") == 2
    assert "<h5>two</h5>" in html
    assert "<h6>three</h6>" in html


def test_code_is_coloured_by_classes_alone() -> None:
    html = render("```python\nfor x in y: pass\n```")
    assert '<span class="hl-k">for</span>' in html
    assert "style" not in html


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("$x^2$", "<msup>"),
        (r"\(x_1\)", "<msub>"),
        ("$$\n\\frac{a}{b}\n$$", "<mfrac>"),
        ("\\[\n\\sqrt{2}\n\\]", "<msqrt>"),
        ("so $$a<b$$ holds", "&lt;</mo>"),
    ],
)
def test_latex_becomes_mathml(text: str, element: str) -> None:
    assert element in render(text)


@pytest.mark.parametrize(
    "text", ["It costs $5 and $10.", "from $5-$10", "US$ 3 and AU$ 4", "$5/month, or US$", r"\$x\$", "a $ b", "$ x $"]
)
def test_money_stays_money(text: str) -> None:
    html = render(text)
    assert "<math" not in html
    assert "formula" not in html


def test_a_formula_that_cannot_be_read_shows_as_it_was_written() -> None:
    assert words(render(r"$\nosuchcommand{x}$")).strip() == r"$\nosuchcommand{x}$"
    assert words(render(r"\(\frac{\)")).strip() == r"\(\frac{\)"


def test_a_line_break_in_the_text_is_one_on_the_page() -> None:
    assert "<br>" in render("one\ntwo")


def test_a_text_over_the_cap_is_shown_as_it_was_written() -> None:
    text = "*a* <b>" * (CAP // 7 + 1)
    html = render(text)
    assert html.startswith('<pre class="plain"><code>*a* &lt;b&gt;')


def test_nesting_beyond_reason_is_shown_as_it_was_written() -> None:
    for text in ("> " * 300 + "deep", "".join(" " * (2 * i) + "- x\n" for i in range(300)) + "deep"):
        html = render(text)
        assert html.startswith('<pre class="plain">')
        assert "deep" in words(html)


def test_hidden_characters_show_in_text_code_and_addresses() -> None:
    for text in ("a\u202eb", "`a\u202eb`", "```\na\u202eb\n```", "$\\text{a\u202eb}$", "a&#x202e;b", "![a\u202eb](x)"):
        html = render(text)
        assert "\u202e" not in html
        assert "U+202E" in words(html)


PATHOLOGICAL = """
from core.text.rendering import render
fill = lambda s, n: (s * (n // len(s) + 1))[:n]
texts = [fill(s, 50_000) for s in (
    "a\\n===\\n", "[", "![", "*a **b *c ", "`a``", "<a:", "$a ", "\\\\(", "\\\\[ x\\n\\n", "- a\\n", "\u200ba",
)]
texts += [fill(s, 10_000) for s in (
    "[a](", "](x)", "*a ", "_a_", "`a", "<", "&", "~~a", "> ", "> - > - ", "# ", "\\n", " ", "$a$ ", "$$a ", "\\\\[\\n",
    "\\\\begin{", "\ufe0f", "\U000e0041", "👩\u200d", "|a|b|\\n|-|-|\\n", "```\\n", "~~~ x\\n", "[a]: b\\n", "<div>\\n",
    "\\\\\\n", "[a](b '", "[a](((((", "1) a\\n   ",
)]
texts += [fill("![", 9999) + fill("](x)", 9999), "|" + fill("a|", 10_000)
    + "\\n|" + fill("-|", 10_000) + "\\n" + "x\\n" * 100]
texts += ["$" + "{" * 1900 + "$", "$" + "\\\\sqrt{" * 300 + "}" * 300 + "$",
    "```perl\\n" + fill("s/a/", 19_000) + "\\n```"]
texts += ["".join("`" * i + " " for i in range(440)), "".join(" " * (2 * i) + "- a\\n" for i in range(300))]
for text in texts:
    render(text)
print(len(texts))
"""


def test_texts_made_to_be_slow_are_rendered_all_the_same() -> None:
    """Their time grows with their length; the limit is only there so that an endless one fails."""
    done = subprocess.run(
        [sys.executable, "-c", PATHOLOGICAL], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > 40
