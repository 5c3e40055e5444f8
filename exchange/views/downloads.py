"""Handing out files that were made here, as attachments and without holding them in memory."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from django.core.handlers.asgi import ASGIRequest
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse

_CHUNK = 1 << 18


def attachment(request: HttpRequest, path: Path, name: str) -> StreamingHttpResponse:
    """The file as a download under this name. Raises Http404 if it is not there any more."""
    try:
        file = path.open("rb")
    except OSError:
        raise Http404("No such page.") from None
    # A type that no browser shows, whatever words the file holds.
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    # Should a browser show it all the same: nothing of it runs, loads, or is of this site.
    response["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    if isinstance(request, ASGIRequest):
        # Django would read a synchronous body whole before it sends the first byte.
        response.streaming_content = _chunks(file)
    return response


async def _chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    while chunk := await asyncio.to_thread(file.read, _CHUNK):
        yield chunk
