"""A typical figure with the range that it is seen in."""

from collections.abc import Iterable
from dataclasses import dataclass

from scalecalc.laws.arithmetic import require_positive


@dataclass(frozen=True, slots=True)
class Spread:
    """A positive `value` between `low` and `high`; a figure that is known has all three equal."""

    value: float
    low: float
    high: float

    def __post_init__(self) -> None:
        for name in ("value", "low", "high"):
            require_positive(name, getattr(self, name))
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value must lie from low to high: {self.low} <= {self.value} <= {self.high}")

    @classmethod
    def exact(cls, value: float) -> "Spread":
        """Return a figure without a range."""
        return cls(value, value, value)

    @classmethod
    def over(cls, typical: float, others: Iterable[float]) -> "Spread":
        """Return `typical` with the least and the greatest of it and the others.

        >>> Spread.over(30.0, [45.0, 25.0])
        Spread(value=30.0, low=25.0, high=45.0)
        """
        seen = (typical, *others)
        return cls(typical, min(seen), max(seen))

    @property
    def is_exact(self) -> bool:
        """Whether the figure has no range."""
        return self.low == self.high

    def times(self, factor: float) -> "Spread":
        """Return the spread in another unit, or scaled by a known factor."""
        return Spread(self.value * factor, self.low * factor, self.high * factor)
