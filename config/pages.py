"""How pages are served: each request wholly in one of a few threads that stay.

All our views are plain functions. Django's own ASGI handler would run them in a new thread per request, with a new
database handle, and hop between the event loop and that thread at each middleware that can do both; that costs more
than most of the views do.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase


class Pages(ASGIHandler):
    """Django's handler with its middleware and views in one piece, on threads that are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._free: list[ThreadPoolExecutor] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        # The thread last used is the one whose memory is warm. There are as many as there are requests at one time;
        # those that wait for a database connection wait in the pool.
        thread = self._free.pop() if self._free else ThreadPoolExecutor(1, thread_name_prefix="page")
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self.handle(scope, receive, send)
        finally:
            self._free.append(thread)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)


def application() -> Pages:
    """The handler, with Django set up."""
    django.setup(set_prefix=False)
    return Pages()
