"""The life of leases, against a model of it in memory: whatever raters do in whatever order, both say the same."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from annotate import queue
from annotate.models import Slot
from annotate.submitting import NotYours, skip, submit
from annotate.undoing import TooLate, undo
from core.ledger.models import CountedJudgment
from core.tables import verification


@dataclass
class Place:
    """The model's slot."""

    task: UUID
    flipped: bool
    token: UUID | None = None
    expired: bool = False
    filled: bool = False


@dataclass
class Lease:
    """What the model knows of a token: whose it is, for which place, and how it ended, if it has."""

    rater: int
    place: Place
    end: str = ""
    judgment: UUID | None = None
    standing: str = ""


@dataclass
class Model:
    places: list[Place]
    leases: dict[UUID, Lease] = field(default_factory=dict)

    def held(self, rater: int) -> list[UUID]:
        return [
            place.token for place in self.places if self._is_held(place) and self.leases[place.token].rater == rater
        ]

    @staticmethod
    def _is_held(place: Place) -> bool:
        return place.token is not None and not place.filled

    def done(self, rater: int, task: UUID) -> bool:
        """Whether the rater has submitted or skipped this task."""
        return any(
            one.rater == rater and one.place.task == task and one.end in ("submitted", "skipped")
            for one in self.leases.values()
        )

    def may_take(self, rater: int, place: Place) -> bool:
        mine = {self.leases[token].place.task for token in self.held(rater)}
        free = place.token is None or (place.expired and not place.filled)
        return free and place.task not in mine and not self.done(rater, place.task)

    def free_for(self, lease: Lease) -> Place | None:
        """The place that a late submit under this lease fills: its own, or another of its task with its sides."""
        places = [
            place
            for place in self.places
            if place.task == lease.place.task
            and place.flipped == lease.place.flipped
            and not place.filled
            and (place.token is None or place.expired)
        ]
        return min(places, key=lambda one: (one is not lease.place, one.token is not None), default=None)


