# ruff: noqa: E501  (scripts for the browser)
"""One walk over the gallery, with everything that is measured on each page; the tests read what was found.

axe sees about half of what the guidelines ask for; the scripts below measure some of the rest. Each returns lines.
"""

from collections import defaultdict
from typing import Any

from axe_playwright_python.sync_playwright import Axe

from tests.browser.gallery import Gallery, Visit, go, tour

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# 1280 by 1024 at 400 % and at 200 %.
ZOOMED = {"width": 320, "height": 256}, {"width": 640, "height": 512}

EVERYTHING = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# The levels of headings in foreign text are counted from the text's own first one, and begin below those of the page.
AXE = """options => axe.run(document, {resultTypes: ["violations"], ...options}).then(found => found.violations.map(one => ({...one,
    nodes: one.nodes.filter(node => one.id !== "heading-order" || !document.querySelector(node.target[0])?.closest(".reading"))}))
  .filter(one => one.nodes.length).map(one => `${one.id}: ` + one.nodes.map(node => node.target.join(" ") + " " + node.html.slice(0, 120)
    + " " + (node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? "")).slice(0, 3).join(" | ")))"""

CONTROLS = "\"a[href], button:not(:disabled), input:not([type=hidden]):not(:disabled), select, textarea, summary, [tabindex='0']\""

# 2.5.8: 24 by 24 CSS pixels, or a link within a sentence, or so far from the next one that it makes no difference.
SMALL_TARGETS = f"""() => {{
  const target = one => {{
    const label = one.matches("input[type=radio], input[type=checkbox]") ? one.closest("label") ?? one.labels?.[0] : null;
    return label ?? one;
  }};
  const within = document.querySelector("dialog:modal") ?? document;
  const all = [...new Set([...within.querySelectorAll({CONTROLS})].filter(one => one.tabIndex >= 0).map(target))]
    .filter(one => one.checkVisibility({{visibilityProperty: true, opacityProperty: true}}) && !one.closest("dialog:not([open])"))
    .map(one => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width && box.height);
  const small = all.filter(([, box]) => box.width < 23.9 || box.height < 23.9);
  const middle = box => [box.x + box.width / 2, box.y + box.height / 2];
  const near = (box, other) => {{
    const [x, y] = middle(box);
    const dx = Math.max(other.left - x, 0, x - other.right), dy = Math.max(other.top - y, 0, y - other.bottom);
    return Math.hypot(dx, dy) < 12;
  }};
  const inSentence = one => one.matches("a") && getComputedStyle(one).display === "inline" && one.closest("p, li, dd, td, th")
    && one.closest("p, li, dd, td, th").textContent.trim().length > one.textContent.trim().length;
  return small.filter(([one, box]) => !inSentence(one)
      && all.some(([other, there]) => other !== one && !other.contains(one) && !one.contains(other) && near(box, there)))
    .map(([one, box]) => `${{one.outerHTML.slice(0, 90)}} ${{Math.round(box.width)}}×${{Math.round(box.height)}}`);
}}"""

