"""The reference clients in docs/clients/ say what the server says."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.abtest import vectors

CLIENTS = vectors.PLACE.parent


@pytest.fixture(scope="module")
def client() -> ModuleType:
    spec = importlib.util.spec_from_file_location("plumbline_client", CLIENTS / "plumbline.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def said() -> list[dict[str, Any]]:
    experiments: list[dict[str, Any]] = json.loads(vectors.PLACE.read_text())["experiments"]
    return experiments


def test_the_vectors_are_what_the_server_says_now() -> None:
    assert json.loads(vectors.PLACE.read_text()) == vectors.vectors()


def test_the_vectors_know_every_arm_and_both_answers(said: list[dict[str, Any]]) -> None:
    arms = {one["parameters"]["key"]: {arm for _, arm in one["arms"]} for one in said}
    assert arms["whole"] == {"control", "candidate"}
    assert arms["thin"] == {None, "control", "b", "c"}
    assert arms["over"] == {None}
    answers = {one["parameters"]["key"]: {chosen for *_, chosen in one["chosen"]} for one in said}
    assert answers["some"] == {True, False}
    assert answers["thin"] == {True}


def test_the_python_client_agrees_with_every_vector(client: ModuleType, said: list[dict[str, Any]]) -> None:
    for one in said:
        parameters, segment = one["parameters"], one["segment"]
        assert [[unit, client.number(parameters["salt"], "arm", unit)] for unit, _ in one["numbers"]] == one["numbers"]
        arms = [(unit, client.assign(parameters, unit, segment)) for unit, _ in one["arms"]]
        assert [[unit, arm and arm["key"]] for unit, arm in arms] == one["arms"]
        assert [[c, n, client.chosen(parameters, c, n)] for c, n, _ in one["chosen"]] == one["chosen"]
        if segment:
            everybody = {**parameters, "ramp": 100}
            assert client.assign(everybody, "u", {"locale": "fr"}) is client.assign(everybody, "u") is None


def test_the_javascript_client_agrees_with_every_vector() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here; tests/browser asks Chromium instead")
    check = Path(__file__).with_name("client.mjs")
    ran = subprocess.run([node, check, CLIENTS / "plumbline.mjs", vectors.PLACE], capture_output=True, text=True)
    assert (ran.stderr, json.loads(ran.stdout or "null")) == ("", [])


@pytest.mark.parametrize("name", ["plumbline.py", "plumbline.mjs"])
def test_a_client_has_at_most_sixty_lines(name: str) -> None:
    assert len((CLIENTS / name).read_text().splitlines()) <= 60
