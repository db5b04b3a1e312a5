"""What a learning rate does after its warm-up: shapes in plain arithmetic, with closed sums over steps.

A shape knows neither warm-up nor batch: `done` steps of a span lie behind it, and it starts at the peak.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import cos, expm1, log, pi, sin, sqrt
from typing import Literal, NamedTuple, final

Form = Literal["linear", "cosine", "exponential", "1-sqrt"]

DIRECT = 100
"""Terms of a sum of powers that are added one by one before the Euler-Maclaurin formula takes over."""


class Stretch(NamedTuple):
    """From which peak a shape starts and over how many steps; `after`: a step at a jump lies behind it."""

    peak: float
    span: int
    after: bool


class Landmark(NamedTuple):
    """Where a course changes, when so many steps are done; `is_jump` where the rate changes at once."""

    name: str
    done: float
    is_jump: bool


class Shape(ABC):
    """A course of the rate from its peak."""

    @abstractmethod
    def rate(self, stretch: Stretch, done: int) -> float:
        """Learning rate when `done` of the steps are over."""

    @abstractmethod
    def total(self, stretch: Stretch, first: int, last: int) -> float:
        """Sum of the rates at done = first, ..., last; zero where that is nothing."""

    def landmarks(self, stretch: Stretch) -> tuple[Landmark, ...]:  # noqa: ARG002 - as declared
        """Where its course changes."""
        return ()


@final
@dataclass(frozen=True, slots=True)
class Fall(Shape):
    """At the peak, and then down to `low` within the last `steps` steps; without any, a constant rate.

    `1-sqrt` is low + (peak - low) * (1 - sqrt(x)) with x the share of the fall that is over (Hägele et al.
    2024, arXiv 2405.18392); `exponential` is low**x * peak**(1 - x).
    """

    low: float
    steps: int
    form: Form = "cosine"

    def __post_init__(self) -> None:
        _require(self.low >= 0, "low", self.low, "zero or more")
        _require(self.steps >= 0, "steps", self.steps, "zero or more")
        _require(
            self.low > 0 or self.form != "exponential", "low", self.low, "above zero: none falls to it so"
        )

    def rate(self, stretch: Stretch, done: int) -> float:
        """The peak, or the form between peak and low."""
        over = done - (stretch.span - self.steps)
        if over <= 0:
            return stretch.peak
        share = over / self.steps
        match self.form:
            case "linear":
                height = 1.0 - share
            case "cosine":
                height = 0.5 * (1.0 + cos(pi * share))
            case "1-sqrt":
                height = 1.0 - sqrt(share)
            case "exponential":
                return float(self.low**share * stretch.peak ** (1.0 - share))
        return self.low + (stretch.peak - self.low) * height

    def total(self, stretch: Stretch, first: int, last: int) -> float:
        """The steps at the peak, and the closed sum of the form."""
        turn = stretch.span - self.steps
        flat = max(0, min(last, turn) - first + 1)
        start, end = max(first - turn, 1), last - turn
        count = end - start + 1
        if count <= 0:
            return flat * stretch.peak
        if self.form == "exponential":
            return flat * stretch.peak + _geometric(
                stretch.peak, log(self.low / stretch.peak) / self.steps, start, count
            )
        match self.form:
            case "linear":
                heights = count - (start + end) * count / 2 / self.steps
            case "cosine":
                heights = 0.5 * (count + sum_of_cosines(pi / self.steps, 0.0, start, end))
            case _:
                heights = count - sum_of_powers(0.5, start, end) / sqrt(self.steps)
        return flat * stretch.peak + count * self.low + (stretch.peak - self.low) * heights

    def landmarks(self, stretch: Stretch) -> tuple[Landmark, ...]:
        """The start of a cooldown; a fall over the whole span starts with it."""
        if not 0 < self.steps < stretch.span:
            return ()
        return (Landmark("start of the cooldown", stretch.span - self.steps, is_jump=False),)


@final
@dataclass(frozen=True, slots=True)
class InverseRoot(Shape):
    """peak / sqrt(1 + done / timescale), which never ends."""

    timescale: float

    def __post_init__(self) -> None:
        _require(self.timescale > 0, "timescale", self.timescale, "above zero")

    def rate(self, stretch: Stretch, done: int) -> float:
        """The rate falls as one over the root of the steps."""
        return stretch.peak / sqrt((done + self.timescale) / self.timescale)

    def total(self, stretch: Stretch, first: int, last: int) -> float:
        """By the Euler-Maclaurin formula, to machine precision."""
        return stretch.peak * sqrt(self.timescale) * sum_of_powers(-0.5, first, last, self.timescale)


@final
@dataclass(frozen=True, slots=True)
class Drops(Shape):
    """Multiplied by `factor` when each of `at` steps is done."""

    at: tuple[int, ...]
    factor: float

    def __post_init__(self) -> None:
        _require(0 < self.factor <= 1, "factor", self.factor, "between 0 and 1")
        rising = all(one < other for one, other in pairwise((-1, *self.at)))
        _require(rising, "at", self.at, "rising and not negative")

    def rate(self, stretch: Stretch, done: int) -> float:
        """The peak times the factor to the number of drops behind."""
        behind = sum(done >= each if stretch.after else done > each for each in self.at)
        return float(stretch.peak * self.factor**behind)

    def total(self, stretch: Stretch, first: int, last: int) -> float:
        """Level by level."""
        shift = 0 if stretch.after else 1
        ends = [min(each + shift, last + 1) for each in self.at] + [last + 1]
        starts = [first, *(max(each + shift, first) for each in self.at)]
        levels = (stretch.peak * self.factor**level for level in range(len(ends)))
        return sum(
            level * max(0, end - start) for level, start, end in zip(levels, starts, ends, strict=True)
        )

    def landmarks(self, stretch: Stretch) -> tuple[Landmark, ...]:  # noqa: ARG002 - as declared
        """Every drop."""
        return tuple(
            Landmark(f"drop {number}", at, is_jump=True) for number, at in enumerate(self.at, start=1)
        )


@final
@dataclass(frozen=True, slots=True)
class Restarts(Shape):
    """Cosines from the peak to `low`, each `growth` times as long as the one before, that fill the span."""

    low: float
    cycles: int
    growth: float = 1

    def __post_init__(self) -> None:
        _require(self.low >= 0, "low", self.low, "zero or more")
        _require(self.cycles >= 1, "cycles", self.cycles, "one or more")
        _require(self.growth >= 1, "growth", self.growth, "one or more")

    def rate(self, stretch: Stretch, done: int) -> float:
        """The cosine of the cycle that the step is in."""
        behind = list(accumulate(self._lengths, initial=0))
        place = done * behind[-1]  # steps and lengths on one scale, where whole numbers stay exact
        cycle = sum(
            place >= each * stretch.span if stretch.after else place > each * stretch.span
            for each in behind[1:-1]
        )
        share = (place - behind[cycle] * stretch.span) / (self._lengths[cycle] * stretch.span)
        return self.low + (stretch.peak - self.low) * (0.5 * (1.0 + cos(pi * share)))

    def total(self, stretch: Stretch, first: int, last: int) -> float:
        """Cycle by cycle, each a closed sum."""
        behind = list(accumulate(self._lengths, initial=0))
        heights = 0.0
        for cycle, length in enumerate(self._lengths):
            begin, end = (
                _next_step(each * stretch.span, behind[-1], after=stretch.after)
                for each in behind[cycle : cycle + 2]
            )
            start, stop = (first if cycle == 0 else max(begin, first)), min(end - 1, last)
            if cycle == self.cycles - 1:
                stop = last
            if stop >= start:
                angle = pi * behind[-1] / (length * stretch.span)
                phase = -pi * behind[cycle] / length
                heights += 0.5 * (stop - start + 1 + sum_of_cosines(angle, phase, start, stop))
        count = max(0, last - first + 1)
        return count * self.low + (stretch.peak - self.low) * heights

    def landmarks(self, stretch: Stretch) -> tuple[Landmark, ...]:
        """Every restart."""
        behind = list(accumulate(self._lengths, initial=0))
        return tuple(
            Landmark(f"restart {number}", each * stretch.span / behind[-1], is_jump=True)
            for number, each in enumerate(behind[1:-1], start=1)
        )

    @property
    def _lengths(self) -> list[float]:
        """Lengths of the cycles, the first being one."""
        return [self.growth**cycle for cycle in range(self.cycles)]


def sum_of_cosines(angle: float, phase: float, first: int, last: int) -> float:
    """Sum of cos(angle * j + phase) over j = first, ..., last, by Dirichlet's kernel."""
    count = last - first + 1
    middle = (first + last) / 2
    if abs(sin(angle / 2)) < 1e-9:
        return count * cos(angle * middle + phase)
    return sin(count * angle / 2) / sin(angle / 2) * cos(angle * middle + phase)


