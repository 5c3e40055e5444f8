"""The ground of a bench: a database of its own, the demonstration's texts in it, raters with sessions, campaigns."""

import contextlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

import psycopg
from psycopg import sql

from config import cluster

MATERIAL = Path(__file__).resolve().parent.parent / "scenarios" / "material"


@contextmanager
def database() -> Iterator[str]:
    """A new and empty database on the installation's server, named by DATABASE_URL from now on; dropped at the end."""
    cluster.hold()
    server = cluster.settings()
    name = f"plumbline_bench_{os.getpid()}"
    # Django's own way to say how to connect, so that passwords and sockets are found as everywhere.
    options = {key: value for key, value in server.get("OPTIONS", {}).items() if isinstance(value, str)}
    how = {"user": server.get("USER"), "password": server.get("PASSWORD"), "port": server.get("PORT")}
    how = {key: value for key, value in {**how, "host": server.get("HOST"), **options}.items() if value}
    with psycopg.connect(dbname=server["NAME"], autocommit=True, **how) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        os.environ["DATABASE_URL"] = _url(name, how)
        try:
            yield name
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _url(name: str, how: dict[str, Any]) -> str:
    who = quote(str(how["user"]))
    if how.get("password"):
        who += ":" + quote(str(how["password"]))
    more = {key: value for key, value in how.items() if key not in ("user", "password")}
    return f"postgres://{who}@/{name}?{urlencode(more, quote_via=quote)}"


def migrate() -> None:
    """Set Django up on the bench's database, in this process."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)


class Ground:
    """A project with texts, to which campaigns are added. Prompts and pairs are new ones, their texts repeat."""

    def __init__(self) -> None:
        from core.accounts.projects import create_project
        from core.catalog.models import Bundle

        self.project = create_project(slug="bench", name="Bench", owner=None)
        self.bundles = [Bundle.objects.create(project=self.project, name=name).pk for name in ("one", "two")]
        self.texts = self._texts()
        self._made = 0

    def campaign(self, name: str, *, slots: int, overlap: int = 3) -> float:
        """An open campaign with about this many slots; returns the seconds that planning them took."""
        import time

        from annotate.campaigns import create_campaign
        from annotate.planning import add_comparisons

        comparisons = self._comparisons(max(1, slots // overlap))
        campaign = create_campaign(project=self.project, name=name, who=None, state="open", overlap=overlap, pay=0.1)
        began = time.perf_counter()
        add_comparisons(campaign=campaign, comparisons=comparisons)
        seconds = time.perf_counter() - began
        _settle()
        return seconds

    def raters(self, count: int) -> list[str]:
        """The session cookies of this many raters."""
        from core.accounts.models import Membership, User

        cookies = []
        for n in range(count):
            user = User.objects.create_user(email=f"rater-{n}@bench.example", name=f"Rater {n}")
            Membership.objects.create(project=self.project, user=user, role="rater")
            cookies.append(session(user))
        return cookies

    def _texts(self) -> list[tuple[UUID, list[UUID]]]:
        """The ids of each prompt's text and of its answers'."""
        from core.catalog.content import html_of
        from core.catalog.models import Content

        found = []
        contents = []

        def content(body: str) -> UUID:
            contents.append(Content(project=self.project, digest=f"{len(contents)}".encode(), body=body))
            return contents[-1].pk

        for path in sorted(MATERIAL.glob("*.jsonl")):
            for line in path.read_text().splitlines():
                row = json.loads(line)
                found.append(
                    (content(row["prompt"][-1]["content"]), [content(text) for text in row["answers"].values()])
                )
        Content.objects.bulk_create(contents)
        html_of(Content.objects.filter(project=self.project))
        return found

    def _comparisons(self, count: int) -> list[UUID]:
        from core.tables.ids import uuid7

        prompts, responses, comparisons = [], [], []
        for n in range(self._made, self._made + count):
            text, answers = self.texts[n % len(self.texts)]
            prompt, first, second, pair = (uuid7() for _ in range(4))
            prompts.append((prompt, self.project.pk, text, str(n).encode()))
            for response, bundle, place in ((first, self.bundles[0], n), (second, self.bundles[1], n + 1)):
                responses.append((response, self.project.pk, prompt, bundle, answers[place % len(answers)]))
            comparisons.append((pair, self.project.pk, prompt, first, second, *self.bundles))
        self._made += count
        _copy(
            "catalog_prompt",
            "id, project_id, content_id, digest",
            prompts,
            variant="",
            premise="none",
            domain="{}",
            memory="off",
        )
        _copy("catalog_response", "id, project_id, prompt_id, bundle_id, content_id", responses, sample_no=0)
        _copy(
            "catalog_comparison",
            "id, project_id, prompt_id, first_id, second_id, first_bundle_id, second_bundle_id",
            comparisons,
            identical=False,
            source="bench",
        )
        return [row[0] for row in comparisons]


def session(user: Any) -> str:
    """The cookie of a new session of this person."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from core.accounts.session_store import SessionStore

    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _settle() -> None:
    """Let the server finish what loading left behind, so that raters are not charged with it."""
    from django.db import DatabaseError, connection

    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM (ANALYZE) annotate_task, annotate_slot, catalog_prompt, catalog_response, catalog_comparison"
        )
        # Only some roles may; the others' figures hold a little of the loading.
        with contextlib.suppress(DatabaseError):
            cursor.execute("CHECKPOINT")


def _copy(table: str, columns: str, rows: list[tuple[Any, ...]], **same: Any) -> None:
    from django.db import connection

    names = ", ".join([columns, *same])
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, *same.values()))
