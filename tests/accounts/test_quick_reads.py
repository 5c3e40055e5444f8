"""Session and person, read by our own statements, are what Django and allauth would read."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore as DjangoStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from core.accounts.backend import AuthenticationBackend
from core.accounts.session_store import SessionStore, stored
from core.tables.ids import uuid7


@pytest.fixture
def key(db):
    store = SessionStore()
    store["who"] = "ann"
    store.save()
    return store.session_key


def test_a_session_is_read_as_django_reads_it(key):
    assert SessionStore(key).load() == DjangoStore(stored(key)).load() == {"who": "ann"}


def test_a_session_that_has_run_out_is_empty_and_its_key_is_not_taken_over(key):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    store = SessionStore(key)
    assert store.load() == {}
    assert store.session_key is None


def test_an_unknown_session_is_empty(db):
    store = SessionStore("planted")
    assert store.load() == {}
    assert store.session_key is None


def test_a_session_is_changed_and_ended(key):
    store = SessionStore(key)
    store["who"] = "ben"
    store.save()
    assert SessionStore(key).load() == {"who": "ben"}
    store.flush()
    assert SessionStore(key).load() == {}


def test_a_person_is_found_by_their_id_while_they_may_sign_in(owner):
    backend = AuthenticationBackend()
    assert backend.get_user(owner.pk) == owner
    assert backend.get_user(uuid7()) is None
    owner.is_active = False
    owner.save()
    assert backend.get_user(owner.pk) is None


def test_the_table_holds_a_digest_of_the_key_and_not_the_key(key):
    assert list(Session.objects.values_list("session_key", flat=True)) == [stored(key)]
    assert SessionStore(stored(key)).load() == {}
    assert SessionStore().exists(key)
    assert not SessionStore().exists(stored(key))
