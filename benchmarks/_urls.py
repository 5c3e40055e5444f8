from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt

from alpha import talking
from alpha.models import Conversation
from core.accounts.gate import signed_in


@signed_in
def empty(request: HttpRequest) -> HttpResponse:
    """What the same stack costs with nothing in it: middleware, session, the person, an answer without words."""
    return HttpResponse("")


@csrf_exempt
def say(request: HttpRequest, conversation: UUID) -> HttpResponse:
    """What a person says in a chat, without the page around it."""
    chat = Conversation.objects.get(pk=conversation)
    talking.say(conversation=chat, submission_key=uuid4(), body="Tell me something.")
    return HttpResponse("")


urlpatterns = [path("empty/", empty), path("say/<uuid:conversation>/", say), path("", include("config.urls"))]
