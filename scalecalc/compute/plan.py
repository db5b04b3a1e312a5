"""A run that is planned: what is known of it, and what follows, from pessimistic to optimistic.

The relation between these quantities, and the solver, stand in `runtime.py`.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, fields

from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import Throughput, in_range
from scalecalc.laws.arithmetic import require_positive

SAME = 1e-9
"""Relative difference that counts as rounding: 1024.0000001 GPUs are 1024."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is given of a run; `None` is what is asked for. `usd` is a sum, `gpus` a count of devices."""

    flops: float | None = None
    gpus: int | None = None
    seconds: float | None = None
    usd: float | None = None
    gpu_hours: float | None = None

    def __post_init__(self) -> None:
        for name in self.names:
            require_positive(name, getattr(self, name))
        if self.gpus is not None and not (self.gpus == int(self.gpus) and self.gpus <= sys.float_info.max):
            raise ValueError(f"gpus must be a whole number that a float can hold, not {self.gpus!r}")
        if {"gpus", "seconds", "gpu_hours"} <= self.names:
            raise ValueError("gpu_hours follows from gpus and seconds: give two of the three")

    @property
    def names(self) -> frozenset[str]:
        """The quantities that are given."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name) is not None)

    @property
    def reserved(self) -> float | None:
        """GPU-hours that are given, or that the given GPUs and time hold; `None` if neither is known."""
        if self.gpus is not None and self.seconds is not None:
            return in_range("GPU-hours", self.gpus * self.seconds / 3600)
        return self.gpu_hours

    @property
    def implies_mfu(self) -> bool:
        """Whether the MFU follows from what is given, so that none is assumed."""
        return self.reserved is not None and self.flops is not None

    @property
    def spends_all(self) -> bool:
        """Whether the given money is what the run costs, not a sum that the cost is held against."""
        return self.usd is not None and (self.reserved is not None or self.flops is None)

    @property
    def implies_price(self) -> bool:
        """Whether the price follows from what is given, so that none is assumed."""
        return self.reserved is not None and self.usd is not None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One consistent set of numbers; `None` is what the known quantities leave open.

    `needed` is the GPU-hours that known FLOPs take at the assumed MFU; `available` is what is reserved, or
    what known money buys at the assumed price; `required_mfu` is the MFU at which the two are equal.
    `affordable_price` is the price per GPU-hour at which known money just pays for `gpu_hours`.
    """

    flops: float
    gpu_hours: float
    mfu: float
    gpus: int | None
    seconds: float | None
    price: float | None
    usd: float | None
    needed: float | None
    available: float | None
    required_mfu: float | None
    affordable_price: float | None

    @property
    def suffices(self) -> bool:
        """Whether what is available covers what is needed; true where one of them is not known."""
        if self.needed is None or self.available is None:
            return True
        return self.needed <= self.available * (1 + SAME)


@dataclass(frozen=True, slots=True)
class Balance:
    """GPU-hours needed against GPU-hours available, and the `mfu` at which they would be equal.

    `enough` is the verdict of the typical scenario; it is `certain` if the outer two agree. An `mfu` over 1
    is a shortage that no MFU can mend.
    """

    needed: Spread
    available: Spread
    mfu: Spread
    enough: bool
    certain: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A run solved for what was missing: each quantity from its pessimistic to its optimistic figure."""

    known: Known
    throughput: Throughput
    typical: Scenario
    pessimistic: Scenario
    optimistic: Scenario

    @property
    def flops(self) -> Spread:
        """Model FLOPs."""
        return self._required(lambda run: run.flops)

    @property
    def gpu_hours(self) -> Spread:
        """Billed device-hours."""
        return self._required(lambda run: run.gpu_hours)

    @property
    def mfu(self) -> Spread:
        """The MFU while the run moves, assumed or implied; may exceed 1 where it is implied."""
        return self._required(lambda run: run.mfu)

    @property
    def end_to_end(self) -> Spread:
        """The share of peak over all billed time: MFU times goodput."""
        return self.mfu.times(self.throughput.goodput)

    @property
    def gpus(self) -> Spread | None:
        """Devices, each scenario's a whole number; `None` if nothing fixes them."""
        return self._optional(lambda run: run.gpus)

    @property
    def seconds(self) -> Spread | None:
        """Wall-clock time; `None` if nothing fixes it."""
        return self._optional(lambda run: run.seconds)

    @property
    def price(self) -> Spread | None:
        """US dollars per GPU-hour, assumed or implied; `None` if there is none."""
        return self._optional(lambda run: run.price)

    @property
    def usd(self) -> Spread | None:
        """US dollars that the GPU-hours cost; `None` without a price."""
        return self._optional(lambda run: run.usd)

    @property
    def balance(self) -> Balance | None:
        """Need against supply where both are known, `None` otherwise."""
        needed = self._optional(lambda run: run.needed)
        available = self._optional(lambda run: run.available)
        mfu = self._optional(lambda run: run.required_mfu)
        if needed is None or available is None or mfu is None:
            return None
        verdicts = {run.suffices for run in (self.pessimistic, self.typical, self.optimistic)}
        return Balance(needed, available, mfu, enough=self.typical.suffices, certain=len(verdicts) == 1)

    @property
    def affordable_price(self) -> Spread | None:
        """US dollars per GPU-hour at which the given money just pays for the run; `None` without money."""
        return self._optional(lambda run: run.affordable_price)

    def _required(self, of: Callable[[Scenario], float]) -> Spread:
        return Spread.over(of(self.typical), (of(self.pessimistic), of(self.optimistic)))

    def _optional(self, of: Callable[[Scenario], float | None]) -> Spread | None:
        typical, pessimistic, optimistic = of(self.typical), of(self.pessimistic), of(self.optimistic)
        if typical is None or pessimistic is None or optimistic is None:
            return None
        return Spread.over(typical, (pessimistic, optimistic))
