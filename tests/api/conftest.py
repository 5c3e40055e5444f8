"""A project with a token, and a caller who sends it."""

import itertools
import json
from typing import Any

import pytest
from django.test import Client

from core.accounts import tokens
from core.accounts.models import Scope


class Caller:
    """Calls the API as a program does; `send` returns the response."""

    _keys = itertools.count()

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.http = Client(raise_request_exception=False)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`path` below /api/v1/; a `body` that is a dict goes as JSON, one of bytes as it is."""
        told = {"authorization": f"Bearer {self.secret}", **headers} if self.secret else headers
        url = path if path.startswith("/") else f"/api/v1/{path}"
        content = json.dumps(body) if isinstance(body, dict | list) else body or ""
        given = {name: value for name, value in told.items() if name != "content_type"}
        return self.http.generic(
            method, url, content, content_type=told.get("content_type", "application/json"), headers=given
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, key: str | None = "", **headers: str) -> Any:
        """With a new key, with the one that is named, or (None) without any."""
        if key is not None:
            headers["idempotency-key"] = key or f"key-{next(self._keys)}"
        return self.send("POST", path, body, **headers)

    def upload(self, path: str, key: str = "", **fields: Any) -> Any:
        headers = {
            "authorization": f"Bearer {self.secret}",
            "idempotency-key": key or f"key-{next(self._keys)}",
        }
        return self.http.post(f"/api/v1/{path}", fields, headers=headers)


@pytest.fixture
def make_caller(project: Any, owner: Any) -> Any:
    def make(*scopes: str, of: Any = None, by: Any = None, **more: Any) -> Caller:
        name = f"{'-'.join(scopes)} {next(Caller._keys)}"
        _, secret = tokens.make(
            project=of or project, by=by or owner, name=name, scopes=scopes or Scope.values, **{"days": 7, **more}
        )
        return Caller(secret)

    return make


@pytest.fixture
def caller(make_caller: Any) -> Caller:
    """One that may do everything."""
    return make_caller()
