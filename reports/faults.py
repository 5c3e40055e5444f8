"""What is wrong with something that was to be written down, field by field."""

from collections.abc import Mapping


class Refused(ValueError):
    """Nothing was written. `faults` is {field: what is wrong with it}, in the order in which a person would look.

    A field is named as it was given: `key`, `weights.thumbs`, `changes[1].signals`.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{field}: {words}" for field, words in faults.items()))
        self.faults = dict(faults)
