"""Server-sent events as they come over the wire: bytes in, the data of whole events out.

The library behind the adapter can read such streams itself, into objects of its own. That took almost twice the
processor for the whole way of a piece of text (335 against 180 microseconds), which hundreds of answers at a time feel.
"""


class Events:
    """Takes bytes in the order they come in; where they were cut does not matter."""

    def __init__(self) -> None:
        self._line: list[bytes] = []
        self._data: list[bytes] = []

    def take(self, part: bytes) -> list[bytes]:
        """The data of each event that has become whole."""
        first, *others = part.split(b"\n")
        self._line.append(first)
        found: list[bytes] = []
        for other in others:
            self._end_line(found)
            self._line = [other]
        return found

    def rest(self) -> list[bytes]:
        """The data of an event that the stream ended without closing, if there is one."""
        found: list[bytes] = []
        self._end_line(found)
        self._line = []
        self._end_line(found)
        return found

    def _end_line(self, found: list[bytes]) -> None:
        line = b"".join(self._line).removesuffix(b"\r")
        if line.startswith(b"data:"):
            self._data.append(line[5:].removeprefix(b" "))
        elif not line and self._data:
            found.append(b"\n".join(self._data))
            self._data = []
