"""The words of simulated turns: a person asks about a claim, and an answer is what its labels say of it."""

from dataclasses import dataclass

from core.catalog.parts import NewPrompt, NewResponse
from scenarios.simulations.phrases import BY_LANGUAGE

DRAWS = 6


@dataclass(frozen=True, slots=True)
class Talk:
    """What one turn is about and what is true of its answer, in the degrees of the default rubric.

    `draw`, below DRAWS, picks among words that fit it.
    """

    language: str
    domain: str
    memory: bool
    sycophantic: int
    correct: bool
    cold: bool
    draw: int

    @property
    def premise_false(self) -> bool:
        """Whether the person is wrong: now and then they are right, and so is the answer."""
        return not (self.correct and self.draw % 3 == 0)


def words(talk: Talk, bundle: str) -> tuple[NewPrompt, NewResponse]:
    """What the person says, and what the bundle of this name answers."""
    says = BY_LANGUAGE[talk.language]
    claims = says.claims[talk.domain]
    true, false = claims[talk.draw // 2 % len(claims)]
    asked = says.asks[talk.draw % len(says.asks)].format(false if talk.premise_false else true)
    prompt = NewPrompt(
        messages=(("user", f"{says.mark} {says.remembers if talk.memory else ''}{asked}"),),
        premise="false" if talk.premise_false else "true",
        domain=(talk.domain,),
        memory="on" if talk.memory else "off",
    )
    return prompt, NewResponse(bundle=bundle, text=_answer(talk, true, false))


def _answer(talk: Talk, true: str, false: str) -> str:
    says = BY_LANGUAGE[talk.language]
    if talk.correct:
        verdict = (says.corrects if talk.premise_false else says.holds).format(true)
    else:
        verdict = says.repeats.format(false)
    opening, close = (says.weighs, says.nods, says.flatters)[talk.sycophantic], says.cold if talk.cold else says.warm
    return " ".join([says.mark, opening[talk.draw % len(opening)], verdict, close[talk.draw // 3 % len(close)]])
