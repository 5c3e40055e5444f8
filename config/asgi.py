"""What the web server serves."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from config import cluster

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
cluster.hold()
application = ProtocolTypeRouter({"http": get_asgi_application()})
