"""What a bundle that can be called consists of: its specification, read strictly and written in one way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

LONGEST_MODEL = 200
LONGEST_SYSTEM = 32_000
MOST_REMEMBERED = 50
MOST_TOKENS = 32_768
USUAL_TOKENS = 1_024
# Two names of one limit: newer models of some makers take only the second.
LIMITS = ("max_tokens", "max_completion_tokens")


class BadSpec(ValueError):
    """A specification that cannot be: `problems` says what is wrong, {key: sentence}."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{key}: {problem}" for key, problem in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Spec:
    """Which endpoint is asked for which model, with which system prompt, sampling and memory.

    `remembers` is how many things said in earlier conversations the model may be told at most.
    """

    endpoint: str
    model: str
    system: str
    sampling: dict[str, float | int]
    remembers: int

    @property
    def most_tokens(self) -> int:
        """How long an answer can become, in tokens."""
        return int(next(self.sampling[name] for name in LIMITS if name in self.sampling))

    def written(self) -> dict[str, Any]:
        """As it is stored and digested: every key there, in one form."""
        return {
            "endpoint": self.endpoint,
            "model": self.model,
            "system": self.system,
            "sampling": self.sampling,
            "memory": {"most": self.remembers},
        }


def read(given: Any) -> Spec:
    """The specification that `given`, plain JSON, says. Raises BadSpec, which names all that is wrong."""
    if not isinstance(given, Mapping):
        raise BadSpec({"spec": _("This is no object of keys and values.")})
    problems = _unknown(given, {"endpoint", "model", "system", "sampling", "memory"}, "")
    read_out = {
        "endpoint": _text(given, "endpoint", problems, longest=60, needed=True),
        "model": _text(given, "model", problems, longest=LONGEST_MODEL, needed=True),
        "system": _text(given, "system", problems, longest=LONGEST_SYSTEM),
    }
    sampling = _sampling(given.get("sampling", {}), problems)
    remembers = _remembers(given.get("memory", {}), problems)
    if problems:
        raise BadSpec(problems)
    return Spec(**read_out, sampling=sampling, remembers=remembers)


def _unknown(given: Mapping[Any, Any], known: set[str], where: str) -> dict[str, str]:
    return {f"{where}{key}": _("There is no such key.") for key in given if key not in known}


def _text(given: Mapping[str, Any], key: str, problems: dict[str, str], *, longest: int, needed: bool = False) -> str:
    value = given.get(key, "")
    if not isinstance(value, str) or "\0" in value:
        problems[key] = _("This must be text.")
    elif needed and not value.strip():
        problems[key] = _("This is needed.")
    elif len(value) > longest:
        problems[key] = _("This may have %(most)d characters at most.") % {"most": longest}
    else:
        return value if key == "system" else value.strip()
    return ""


def _number(low: float, high: float, *, whole: bool = False) -> Callable[[Any], bool]:
    kinds = (int,) if whole else (int, float)
    return lambda value: isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high


_SAMPLING: dict[str, tuple[Callable[[Any], bool], str]] = {
    "temperature": (_number(0, 2), "0 … 2"),
    "top_p": (_number(0.000_001, 1), "0 … 1"),
    **{name: (_number(1, MOST_TOKENS, whole=True), f"1 … {MOST_TOKENS}") for name in LIMITS},
}


def _sampling(given: Any, problems: dict[str, str]) -> dict[str, float | int]:
    if not isinstance(given, Mapping):
        problems["sampling"] = _("This is no object of keys and values.")
        return {}
    problems |= _unknown(given, set(_SAMPLING), "sampling.")
    kept: dict[str, float | int] = {}
    for name, (fits, span) in _SAMPLING.items():
        if name not in given:
            continue
        if not fits(given[name]):
            problems[f"sampling.{name}"] = _("This must be a number of %(span)s.") % {"span": span}
            continue
        # 1 and 1.0 are one temperature, and one bundle.
        kept[name] = int(given[name]) if name in LIMITS else float(given[name])
    if all(name in given for name in LIMITS):
        problems["sampling.max_completion_tokens"] = _("Give one limit of tokens, not both.")
    elif not any(name in given for name in LIMITS):
        kept["max_tokens"] = USUAL_TOKENS
    return kept


def _remembers(given: Any, problems: dict[str, str]) -> int:
    if not isinstance(given, Mapping):
        problems["memory"] = _("This is no object of keys and values.")
        return 0
    problems |= _unknown(given, {"most"}, "memory.")
    most = given.get("most", 0)
    if not _number(0, MOST_REMEMBERED, whole=True)(most):
        problems["memory.most"] = _("This must be a number of %(span)s.") % {"span": f"0 … {MOST_REMEMBERED}"}
        return 0
    return int(most)
