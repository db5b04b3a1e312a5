"""Compute, devices, time and money of a training run: solves for what is missing.

Everything meets in the GPU-hours H. Three products hold, each with one factor that may be assumed:

    gpu_hours = gpus * seconds / 3600
    flops     = gpu_hours * 3600 * peak * mfu * goodput        (mfu may be assumed)
    usd       = gpu_hours * price                              (price may be assumed)

`solve` finds H by the first route whose quantities are known, facts before assumptions:

    1. reserved   gpu_hours, or gpus * seconds / 3600          no assumption
    2. needed     flops / (3600 * peak * mfu * goodput)        assumes the MFU
    3. bought     usd / price                                  assumes the price

and the products then give the rest. An assumption gives way only where facts alone settle it: reserved hours
with known FLOPs imply the MFU, reserved hours with known money imply the price. Where FLOPs are known beside
money but no hours are reserved, the MFU stays assumed, `usd` is what the run needs, and the `Balance` tells
whether the money given suffices and which MFU would make it do so.

Where an assumption is a spread, each of three scenarios (pessimistic: low MFU, high price; typical;
optimistic) is solved by itself and satisfies the products exactly. Every quantity is a product of powers in
which the MFU and the price pull the same way, so the two outer scenarios bound it, up to the rounding to
whole GPUs.
"""

import math

from scalecalc.compute.plan import SAME, Known, Plan, Scenario
from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import Throughput, in_range
from scalecalc.problem import Problem

DAY = 86_400.0
"""Seconds in a day."""

_ROUTES = (
    frozenset({"gpu_hours"}),
    frozenset({"gpus", "seconds"}),
    frozenset({"flops"}),
    frozenset({"usd", "price"}),
)
"""What settles the GPU-hours; see the module's text."""

_WORDS = {
    "flops": "the compute",
    "gpus": "the GPUs",
    "seconds": "the time",
    "usd": "the money",
    "price": "a price per GPU-hour",
    "gpu_hours": "the GPU-hours",
}


def solve(known: Known, throughput: Throughput, price: Spread | None = None) -> Plan:
    """Return the run that fits what is known; see the module's text for the algebra.

    GPUs asked for are rounded up to whole ones and the time shortened accordingly, so that a deadline holds
    and neither hours nor money change. `price` is in US dollars per GPU-hour.

    >>> a100 = Throughput(peak=312e12, mfu=Spread(value=0.335, low=0.251, high=0.464))
    >>> plan = solve(Known(flops=8.277e23, seconds=30 * DAY), a100)
    >>> plan.gpus
    Spread(value=3056, low=2206, high=4078)
    """
    priced = price is not None
    if frozenset() not in missing(known, priced=priced):
        raise _too_little(known, priced=priced)
    ends: tuple[tuple[float, float | None], ...] = (
        (throughput.mfu.value, price.value if price else None),
        (throughput.mfu.low, price.high if price else None),
        (throughput.mfu.high, price.low if price else None),
    )
    typical, pessimistic, optimistic = (_settle(known, throughput, mfu, dollars) for mfu, dollars in ends)
    return Plan(known, throughput, typical, pessimistic, optimistic)


def per_day(gpus: int, throughput: Throughput, price: Spread | None = None) -> Plan:
    """GPU-hours, FLOPs and dollars of one day on a cluster."""
    return solve(Known(gpus=gpus, seconds=DAY), throughput, price)


def missing(known: Known, *, priced: bool) -> tuple[frozenset[str], ...]:
    """Return the smallest sets of further quantities that would settle a run; one empty set if it is settled.

    `priced` says that a price per GPU-hour is known or assumed.

    >>> [sorted(further) for further in missing(Known(gpus=512), priced=True)]
    [['gpu_hours'], ['seconds'], ['flops'], ['usd']]
    """
    have = known.names | ({"price"} if priced else set())
    rest = [route - have for route in _ROUTES]
    fewest = min(len(further) for further in rest)
    return tuple(dict.fromkeys(further for further in rest if len(further) == fewest))


def _settle(known: Known, throughput: Throughput, mfu: float, price: float | None) -> Scenario:
    pace = throughput.flops_per_gpu_hour(mfu)
    reserved, money = known.reserved, known.usd
    needed = None if known.flops is None else in_range("GPU-hours", known.flops / pace)
    bought = None if money is None or price is None else in_range("GPU-hours", money / price)
    hours = next(found for found in (reserved, needed, bought) if found is not None)
    available = reserved if reserved is not None else bought
    required_mfu = affordable_price = None
    if known.flops is not None and available is not None:
        required_mfu = throughput.mfu_of(known.flops, available)
    if money is not None:
        affordable_price = in_range("price", money / hours)
    gpus, seconds = _layout(known, hours)
    return Scenario(
        flops=known.flops if known.flops is not None else in_range("compute", hours * pace),
        gpu_hours=hours,
        mfu=required_mfu if known.implies_mfu and required_mfu is not None else mfu,
        gpus=gpus,
        seconds=seconds,
        price=affordable_price if known.implies_price else price,
        usd=money if known.spends_all else _cost(hours, price),
        needed=needed,
        available=available,
        required_mfu=required_mfu,
        affordable_price=affordable_price,
    )


def _cost(gpu_hours: float, price: float | None) -> float | None:
    return None if price is None else in_range("money", gpu_hours * price)


def _layout(known: Known, gpu_hours: float) -> tuple[int | None, float | None]:
    """GPUs and time that hold the hours, as far as they are fixed."""
    gpus, seconds = known.gpus, known.seconds
    if seconds is None:
        return gpus, None if gpus is None else in_range("time", gpu_hours / gpus * 3600)
    if gpus is None:
        gpus = _whole(in_range("number of GPUs", gpu_hours / seconds * 3600))
        seconds = in_range("time", gpu_hours / gpus * 3600)
    return gpus, seconds


def _whole(gpus: float) -> int:
    """Whole devices, rounded up unless the excess is rounding."""
    nearest = round(gpus)
    return nearest if nearest >= 1 and abs(gpus - nearest) <= SAME * gpus else math.ceil(gpus)


def _too_little(known: Known, *, priced: bool) -> Problem:
    given = _phrase(known.names)
    ways = " or ".join(_phrase(way) for way in missing(known, priced=priced))
    if not given:
        return Problem("too-little-given", "nothing is given to plan a run from", f"give {ways}")
    return Problem("too-little-given", f"{given} alone settles no run", f"give also {ways}")


def _phrase(names: frozenset[str]) -> str:
    return " and ".join(words for name, words in _WORDS.items() if name in names)
