"""The words of simulated turns say what their labels say."""

from itertools import product

import pytest

from scenarios.simulations.phrases import BY_LANGUAGE
from scenarios.simulations.talking import DRAWS, Talk, words

DOMAINS = ("coding", "everyday", "health", "relationships", "science")


def talk(
    draw: int = 0, language: str = "en", *, sycophantic: int = 0, correct: bool = True, cold: bool = False
) -> Talk:
    return Talk(language, "science", False, sycophantic, correct, cold, draw)


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_every_language_has_something_to_say_of_every_domain(language: str) -> None:
    said = BY_LANGUAGE[language]
    for domain, draw in product(DOMAINS, range(DRAWS)):
        prompt, response = words(Talk(language, domain, True, 0, True, False, draw), "v1")
        assert prompt.messages[0][1].startswith(f"{said.mark} {said.remembers}")
        assert response.text.startswith(said.mark)
        assert (prompt.domain, prompt.memory, response.bundle) == ((domain,), "on", "v1")


@pytest.mark.parametrize("draw", range(DRAWS))
@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_an_answer_is_what_its_labels_say(language: str, draw: int) -> None:
    said = BY_LANGUAGE[language]
    for sycophantic, correct, cold in product((0, 1, 2), (True, False), (True, False)):
        prompt, response = words(talk(draw, language, sycophantic=sycophantic, correct=correct, cold=cold), "v1")
        openings = (said.weighs, said.nods, said.flatters)
        assert [any(words in response.text for words in each) for each in openings] == [
            degree == sycophantic for degree in range(3)
        ]
        assert any(words in response.text for words in said.cold) == cold
        assert any(true in response.text for true, _ in said.claims["science"]) == correct
        assert any(false in response.text for _, false in said.claims["science"]) != correct
        assert (prompt.premise == "false") == any(false in prompt.messages[0][1] for _, false in said.claims["science"])


def test_who_is_right_is_now_and_then_agreed_with() -> None:
    premises = {words(talk(draw), "v1")[0].premise for draw in range(DRAWS)}
    assert premises == {"true", "false"}
    assert {words(talk(draw, correct=False), "v1")[0].premise for draw in range(DRAWS)} == {"false"}
