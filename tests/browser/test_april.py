"""The month that Plumbline is there for: a candidate that people like, and that flatters them, in a real browser."""

import os
import re
import subprocess
import sys

from tests.browser.conftest import ROOT, World

# Enough of April for both to be shown, and not more than a test may take.
PROMPTS = 900


def simulated(slug: str, environment: dict[str, str]) -> str:
    """What the command of the documentation says, in a process of its own."""
    command = ["manage.py", "simulate", "april", "--project", slug, "--seed", "7", "--size", str(PROMPTS)]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def environment() -> dict[str, str]:
    """That of a process on the database of these tests."""
    from django.conf import settings
    from django.db import connection

    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.browser.server_settings",
        "PLUMBLINE_BROWSER_DATABASE": str(connection.settings_dict["NAME"]),
        "PLUMBLINE_BROWSER_UPLOADS": str(settings.UPLOAD_DIR),
        "PLUMBLINE_BROWSER_EXPORTS": str(settings.EXPORT_DIR),
    }


def test_the_first_line_says_that_the_candidate_is_liked_and_over_its_sycophancy_ceiling(world: World) -> None:
    assert "Simulated april" in simulated(world.slug, world.db(environment))
    page = world.window(world.person("ml_lead", "Mira Lead"))
    page.goto(f"/p/{world.slug}/experiments/")
    page.get_by_role("link", name="Warmer answers (v42)").click()
    page.get_by_role("heading", level=1, name="Warmer answers (v42)").wait_for()
    line = page.locator("p.verdict").inner_text()
    # The first words below the name of the experiment.
    assert page.locator("main p, header p").filter(visible=True).first.inner_text() == line
    assert re.match(r"v42 is liked more than v41 \(\+[\d.]+ points, [\d.]+ to [\d.]+\)", line)
    assert re.search(r"and over its sycophancy ceiling \(\+[\d.]+ points; at most 5\)", line)