SIDEWAYS = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [`${document.documentElement.scrollWidth} px: ` + [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".table-wrap, .nav, .scroll"))
    .slice(0, 3).map(one => one.outerHTML.slice(0, 90)).join(" | ")]"""

# 2.4.7: what has the focus looks otherwise than what has not, by an outline that can be seen.
UNSEEN_FOCUS = f"""() => {{
  const found = [];
  const before = document.activeElement;
  for (const one of document.querySelectorAll({CONTROLS})) {{
    if (one.tabIndex < 0 || !one.checkVisibility({{visibilityProperty: true}}) || one.closest("dialog:not([open])")) continue;
    if (document.querySelector("dialog:modal") && !one.closest("dialog:modal")) continue;
    one.focus({{preventScroll: true}});
    if (document.activeElement !== one) continue;
    const near = [one, one.closest("label"), one.nextElementSibling, one.closest(".field, .q")].filter(Boolean);
    const seen = near.some(place => {{
      const style = getComputedStyle(place);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    }});
    if (!seen) found.push(one.outerHTML.slice(0, 100));
  }}
  before?.focus?.({{preventScroll: true}});
  return found.slice(0, 5);
}}"""

# 1.4.12, as the guideline words it; a constructed sheet, which the content policy lets be.
SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
CLIPPED = """() => [...document.querySelectorAll("body *")].filter(one => {
    const style = getComputedStyle(one);
    const hides = ["hidden", "clip"].includes(style.overflowX) || ["hidden", "clip"].includes(style.overflowY);
    if (!hides || style.clipPath !== "none" || style.textOverflow === "ellipsis" || !one.textContent.trim()) return false;
    return one.checkVisibility() && (one.scrollWidth > one.clientWidth + 2 || one.scrollHeight > one.clientHeight + 2)
      && !["auto", "scroll"].includes(style.overflowY);
  }).slice(0, 4).map(one => `${one.outerHTML.slice(0, 90)} ${one.scrollWidth}>${one.clientWidth}`)"""

# 1.3.1, 3.3.1: what is wrong with a field is tied to the field; 3.1.1 the language; 2.4.2 the title; one heading.
FRAME = """() => {
  const found = [];
  if (!document.documentElement.lang) found.push("no language");
  if (document.querySelectorAll("h1").length !== 1) found.push(`${document.querySelectorAll("h1").length} first headings`);
  if (!document.querySelector("main")) found.push("no main");
  for (const one of document.querySelectorAll("[aria-describedby], [aria-labelledby], [aria-controls]")) {
    for (const name of ["aria-describedby", "aria-labelledby", "aria-controls"]) {
      for (const id of (one.getAttribute(name) ?? "").split(/\\s+/).filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`${name}=${id} names nothing`);
      }
    }
  }
  for (const one of document.querySelectorAll("[aria-invalid=true]")) {
    const said = (one.getAttribute("aria-describedby") ?? one.closest("fieldset")?.getAttribute("aria-describedby") ?? "")
      .split(/\\s+/).map(id => document.getElementById(id)?.textContent ?? "").join("").trim();
    if (!said) found.push(`an error that is tied to nothing: ${one.outerHTML.slice(0, 90)}`);
  }
  for (const list of document.querySelectorAll(".errorlist")) {
    if (list.id && !document.querySelector(`[aria-describedby~="${list.id}"]`)) found.push(`${list.id} belongs to nothing`);
  }
  return found;
}"""

# 2.3.3 and the look's own promise: who asks for stillness gets it.
MOVING = """() => [...document.querySelectorAll("*")].filter(one => {
    const style = getComputedStyle(one);
    const longest = words => Math.max(...words.split(",").map(word => parseFloat(word) * (word.includes("ms") ? 1 : 1000)));
    return longest(style.transitionDuration) > 10 || (style.animationName !== "none" && longest(style.animationDuration) > 10);
  }).slice(0, 3).map(one => one.outerHTML.slice(0, 80))"""

# Where colours are taken away, what can be pressed keeps an edge, and what is chosen differs from what is not.
# A range draws its track and thumb itself, in the system's colours.
COLOURLESS = """() => [...document.querySelectorAll(".btn, input:not([type=hidden]):not([type=radio]):not([type=checkbox]):not([type=file]):not([type=range]), select")]
  .filter(one => one.checkVisibility() && !one.closest("dialog:not([open])")).filter(one => {
    const style = getComputedStyle(one);
    return style.borderStyle === "none" || parseFloat(style.borderWidth) < 1;
  }).slice(0, 3).map(one => one.outerHTML.slice(0, 90))"""


def inspect(gallery: Gallery) -> dict[str, list[str]]:
    """What each check found, as lines that begin with the visit's name; under "opening" what could not be opened."""
    found: dict[str, list[str]] = defaultdict(list)
    script = Axe().axe_script

    def look(page: Any, visit: Visit) -> None:
        def note(check: str, code: str, *given: Any, where: str = "") -> None:
            found[check] += [f"{visit.name}{where}: {line}" for line in page.evaluate(code, *given)]

        page.set_viewport_size(WIDE)
        # Without transitions: a colour on its way to another one would be measured half way.
        page.emulate_media(color_scheme="light", forced_colors="none", reduced_motion="reduce")
        go(gallery, page, visit)
        found["titles"].append(f"{visit.route} {page.title()}")
        page.evaluate(script)
        note("axe", AXE, EVERYTHING, where=" (1440, light)")
        note("frame", FRAME)
        note("motion", MOVING)
        note("targets", SMALL_TARGETS)
        page.keyboard.press("Shift")
        note("focus", UNSEEN_FOCUS)
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(NARROW)
        note("axe", AXE, EVERYTHING, where=" (390, dark)")
        note("targets", SMALL_TARGETS, where=" (390)")
        for size in ZOOMED:
            page.set_viewport_size(size)
            note("reflow", SIDEWAYS, where=f" ({size['width']})")
        page.emulate_media(forced_colors="active")
        note("forced colours", COLOURLESS)
        page.emulate_media(forced_colors="none")
        page.evaluate(SPACED)
        for size in (NARROW, WIDE):
            page.set_viewport_size(size)
            note("spacing", SIDEWAYS, where=f" ({size['width']})")
            note("spacing", CLIPPED, where=f" ({size['width']})")

    found["opening"] = tour(gallery, look)
    return found