def sum_of_powers(exponent: float, first: int, last: int, offset: float = 0.0) -> float:
    """Sum of (j + offset)**exponent over j = first, ..., last.

    The first 100 terms one by one, the rest by the Euler-Maclaurin formula with two corrections: the next one
    is below 1e-14 of the sum.

    >>> sum_of_powers(0.5, 1, 100) - sum(j**0.5 for j in range(1, 101)) < 1e-11
    True
    """
    turn = min(last + 1, first + DIRECT)
    head = float(sum((j + offset) ** exponent for j in range(first, turn)))
    if turn > last:
        return head
    a, b, p = turn + offset, last + offset, exponent
    integral = (b ** (p + 1) - a ** (p + 1)) / (p + 1)
    slopes = p * (b ** (p - 1) - a ** (p - 1)) / 12
    third = p * (p - 1) * (p - 2) * (b ** (p - 3) - a ** (p - 3)) / 720
    return float(head + integral + (a**p + b**p) / 2 + slopes - third)


def _geometric(peak: float, log_ratio: float, start: int, count: int) -> float:
    """Sum of peak * exp(log_ratio * j) over count terms from j = start."""
    if log_ratio == 0:
        return count * peak
    ratio = expm1(count * log_ratio) / expm1(log_ratio)
    return float(peak * (1 + expm1(start * log_ratio)) * ratio)


def _next_step(scaled: float, scale: float, *, after: bool) -> int:
    """The first whole step at or after scaled / scale, or only after it."""
    whole = int(scaled // scale)
    return whole if after and whole * scale == scaled else whole + 1


def _require(holds: bool, name: str, value: object, rule: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {rule}, not {value!r}")
