"""How pages are served: each request in one piece, in one of a few threads that stay.

All our views are plain functions. Django's own ASGI handler would run them in a new thread per request, with a new
database handle, and hop between the event loop and that thread for every signal and at each middleware that can do
both; that costs more than most of the views do. It would also drop what a view is doing when the browser goes away;
here a save that has begun is finished.
"""

import asyncio
import codecs
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import FileResponse, HttpResponse
from django.urls import set_script_prefix
from django.utils.http import parse_header_parameters

from config.headers import protected
from core.api.problems import PREFIX, Code, Problem

# More views at one time than this make each other slower: Python runs one of them at a time, and the others' waiting
# is filled by these.
AT_ONCE = 6
# No address takes more (an upload to be imported has at most 200 MB). Without it a body without an end fills the disk.
MOST_BYTES = 208 << 20
# Threads of their own for those who ask whether we live: while the database is away, all others wait for it.
PROBES = {"/livez": 1, "/readyz": 2}


class Pages(ASGIHandler):
    """Django's handler with signals, middleware and view in one call, on threads that are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="page")
        self._probes = {path: ThreadPoolExecutor(count, thread_name_prefix="probe") for path, count in PROBES.items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        except TooLarge:
            await self.send_response(_too_large(scope["path"]), send)
            return
        threads = self._probes.get(scope["path"], self._threads)
        response = await asyncio.get_running_loop().run_in_executor(threads, self._answer, scope, body)
        try:
            await self.send_response(response, send)
        finally:
            if response.streaming:
                await sync_to_async(response.close)()
            body.close()

    async def read_body(self, receive: Any) -> IO[bytes]:
        """What is sent, in memory or on disk. Raises RequestAborted, and TooLarge before all of it is here."""
        body: IO[bytes] = tempfile.SpooledTemporaryFile(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)  # noqa: SIM115
        try:
            more = True
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestAborted
                body.write(message.get("body", b""))
                if body.tell() > MOST_BYTES:
                    raise TooLarge
                more = message.get("more_body", False)
        except BaseException:
            body.close()
            raise
        body.seek(0)
        return body

    def create_request(self, scope: Any, body_file: IO[bytes]) -> Any:
        """The request, or the answer to one that cannot be read: Django believes whatever encoding a body claims."""
        kinds = [value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"]
        if not all(_is_utf8(parse_header_parameters(kind)[1].get("charset", "utf-8")) for kind in kinds):
            if scope["path"].startswith(PREFIX):
                return None, Problem(Code.UNSUPPORTED, "Send it in UTF-8.").answer()
            return None, HttpResponse("Send it in UTF-8.", status=415, content_type="text/plain; charset=utf-8")
        return super().create_request(scope, body_file)

    def _answer(self, scope: Any, body: IO[bytes]) -> Any:
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response: Any = self.get_response(request) if request is not None else refused
        if request is None:
            # What is no request at all is refused before any middleware.
            protected(response)
        response._handler_class = self.__class__  # as Django's own handler does
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            # All is said that needs the database; its connection need not wait for a slow line.
            response.close()
        return response


class TooLarge(Exception):
    """A body has more bytes than any address takes."""


def _too_large(path: str) -> HttpResponse:
    if path.startswith(PREFIX):
        response = Problem(Code.TOO_LARGE).answer()
    else:
        response = HttpResponse("This is too large.", status=413, content_type="text/plain; charset=utf-8")
    # The rest is not read, so the line cannot be used again.
    response["Connection"] = "close"
    protected(response)
    return response


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in ("utf-8", "ascii")
    except (LookupError, ValueError):
        return False


def application() -> Pages:
    """The handler, with Django set up."""
    django.setup(set_prefix=False)
    return Pages()