class Lives(RuleBasedStateMachine):
    """Four raters on two tasks with an overlap of three: there is never enough for all.

    What is drawn never depends on what the queue did: it may give this slot or that one, and a run
    drawn twice would then not be the same run. A lease is named by its place among those given out.
    """

    campaign: Any
    raters: list[Any]
    answers: Any

    rater = st.integers(0, 3)
    which = st.integers(0, 5)

    def __init__(self) -> None:
        super().__init__()
        self.undone_by_rollback = transaction.atomic()
        self.undone_by_rollback.__enter__()
        slots = Slot.objects.filter(campaign=self.campaign).order_by("task", "ordinal")
        self.place_of = {slot.pk: Place(slot.task_id, slot.flipped) for slot in slots}
        self.model = Model(list(self.place_of.values()))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone_by_rollback.__exit__(None, None, None)

    def token(self, which: int) -> UUID | None:
        """The lease so many before the last one, round and round; None before the first."""
        given = list(self.model.leases)
        return given[-1 - which % len(given)] if given else None

    def end(self, place: Place, how: str) -> None:
        """The lease on this place ends."""
        if place.token is not None:
            self.model.leases[place.token].end = how
        place.token, place.expired = None, False

    @initialize(rater=rater)
    def one_has_come(self, rater: int) -> None:
        self._take(rater, 2)

    @rule(rater=rater, want=st.integers(1, 2))
    def take(self, rater: int, want: int) -> None:
        self._take(rater, want)

    @rule(which=which, rater=rater)
    def time_passes_and_another_comes(self, which: int, rater: int) -> None:
        if token := self.token(which):
            self._expire(token)
            self._take(rater, 2)

    @rule(which=which, rater=rater, leaves=st.booleans())
    def another_comes_and_the_first_submits(self, which: int, rater: int, leaves: bool) -> None:
        if token := self.token(which):
            self._expire(token)
            for fresh in self._take(rater, 2):
                if leaves:
                    self._give_back(fresh)
            self._submit(token)

    @rule(which=which)
    def time_passes(self, which: int) -> None:
        if token := self.token(which):
            self._expire(token)

    def _take(self, rater: int, want: int) -> list[UUID]:
        before = self.model.held(rater)
        could = [place for place in self.model.places if self.model.may_take(rater, place)]
        slots = queue.take(campaign=self.campaign, rater=self.raters[rater], want=want)
        fresh = [slot for slot in slots if slot.lease_token not in before]
        assert [slot.lease_token for slot in slots if slot.lease_token in before] == sorted(
            before, key=[slot.lease_token for slot in slots].index
        )
        assert len(slots) == max(len(before), min(want, len(before) + len({place.task for place in could})))
        for token in before:
            self.model.leases[token].place.expired = False
        for slot in fresh:
            place = self.place_of[slot.pk]
            assert any(place is one for one in could)
            self.end(place, "lapsed")
            place.token = slot.lease_token
            self.model.leases[slot.lease_token] = Lease(rater, place)
        return [slot.lease_token for slot in fresh]

    def _expire(self, token: UUID) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE annotate_slot SET lease_until = now() - interval '1 hour' "
                "WHERE lease_token = %s AND state = 'leased'",
                [token],
            )
        place = self.model.leases[token].place
        if place.token == token and not place.filled:
            place.expired = True

    @rule(which=which)
    def beat(self, which: int) -> None:
        if token := self.token(which):
            self._beat(token)

    def _beat(self, token: UUID) -> None:
        lease = self.model.leases[token]
        kept = queue.beat(campaign=self.campaign, rater=self.raters[lease.rater], tokens=[token])
        mine = lease.place.token == token and not lease.place.filled
        assert kept == ([token] if mine else [])
        if mine:
            lease.place.expired = False

    @rule(which=which)
    def give_back(self, which: int) -> None:
        if token := self.token(which):
            self._give_back(token)

    def _give_back(self, token: UUID) -> None:
        place = self.model.leases[token].place
        mine = place.token == token and not place.filled
        assert queue.release(token) == mine
        if mine:
            self.end(place, "lapsed")

    @rule(which=which)
    def skip(self, which: int) -> None:
        if token := self.token(which):
            self._skip(token)

    def _skip(self, token: UUID) -> None:
        lease = self.model.leases[token]
        mine = lease.place.token == token and not lease.place.filled
        try:
            skip(campaign=self.campaign, rater=self.raters[lease.rater], token=token, reason="")
        except NotYours:
            assert not mine
            assert lease.end != "skipped"
            return
        assert mine or lease.end == "skipped"
        if mine:
            self.end(lease.place, "skipped")

    @rule(which=which)
    def submit(self, which: int) -> None:
        if token := self.token(which):
            self._submit(token)

    def _submit(self, token: UUID) -> None:
        lease = self.model.leases[token]
        try:
            receipt = submit(campaign=self.campaign, rater=self.raters[lease.rater], token=token, answers=self.answers)
        except NotYours:
            assert lease.end in ("skipped", "lapsed")
            assert lease.end == "skipped" or self.model.done(lease.rater, lease.place.task)
            return
        if lease.judgment is not None:
            assert (receipt.judgment, receipt.standing, receipt.replayed) == (lease.judgment, lease.standing, True)
            return
        assert not receipt.replayed
        assert lease.end in ("", "lapsed")
        place = lease.place if lease.end == "" else self._late(lease)
        assert receipt.standing == ("counted" if place else "surplus")
        lease.end, lease.judgment, lease.standing = "submitted", receipt.judgment, receipt.standing
        if place:
            place.token, place.filled, place.expired = token, True, False
            lease.place = place

    def _late(self, lease: Lease) -> Place | None:
        for token in self.model.held(lease.rater):
            again = self.model.leases[token]
            if again.place.task == lease.place.task:
                # Taken once more in another window; one of the two leases ends.
                again.place.token, again.place.expired = None, False
                again.end = "lapsed"
        place = self.model.free_for(lease)
        if place is not None:
            self.end(place, "lapsed")
        return place

    @rule(which=which)
    def undo(self, which: int) -> None:
        if (token := self.token(which)) and self.model.leases[token].judgment is not None:
            self._undo(self.model.leases[token])

    def _undo(self, lease: Lease) -> None:
        again = lease.standing == "withdrawn"
        try:
            slot = undo(campaign=self.campaign, rater=self.raters[lease.rater], judgment=lease.judgment)
        except TooLate:
            pytest.fail("nothing here is too late")
        if again:
            return
        counted, lease.standing, lease.end = lease.standing == "counted", "withdrawn", "withdrawn"
        assert (slot is not None) == counted
        if slot is not None:
            lease.place.filled, lease.place.token = False, slot.lease_token
            self.model.leases[slot.lease_token] = Lease(lease.rater, lease.place)

    @invariant()
    def both_say_the_same(self) -> None:
        stored = {slot.pk: slot for slot in Slot.objects.filter(campaign=self.campaign)}
        for pk, place in self.place_of.items():
            state = "filled" if place.filled else "leased" if place.token else "open"
            assert (stored[pk].state, stored[pk].lease_token) == (state, place.token)
        counted = {lease.judgment for lease in self.model.leases.values() if lease.standing == "counted"}
        assert set(CountedJudgment.objects.values_list("pk", flat=True)) == counted

    @invariant()
    def nothing_is_wrong(self) -> None:
        checks = [check for check in verification.checks().values() if check.__module__ == "annotate.verification"]
        assert [finding for check in checks for finding in check()] == []


def test_leases_live_as_the_model_says(make_campaign, make_rater, answers):
    class Here(Lives):
        campaign = make_campaign(2, overlap=3)
        raters = [make_rater(name) for name in ("ann", "ben", "cat", "dan")]

    Here.answers = answers
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
