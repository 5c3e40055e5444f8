"""What the web server serves: pages and sockets."""

import gc
import os

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import re_path

from config import cluster, pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Read by the settings, so before they are: this process serves many requests at once. What it starts need not.
named = os.environ.get("DATABASE_POOL")
os.environ["DATABASE_POOL"] = named or "1"
cluster.hold()
http = pages.application()
if named is None:
    del os.environ["DATABASE_POOL"]

# Only now, since they import models.
from abtest.routing import websocket_urlpatterns as abtest  # noqa: E402
from alpha.generating import serving  # noqa: E402
from alpha.routing import websocket_urlpatterns as alpha  # noqa: E402
from annotate.routing import websocket_urlpatterns as annotate  # noqa: E402
from core.live.consumers import Nowhere  # noqa: E402
from core.live.origin import SameHost  # noqa: E402

# Answers in chats are written where they were asked for.
serving.begin()

sockets = URLRouter([*annotate, *abtest, *alpha, re_path("", Nowhere.as_asgi())])

application = ProtocolTypeRouter(
    {
        "http": http,
        # A socket brings the cookie from wherever it is opened, so its origin must be ours.
        "websocket": SameHost(AllowedHostsOriginValidator(AuthMiddlewareStack(sockets))),
    }
)

# What is loaded by now stays for good: looking through it for garbage again and again would cost every request a share.
gc.collect()
gc.freeze()
