"""The learning rate of every step of a run: a warm-up, and then one of the shapes."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor, isfinite
from typing import final

from scalecalc.training.schedule_shapes import Landmark, Shape, Stretch


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Learning rates of the steps 1, ..., steps.

    The course is a curve over [0, steps]: in a straight line from `start` at 0 to `peak` at `warmup`, and
    from there by its shape. Counted from one, step k takes the curve at k: the first step is above zero,
    the last one ends the fall. Counted from zero (`from_zero`), as most schedulers of PyTorch and
    transformers do, it takes the curve at k - 1: the first step has the rate `start`, and the fall ends one
    step after the last.

    >>> from scalecalc.training.schedule_shapes import Fall
    >>> course = Schedule(peak=1e-3, steps=10, warmup=2, shape=Fall(low=1e-4, steps=8, form="linear"))
    >>> [f"{rate:.2g}" for rate in course.rates()][:4], f"{course.rate(10):.2g}"
    (['0.0005', '0.001', '0.00089', '0.00078'], '0.0001')
    """

    peak: float
    steps: int
    shape: Shape
    warmup: int = 0
    start: float = 0.0
    from_zero: bool = False

    def __post_init__(self) -> None:
        if not (isfinite(self.peak) and self.peak > 0):
            raise ValueError(f"peak must be above zero, not {self.peak!r}")
        if self.steps < 1:
            raise ValueError(f"steps must be one or more, not {self.steps!r}")
        if not 0 <= self.warmup < self.steps:
            raise ValueError(f"warmup must be zero or more and below steps, not {self.warmup!r}")
        if not 0 <= self.start <= self.peak:
            raise ValueError(f"start must lie between zero and peak, not {self.start!r}")

    def rate(self, step: int) -> float:
        """Learning rate of a step, the first being step 1."""
        if not 1 <= step <= self.steps:
            raise ValueError(f"step must be between 1 and {self.steps}, not {step!r}")
        return self._at(step - self.shift)

    def rates(self) -> Iterator[float]:
        """Learning rates of all steps, one after the other."""
        return (self._at(step - self.shift) for step in range(1, self.steps + 1))

    @property
    def stretch(self) -> Stretch:
        """What its shape starts from."""
        return Stretch(self.peak, self.steps - self.warmup, self.from_zero)

    @property
    def shift(self) -> int:
        """How far behind its own number a step is on the curve."""
        return int(self.from_zero)

    def area(self) -> float:
        """Sum of the rates of all steps, in closed form."""
        first, last = 1 - self.shift, self.steps - self.shift
        rising = min(self.warmup, last + 1) - first
        slope = (self.peak - self.start) / self.warmup if self.warmup else 0.0
        rise = rising * self.start + slope * rising * (first + self.warmup - 1) / 2
        fall = self.shape.total(self.stretch, max(0, first - self.warmup), last - self.warmup)
        return (rise if rising > 0 else 0.0) + fall

    def mean_share(self) -> float:
        """Mean learning rate over the steps, as a share of the peak."""
        return self.area() / (self.peak * self.steps)

    def landmarks(self) -> tuple[tuple[str, int], ...]:
        """Where the course changes, with quarters of the run, by step."""
        found = [("first step", 1)]
        if self.warmup:
            found.append(("end of the warm-up", self._step(Landmark("", 0, is_jump=False))))
        found += [(f"{quarter} % of the run", ceil(quarter * self.steps / 100)) for quarter in (25, 50, 75)]
        found += [(each.name, self._step(each)) for each in self.shape.landmarks(self.stretch)]
        found.append(("last step", self.steps))
        named: dict[int, list[str]] = {}
        for name, step in found:
            named.setdefault(min(step, self.steps), []).append(name)
        return tuple((", ".join(names), step) for step, names in sorted(named.items()))

    def _at(self, place: int) -> float:
        if place < self.warmup:
            return self.start + (self.peak - self.start) * (place / self.warmup)
        return self.shape.rate(self.stretch, place - self.warmup)

    def _step(self, landmark: Landmark) -> int:
        """The step that takes the curve there; of a jump, the first step behind it."""
        place = self.warmup + landmark.done
        if landmark.is_jump:
            return ceil(place) + 1 if self.from_zero else floor(place) + 1
        return max(1, round(place) + self.shift)
