"""What a browser receives while somebody rates, byte by byte: no trace of who wrote what."""

import json
from typing import Any

from tests.blinding.conftest import Secrets
from tests.browser.raters import label, press, settled, token


def test_no_trace_of_a_bundle_reaches_the_browser(world: Any, tmp_path: Any) -> None:
    secrets = world.db(Secrets, world.project, name="blind", pairs=5)
    world.expect_faults("422", "404", "409")
    har = tmp_path / "rated.har"
    page = world.window(world.person("rater"), record_har_path=har, record_har_content="embed")
    frames: list[str] = []
    page.on("websocket", lambda opened: opened.on("framereceived", lambda frame: frames.append(str(frame))))
    url = f"/p/{world.slug}/rate/blind/"
    page.goto(f"/p/{world.slug}/rate/")
    page.goto(url)
    page.wait_for_selector("#rate-desk[data-ready]")
    label(page)
    settled(page)
    press(page, "u")
    page.get_by_text("Taken back").wait_for()
    press(page, "Enter")
    settled(page)
    before = token(page)
    press(page, "s 2 Enter")
    page.get_by_text("Skipped.").wait_for()
    assert token(page) != before
    page.evaluate("for (const row of document.querySelectorAll('[data-row]')) delete row.dataset.required")
    press(page, "Enter")
    page.locator(".rate-errors .note").wait_for()
    page.reload()
    page.wait_for_selector("#rate-desk[data-ready]")
    for _ in range(3):
        label(page)
    settled(page)
    page.goto(f"{url}guideline/")
    for one in world.db(secrets.all):
        if one.count("-") == 4:
            page.goto(f"/p/{world.slug}/comparisons/{one}/")
            break
    kept = page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    page.context.close()
    world.contexts.clear()
    log = json.loads(har.read_text())["log"]
    assert len(log["entries"]) > 20
    # Only what was received counts: the last address asked for is a guess of this test's own.
    received = [
        json.dumps(entry["response"]).lower()
        for entry in log["entries"]
        if "/comparisons/" not in entry["request"]["url"]
    ]
    forms = world.db(secrets.all)
    for text in [*received, *(frame.lower() for frame in frames), kept.lower()]:
        assert {form for form in forms if form in text} == set(), text[:300]
