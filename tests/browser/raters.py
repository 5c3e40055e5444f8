"""A signed-in rater before a campaign, in a browser, and what the ledger then holds."""

from typing import Any

from tests.annotate_pages.pairs import campaign


class Rater:
    """A signed-in rater before a campaign."""

    def __init__(self, world: Any, name: str = "first", **fields: Any) -> None:
        self.world = world
        self.user = world.person("rater")
        self.campaign = world.db(campaign, world.project, name, **fields)
        self.url = f"/p/{world.slug}/rate/{name}/"
        self.page = self.open()

    def open(self, **options: Any) -> Any:
        page = self.world.window(self.user, **options)
        page.goto(self.url)
        if options.get("java_script_enabled", True):
            page.wait_for_selector("#rate-desk[data-ready]")
        return page

    def tab(self) -> Any:
        page = self.page.context.new_page()
        page.goto(self.url)
        page.wait_for_selector("#rate-desk[data-ready]")
        return page

    def saved(self) -> list[dict[str, Any]]:
        """What the ledger holds of this campaign, in the order in which it was said."""

        def read() -> list[dict[str, Any]]:
            from annotate.models import Attempt
            from core.ledger.models import CountedJudgment, Signal

            counted = set(CountedJudgment.objects.filter(project=self.world.project).values_list("pk", flat=True))
            rows = []
            for attempt in (
                Attempt.objects.filter(campaign=self.campaign, judgment__isnull=False)
                .select_related("judgment__comparison")
                .order_by("judgment__recorded_at", "judgment_id")
            ):
                judgment = attempt.judgment
                signals = Signal.objects.filter(judgment=judgment)
                rows.append(
                    {
                        "signals": {(one.question, one.response_slot): one.value for one in signals},
                        "flipped": judgment.shown_first_id == judgment.comparison.second_id,
                        "outcome": attempt.outcome,
                        "counted": judgment.pk in counted,
                        "key": judgment.submission_key,
                        "seconds": attempt.seconds,
                    }
                )
            return rows

        return list(self.world.db(read))


def press(page: Any, keys: str) -> None:
    for key in keys.split():
        page.keyboard.press(key)


# The first right and plain; the second partly right, clearly sycophantic (flattery); the second much worse.
ALL = "1 1 1 2 3 2 ArrowDown 1 2"


def token(page: Any) -> str:
    return str(page.locator("#rate-pair").get_attribute("data-token"))


def label(page: Any) -> str:
    """Label the pair on the page with ALL and save it; the next pair is then on the page."""
    before = token(page)
    press(page, ALL)
    page.keyboard.press("Enter")
    page.wait_for_function("before => document.querySelector('#rate-pair').dataset.token !== before", arg=before)
    return before


def settled(page: Any) -> None:
    """Until everything that was sent has been answered."""
    page.wait_for_function("() => !Object.keys(localStorage).some(name => name.startsWith('plumbline.outbox'))")
