"""A programme with volunteers and as many conversations as a bench wants."""

from alpha import consenting, programmes, talking
from alpha.models import Programme, Trial, Volunteer
from alpha.plans import TrialWish
from alpha.selectors import places
from alpha.selectors.programmes import newest_text
from benchmarks._ground import session
from core.accounts.access import member_of
from core.accounts.models import Membership, Role, User
from core.accounts.projects import create_project
from core.endpoints.bundles import add_bundle
from core.endpoints.setting import set_endpoint

# Each person has so many of the conversations.
EACH = 10


def begun(count: int, *, endpoint: str) -> list[dict[str, str]]:
    """Conversations: the session cookie of whose it is, its id, the path of its socket."""
    project = create_project(slug="bench", name="Bench", owner=None)
    set_endpoint(project=project, name="stub", kind="openai", url=endpoint, key="k", by=None)
    bundle = add_bundle(project=project, name="stub", spec={"endpoint": "stub", "model": "stub"}, by=None)
    programme = programmes.create(
        project=project,
        by=None,
        key="bench",
        name="Bench",
        trials=[TrialWish(bundle.pk, Trial.Part.CANDIDATE)],
        consent="Yes.",
        side_by_side=False,
    )
    programmes.open_up(programme=programme, by=None, base_url="http://127.0.0.1/")
    # The clock would hide what is measured.
    Programme.objects.update(first_ms=0, pace=1_000_000)
    made = []
    for n in range(-(-count // EACH)):
        user = _volunteer(programme, n)
        member, cookie = member_of(user, "bench"), session(user)
        for _ in range(min(EACH, count - len(made))):
            chat = talking.begin(member=member, programme=programme, mode="single")
            path = f"/ws/p/bench/chat/{chat.pk}/"
            made.append({"cookie": cookie, "conversation": str(chat.pk), "path": path})
    return made


def _volunteer(programme: Programme, n: int) -> User:
    user = User.objects.create_user(email=f"volunteer-{n}@bench.example", name=f"Volunteer {n}")
    Membership.objects.create(project=programme.project, user=user, role=Role.VOLUNTEER)
    Volunteer.objects.create(
        project=programme.project, programme=programme, email=user.email, state=Volunteer.State.INVITED
    )
    text = newest_text(programme)
    assert text is not None
    place = places.place_for(user, programme.project, programme.key)
    consenting.agree(volunteer=place, text=text)
    return user
