"""Every page of the site, for whoever sees it: the list that the pictures and the checks for accessibility walk.

Each route that answers a GET with a page must be named here, or in PICTURELESS with the reason; a test compares the
list with the routes, so that a new page without a picture fails.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Error

from tests.browser import chatting, filling, trying
from tests.browser.acting import (
    answer_some,
    ask_for_link,
    delete_unsure,
    dismiss_without_reason,
    follow,
    follow_counts,
    follow_programme,
    open_first,
    open_labels,
    open_menus,
    open_project_menu,
    press,
    save_too_early,
    see_flattery,
    send,
    send_empty_triage,
    send_last,
    send_no_reason,
    tell_too_little,
    unfold,
    unfold_acts,
)

PICTURELESS = {
    "import_rejected": "a download",
    "export_file": "a download",
    "campaign_picture_file": "a download",
    "weighting_picture": "a download",
    "weighting_body": "a download",
    "weighting_weights": "a download",
    "experiment_body": "a download",
    "programme_body": "a download",
    "programme_picture": "a download",
    "talk_scores": "a download",
    "experiment_picture": "a download",
    "drift_body": "a download",
    "drift_picture": "a download",
    "drift_alarm_body": "a download",
    "drift_alarm_picture": "a download",
    "chat_download": "a download",
    "chat_turn": "a part of the chat's page",
    "project_home": "leads to the first page of each role; its own page is that of a role without any",
}


@dataclass(frozen=True)
class Visit:
    """One page in one state: `act` brings it there after it was opened."""

    name: str
    route: str
    who: str
    path: str
    act: Callable[[Any], None] | None = None


class Gallery:
    """The people, the projects and the visits."""

    def __init__(self, full: Any, empty: Any) -> None:
        self.full, self.empty = full, empty
        for world in (full, empty):
            # Pages for faults are among them, and Chromium says so.
            world.expect_faults("the server responded with a status of 4")
        full.db(filling.named, full.project, "Upright answers")
        full.db(filling.named, empty.project, "New here")
        self.people = {
            role: (full.person(role, name), full)
            for role, name in (
                ("owner", "Olu Owner"),
                ("ml_lead", "Mira Lead"),
                ("reviewer", "Rene Reviewer"),
                ("rater", "Rao Rater"),
                ("volunteer", "Vera Volunteer"),
            )
        }
        self.people["owner of nothing"] = empty.person("owner", "Nils Nothing"), empty
        self.people["rater of nothing"] = empty.person("rater", "Nora Nothing"), empty
        self.people["with a password"] = full.person("reviewer", "Paul Password"), full
        full.db(filling.give_password, self.people["with a password"][0])
        raters = [full.person("rater", f"rater{n}") for n in range(3)]
        self.made = full.db(filling.fill, full, raters, self.people["ml_lead"][0], self.people["owner"][0])
        self.chats = full.db(chatting.kept, full.project, self.people["volunteer"][0])
        self.people["volunteer of nothing"] = empty.person("volunteer", "Nina Nothing"), empty
        self.people["rater who rated"] = raters[0], full
        expert, leading = full.person("expert", "Edda Expert"), full.person("ml_lead", "Lena Leading")
        self.checks = full.db(trying.fill, full.project, expert, leading)
        self.people["expert"], self.people["expert who leads"] = (expert, full), (leading, full)
        self.people["expert of nothing"] = empty.person("expert", "Nadia Nothing"), empty
        self.people["nobody"] = None, full

    def window(self, who: str, **options: Any) -> Any:
        user, world = self.people[who]
        return world.window(user, **options)

    def visits(self) -> Iterator[Visit]:
        yield from self._signed_out()
        yield from self._account()
        yield from self._leads()
        yield from self._exchange()
        yield from self._weighting()
        yield from self._drift()
        yield from self._experiments()
        yield from self._alpha_reading()
        yield from self._programmes()
        yield from self._promotions()
        yield from self._raters()
        yield from self._checks()
        yield from self._chats()
        yield from self._nothing()

    def _signed_out(self) -> Iterator[Visit]:
        made = self.made
        yield Visit("sign-in", "account_login", "nobody", "/account/login/")
        yield Visit("sign-in-wrong", "account_login", "nobody", "/account/login/", send)
        yield Visit("sign-in-by-mail", "sign_in_request", "nobody", "/in/")
        yield Visit("sign-in-sent", "sign_in_request", "nobody", "/in/", ask_for_link)
        yield Visit("sign-in-link", "sign_in_by_link", "nobody", made.enter)
        yield Visit("sign-in-link-dead", "sign_in_by_link", "nobody", "/in/nothing-of-the-kind/")
        yield Visit("invitation", "invitation_accept", "nobody", made.join)
        yield Visit("invitation-dead", "invitation_accept", "nobody", "/join/nothing-of-the-kind/")
        yield Visit("password-forgotten", "account_reset_password", "nobody", "/account/password/reset/")
        yield Visit("password-sent", "account_reset_password_done", "nobody", "/account/password/reset/done/")
        yield Visit(
            "password-link-dead", "account_reset_password_from_key", "nobody", "/account/password/reset/key/1-x/"
        )
        yield Visit(
            "password-reset", "account_reset_password_from_key_done", "nobody", "/account/password/reset/key/done/"
        )
        yield Visit("account-closed", "account_inactive", "nobody", "/account/inactive/")

    def _account(self) -> Iterator[Visit]:
        yield Visit("profile", "profile", "ml_lead", "/me/")
        yield Visit("profile-menu", "profile", "ml_lead", "/me/", open_menus)
        yield Visit("keys", "keys", "rater", "/me/keys/")
        yield Visit("password-set", "account_set_password", "ml_lead", "/account/password/set/")
        yield Visit("password-change", "account_change_password", "with a password", "/account/password/change/")
        yield Visit("password-refused", "account_change_password", "with a password", "/account/password/change/", send)
        yield Visit("sign-out", "account_logout", "ml_lead", "/account/logout/")
        yield Visit("invitation-of-another", "invitation_accept", "ml_lead", self.made.join)

    def _leads(self) -> Iterator[Visit]:
        p, made = f"/p/{self.full.slug}", self.made
        yield Visit("overview", "overview", "owner", f"{p}/overview/")
        yield Visit("overview-menu", "overview", "owner", f"{p}/overview/", open_project_menu)
        yield Visit("campaigns", "campaign_list", "ml_lead", f"{p}/campaigns/")
        yield Visit("anchors", "anchor_list", "ml_lead", f"{p}/anchors/")
        yield Visit("anchors-refused", "anchor_list", "ml_lead", f"{p}/anchors/", send)
        yield Visit("campaign", "campaign_detail", "ml_lead", f"{p}/campaigns/upright/", follow)
        yield Visit("campaign-guideline", "campaign_detail", "ml_lead", f"{p}/campaigns/upright/", unfold)
        yield Visit("campaign-new", "campaign_new", "ml_lead", f"{p}/campaigns/new/")
        yield Visit("campaign-refused", "campaign_new", "ml_lead", f"{p}/campaigns/new/", send)
        yield Visit("campaign-form", "campaign_edit", "ml_lead", f"{p}/campaigns/upright/edit/")
        yield Visit("campaign-preview", "campaign_preview", "ml_lead", f"{p}/campaigns/upright/preview/")
        yield Visit("campaign-pictures", "campaign_pictures", "ml_lead", f"{p}/campaigns/upright/pictures/")
        yield Visit("reports", "report_list", "ml_lead", f"{p}/reports/")
        yield Visit("comparisons", "comparison_list", "ml_lead", f"{p}/comparisons/")
        yield Visit("comparisons-for-reviewers", "comparison_list", "reviewer", f"{p}/comparisons/")
        yield Visit("comparisons-none-match", "comparison_list", "ml_lead", f"{p}/comparisons/?family=no-such-family")
        yield Visit("comparison", "comparison_detail", "ml_lead", f"{p}/comparisons/{made.comparison}/")
        yield Visit("comparison-for-reviewers", "comparison_detail", "reviewer", f"{p}/comparisons/{made.comparison}/")
        yield Visit("members", "member_list", "owner", f"{p}/members/")
        yield Visit("members-refused", "member_list", "owner", f"{p}/members/", send)
        yield Visit("member", "member_change", "owner", f"{p}/members/{self.people['rater'][0].pk}/")
        yield Visit("audit", "audit_list", "owner", f"{p}/audit/")
        yield Visit("jobs", "job_list", "ml_lead", f"{p}/jobs/")
        yield Visit("tokens", "token_list", "owner", f"{p}/tokens/")
        yield Visit("webhook", "webhook_edit", "owner", f"{p}/webhook/")
        yield Visit("models", "model_list", "ml_lead", f"{p}/models/")
        yield Visit("endpoint-new", "endpoint_new", "ml_lead", f"{p}/models/endpoints/new/openai/")
        yield Visit("endpoint-new-refused", "endpoint_new", "ml_lead", f"{p}/models/endpoints/new/openai/", send)
        yield Visit("endpoint-script", "endpoint_edit", "ml_lead", f"{p}/models/endpoints/rehearsal/")
        yield Visit("endpoint", "endpoint_edit", "ml_lead", f"{p}/models/endpoints/maker/")
        yield Visit("bundle-new", "bundle_new", "ml_lead", f"{p}/models/bundles/new/")
        yield Visit("bundle", "bundle_detail", "ml_lead", f"{p}/models/bundles/{made.bundle}/")
        yield Visit("api-reference", "api_reference", "ml_lead", "/api/v1/docs/")

    def _exchange(self) -> Iterator[Visit]:
        p, made = f"/p/{self.full.slug}", self.made
        yield Visit("imports", "import_list", "ml_lead", f"{p}/imports/")
        yield Visit("import-new", "import_new", "ml_lead", f"{p}/imports/new/")
        yield Visit("import-refused", "import_new", "ml_lead", f"{p}/imports/new/", send)
        yield Visit("import-preview", "import_detail", "ml_lead", f"{p}/imports/{made.waiting}/")
        yield Visit("import-done", "import_detail", "ml_lead", f"{p}/imports/{made.imported}/")
        yield Visit("import-pool", "import_detail", "ml_lead", f"{p}/imports/{made.pool_waiting}/")
        yield Visit("import-pool-done", "import_detail", "ml_lead", f"{p}/imports/{made.pooled}/")
        yield Visit("import-running", "import_detail", "ml_lead", f"{p}/imports/{made.importing}/")
        yield Visit("import-failed", "import_detail", "ml_lead", f"{p}/imports/{made.not_imported}/")
        yield Visit("exports", "export_list", "ml_lead", f"{p}/exports/")
        yield Visit("export-new", "export_new", "ml_lead", f"{p}/exports/new/")
        yield Visit("export-ready", "export_detail", "ml_lead", f"{p}/exports/{made.exported}/")
        yield Visit("export-running", "export_detail", "ml_lead", f"{p}/exports/{made.exporting}/")
        yield Visit("export-failed", "export_detail", "ml_lead", f"{p}/exports/{made.not_exported}/")

    def _weighting(self) -> Iterator[Visit]:
        p, made = f"/p/{self.full.slug}", self.made
        report = f"{p}/weighting/{made.weighed}/"
        yield Visit("weighting", "weighting_list", "ml_lead", f"{p}/weighting/")
        yield Visit("weighting-report", "weighting_detail", "ml_lead", report)
        yield Visit("weighting-report-whole", "weighting_detail", "reviewer", f"{report}?open=all")
        yield Visit(
            "weighting-report-wanting", "weighting_detail", "ml_lead", f"{p}/weighting/{made.wanting}/?open=all"
        )
        yield Visit("weighting-running", "weighting_detail", "ml_lead", f"{p}/weighting/{made.weighing}/")
        yield Visit("weighting-failed", "weighting_detail", "ml_lead", f"{p}/weighting/{made.not_weighed}/")
        yield Visit("weighting-new", "weighting_new", "ml_lead", f"{p}/weighting/new/")
        yield Visit("signals", "signal_list", "ml_lead", f"{p}/signals/")
        yield Visit("signal-refused", "signal_new", "ml_lead", f"{p}/signals/new/", send)
        yield Visit("signal", "signal_edit", "ml_lead", f"{p}/signals/thumbs/")
        yield Visit("budget", "budget_edit", "ml_lead", f"{p}/budget/")
        yield Visit("recipes", "recipe_list", "ml_lead", f"{p}/recipes/")
        yield Visit("recipe", "recipe_detail", "ml_lead", f"{p}/recipes/april/")
        yield Visit("recipe-refused", "recipe_new", "ml_lead", f"{p}/recipes/new/", send)
        yield Visit("recipe-recommended", "version_new", "ml_lead", f"{p}/recipes/april/new/?from={made.weighed}")
        yield Visit("reference", "reference_pin", "ml_lead", f"{p}/recipes/april/{made.newest}/pin/")

    def _drift(self) -> Iterator[Visit]:
        p, made = f"/p/{self.full.slug}/drift", self.made
        yield Visit("drift", "drift_list", "ml_lead", f"{p}/")
        yield Visit("drift-monitor", "drift_monitor", "ml_lead", f"{p}/M1/")
        yield Visit("drift-monitor-watch", "drift_monitor", "reviewer", f"{p}/M9/")
        yield Visit("drift-monitor-fault", "drift_monitor", "ml_lead", f"{p}/M3/")
        yield Visit("drift-monitor-warming-up", "drift_monitor", "ml_lead", f"{p}/M7/")
        yield Visit("drift-monitor-stale", "drift_monitor", "ml_lead", f"{p}/M8/")
        yield Visit("drift-power", "drift_power", "ml_lead", f"{p}/M1/power/")
        yield Visit("drift-settings", "drift_declare", "ml_lead", f"{p}/M7/settings/")
        yield Visit("drift-settings-refused", "drift_declare", "ml_lead", f"{p}/M7/settings/", tell_too_little)
        yield Visit("drift-settings-fixed", "drift_declare", "ml_lead", f"{p}/M1/settings/")
        yield Visit("drift-alarm", "drift_alarm", "ml_lead", f"{p}/alarms/{made.alarm}/")
        yield Visit("drift-alarm-acts", "drift_alarm", "ml_lead", f"{p}/alarms/{made.alarm}/", unfold_acts)
        yield Visit("drift-alarm-for-reviewers", "drift_alarm", "reviewer", f"{p}/alarms/{made.alarm}/")
        yield Visit("drift-alarm-refused", "drift_alarm", "ml_lead", f"{p}/alarms/{made.alarm}/", send_empty_triage)
        yield Visit("drift-alarm-closed", "drift_alarm", "ml_lead", f"{p}/alarms/{made.closed_alarm}/")

    def _experiments(self) -> Iterator[Visit]:
        p = f"/p/{self.full.slug}/experiments"
        yield Visit("experiments", "experiment_list", "ml_lead", f"{p}/")
        yield Visit("experiment", "experiment_detail", "ml_lead", f"{p}/april-v42/", follow_counts)
        yield Visit("experiment-whole", "experiment_detail", "owner", f"{p}/april-v42/?open=all", follow_counts)
        yield Visit("experiment-early", "experiment_detail", "ml_lead", f"{p}/may-v43/", follow_counts)
        yield Visit("experiment-uneven", "experiment_detail", "ml_lead", f"{p}/january-v39/", follow_counts)
        yield Visit("experiment-decided", "experiment_detail", "ml_lead", f"{p}/february-v40/", follow_counts)
        yield Visit("experiment-act", "experiment_detail", "ml_lead", f"{p}/april-v42/", send_no_reason)
        yield Visit("experiment-draft", "experiment_detail", "ml_lead", f"{p}/june-v44/")
        yield Visit("experiment-draft-bare", "experiment_detail", "ml_lead", f"{p}/july-v45/")
        yield Visit("experiment-new", "experiment_new", "ml_lead", f"{p}/new/")
        yield Visit("experiment-new-refused", "experiment_new", "ml_lead", f"{p}/new/", send)
        yield Visit("experiment-tried", "experiment_tried", "ml_lead", f"{p}/june-v44/plan/tried/")
        yield Visit("experiment-metrics", "experiment_plan", "ml_lead", f"{p}/june-v44/plan/metrics/")
        yield Visit("experiment-guardrails", "experiment_plan", "ml_lead", f"{p}/june-v44/plan/guardrails/")
        yield Visit("experiment-size", "experiment_plan", "ml_lead", f"{p}/june-v44/plan/size/")
        yield Visit("experiment-power", "experiment_power", "ml_lead", f"{p}/june-v44/plan/size/power/")
        yield Visit("experiment-decide", "experiment_decide", "ml_lead", f"{p}/march-v41/decide/")
        yield Visit("experiment-decide-refused", "experiment_decide", "ml_lead", f"{p}/march-v41/decide/", send)

    def _alpha_reading(self) -> Iterator[Visit]:
        p = f"/p/{self.full.slug}/alpha/april"
        yield Visit("alpha", "programme_detail", "ml_lead", f"{p}/", follow_programme)
        yield Visit("alpha-inbox", "flag_list", "ml_lead", f"{p}/inbox/")
        yield Visit("alpha-inbox-refused", "flag_list", "ml_lead", f"{p}/inbox/", dismiss_without_reason)
        yield Visit("alpha-inbox-none-match", "flag_list", "ml_lead", f"{p}/inbox/?bundle=none")
        yield Visit("alpha-talks", "talk_list", "ml_lead", f"{p}/conversations/")
        yield Visit("alpha-talk", "talk_detail", "ml_lead", f"{p}/conversations/{self.made.talk}/", unfold)

    def _programmes(self) -> Iterator[Visit]:
        p = f"/p/{self.full.slug}/alpha"
        yield Visit("programmes", "programme_list", "ml_lead", f"{p}/")
        yield Visit("programmes-empty", "programme_list", "owner of nothing", f"/p/{self.empty.slug}/alpha/")
        yield Visit("programme-new", "programme_new", "ml_lead", f"{p}/new/")
        yield Visit("programme-new-refused", "programme_new", "ml_lead", f"{p}/new/", send)
        yield Visit("programme", "programme_detail", "ml_lead", f"{p}/summer/")
        yield Visit("programme-draft", "programme_settings", "ml_lead", f"{p}/autumn/settings/")
        yield Visit("programme-settings", "programme_settings", "ml_lead", f"{p}/summer/settings/")
        yield Visit("volunteers", "programme_volunteers", "ml_lead", f"{p}/summer/volunteers/")
        yield Visit("volunteers-refused", "programme_volunteers", "ml_lead", f"{p}/summer/volunteers/", send)

    def _promotions(self) -> Iterator[Visit]:
        p = f"/p/{self.full.slug}/alpha/sent/promote"
        yield Visit("promotions", "promotion_list", "ml_lead", f"{p}/")
        yield Visit("promotion", "promotion_review", "ml_lead", f"{p}/{self.made.promotion}/")

    def _raters(self) -> Iterator[Visit]:
        p = f"/p/{self.full.slug}/rate"
        yield Visit("rating-home", "rate_home", "rater", f"{p}/")
        yield Visit("rating", "rate", "rater", f"{p}/upright/", answer_some)
        yield Visit("rating-errors", "rate", "rater", f"{p}/upright/", save_too_early)
        yield Visit("rating-keys", "rate", "rater", f"{p}/upright/", press("?"))
        yield Visit("rating-guideline", "rate", "rater", f"{p}/upright/", press("g"))
        yield Visit("rating-skip", "rate", "rater", f"{p}/upright/", press("s"))
        yield Visit("rating-diff", "rate", "rater", f"{p}/upright/", press("d"))
        yield Visit("guideline", "guideline", "rater", f"{p}/upright/guideline/")
        yield Visit("rating-report", "rate", "rater", f"{p}/upright/", press("r"))
        yield Visit("said", "rate_said", "rater who rated", f"{p}/upright/said/")
        yield Visit("said-one", "rate_said_one", "rater who rated", f"{p}/upright/said/", open_first)

    def _chats(self) -> Iterator[Visit]:
        p, chats = f"/p/{self.full.slug}/chat", self.chats
        yield Visit("chat-home", "chat_home", "volunteer", f"{p}/")
        yield Visit("chat-consent", "chat_programme", "volunteer", f"{p}/try-calm/")
        yield Visit("chat-programme", "chat_programme", "volunteer", f"{p}/try-warmth/")
        yield Visit("chat-data", "chat_data", "volunteer", f"{p}/try-warmth/data/")
        yield Visit("chat-data-unsure", "chat_data", "volunteer", f"{p}/try-warmth/data/", delete_unsure)
        yield Visit("chat", "chat", "volunteer", f"{p}/c/{chats.single}/")
        yield Visit("chat-label", "chat", "volunteer", f"{p}/c/{chats.single}/", open_labels)
        yield Visit("chat-menu", "chat", "volunteer", f"{p}/c/{chats.single}/", open_menus)
        yield Visit("chat-pair", "chat", "volunteer", f"{p}/c/{chats.pair}/")
        yield Visit("chat-broken", "chat", "volunteer", f"{p}/c/{chats.broken}/")
        yield Visit("chat-ended", "chat", "volunteer", f"{p}/c/{chats.ended}/")
        yield Visit("chat-begun", "chat", "volunteer", f"{p}/c/{chats.empty}/")

    def _checks(self) -> Iterator[Visit]:
        p, made = f"/p/{self.full.slug}", self.checks
        yield Visit("checks", "check_list", "expert", f"{p}/checks/")
        yield Visit("checks-empty", "check_list", "expert of nothing", f"/p/{self.empty.slug}/checks/")
        yield Visit("check", "check_detail", "expert", f"{p}/checks/{made.due}/", see_flattery)
        yield Visit("check-refused", "check_detail", "expert", f"{p}/checks/{made.due}/", send_last)
        yield Visit("check-not-begun", "check_detail", "expert", f"{p}/checks/{made.new}/")
        yield Visit("check-written", "check_detail", "expert", f"{p}/checks/{made.done}/")
        yield Visit("check-owed", "drift_list", "expert who leads", f"{p}/drift/")
        yield Visit("check-grid", "check_grid", "owner", f"{p}/alpha/{made.programme}/checks/")
        yield Visit("check-grid-refused", "check_grid", "owner", f"{p}/alpha/{made.programme}/checks/", send_last)

    def _nothing(self) -> Iterator[Visit]:
        p = f"/p/{self.empty.slug}"
        for name, route, path in (
            ("overview", "overview", "overview/"),
            ("campaigns", "campaign_list", "campaigns/"),
            ("anchors", "anchor_list", "anchors/"),
            ("comparisons", "comparison_list", "comparisons/"),
            ("imports", "import_list", "imports/"),
            ("exports", "export_list", "exports/"),
            ("export-new", "export_new", "exports/new/"),
            ("jobs", "job_list", "jobs/"),
            ("audit", "audit_list", "audit/"),
            ("members", "member_list", "members/"),
            ("reports", "report_list", "reports/"),
            ("tokens", "token_list", "tokens/"),
            ("webhook", "webhook_edit", "webhook/"),
            ("models", "model_list", "models/"),
            ("bundle-new", "bundle_new", "models/bundles/new/"),
            ("weighting", "weighting_list", "weighting/"),
            ("signals", "signal_list", "signals/"),
            ("recipes", "recipe_list", "recipes/"),
            ("experiments", "experiment_list", "experiments/"),
            ("drift", "drift_list", "drift/"),
            ("drift-monitor", "drift_monitor", "drift/M1/"),
        ):
            yield Visit(f"{name}-empty", route, "owner of nothing", f"{p}/{path}")
        yield Visit("rating-home-empty", "rate_home", "rater of nothing", f"{p}/rate/")
        yield Visit("chat-home-empty", "chat_home", "volunteer of nothing", f"{p}/chat/")
        yield Visit("not-found", "home", "owner", "/nowhere/")
        yield Visit("not-found-signed-out", "home", "nobody", "/nowhere/")
        for template in sorted(filling.templates() - {"404.html"}):
            yield Visit(f"fault-{template.removesuffix('.html')}", "home", "nobody", f"/fault/{template}")


def go(gallery: Gallery, page: Any, visit: Visit) -> None:
    """Open the page and bring it into its state."""
    if visit.path.startswith("/fault/"):
        name = visit.path.removeprefix("/fault/")
        html = gallery.full.db(filling.rendered, name)
        page.route(f"**{visit.path}", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    page.goto(visit.path)
    if page.locator("#rate-desk").count():
        page.wait_for_selector("#rate-desk[data-ready]")
    if page.locator("#chat").count():
        page.wait_for_selector("#chat[data-ready]")
    if visit.act:
        visit.act(page)


def tour(gallery: Gallery, look: Callable[[Any, Visit], None], **options: Any) -> list[str]:
    """Visit every page and have `look` look at it; what could not be opened is named, and the tour goes on."""
    windows: dict[str, Any] = {}
    faults = []
    for visit in gallery.visits():
        if visit.who not in windows:
            windows[visit.who] = gallery.window(visit.who, **options)
        try:
            look(windows[visit.who], visit)
        except Error as error:
            faults.append(f"{visit.name}: {error}")
    for page in windows.values():
        page.context.close()
    for world in (gallery.full, gallery.empty):
        world.contexts.clear()
    return faults
