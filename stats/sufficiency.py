"""Too little data is an answer of its own, never a number that looks like one."""


class InsufficientData(ValueError):
    """About `needed` more of `unit` ("raters", "comparisons") are needed before anything can be said."""

    def __init__(self, *, needed: int, unit: str) -> None:
        super().__init__(f"not enough data: about {needed} more {unit} needed")
        self.needed = needed
        self.unit = unit
