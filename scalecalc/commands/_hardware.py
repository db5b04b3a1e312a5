"""Devices at work: the accelerator, its pace and its price, with what is assumed where nothing is given."""

from dataclasses import dataclass

from scalecalc import tables
from scalecalc.commands._spending import Spending
from scalecalc.compute.accelerator import Accelerator
from scalecalc.compute.plan import Plan
from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import Throughput, mfu_from_achieved, mfu_from_hfu
from scalecalc.compute.utilization import ModelKind, Utilization, end_to_end
from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import Dollars, Duration, Flops, Price, Share, significant
from scalecalc.result import Estimate, Note

DEFAULT_ACCELERATOR = "h100-sxm-80gb"


@dataclass(frozen=True, slots=True)
class Pace:
    """What one device does and costs, and what had to be assumed to say so."""

    accelerator: Accelerator
    dtype: str
    throughput: Throughput
    price: Spread | None
    mfu_method: str
    price_method: str
    device_text: str
    sources: tuple[str, ...]

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What the pace and the price rest on."""
        return (self.device_text, self.mfu_method, self.price_method)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the user says of the devices; None is left to the tables."""

    accelerator: str | None = None
    dtype: str | None = None
    mfu: Share | None = None
    goodput: Share | None = None
    price: Price | None = None
    kind: ModelKind = "dense"
    counts_attention: bool = False


def pace(terms: Terms) -> Pace:
    """The pace and price of the device that the terms name, the published ones where they name none."""
    device = tables.accelerator(terms.accelerator or DEFAULT_ACCELERATOR)
    dtype = terms.dtype or device.training_dtype
    peak = device.peak(dtype)
    unnamed = "" if terms.accelerator else ", taken because no accelerator was named"
    mfu, mfu_method, source = _mfu(device, dtype, terms)
    price, price_method = _price(device, terms)
    return Pace(
        device,
        dtype,
        Throughput(peak, mfu, terms.goodput or 1.0),
        price,
        mfu_method,
        price_method,
        f"{device.id}{unnamed}: {peak / 1e12:.4g} TFLOP/s dense {dtype} peak per device",
        tuple(text for text in (source, f"{device.id}: {device.source}") if text),
    )


def _mfu(device: Accelerator, dtype: str, terms: Terms) -> tuple[Spread, str, str]:
    if terms.mfu is not None and not terms.mfu:
        raise Problem("value", "--mfu: at 0% nothing is ever trained", "for example --mfu 40%")
    if terms.mfu is not None:
        return Spread.exact(terms.mfu), f"MFU {terms.mfu} as given", ""
    seen = end_to_end(tables.utilizations(), device, terms.kind, dtype)
    expected = _expected_with_attention(seen) if terms.counts_attention else None
    if expected:
        return expected
    of = " of 6ND" if terms.counts_attention else ""
    figures = f"MFU {Share(seen.median)}{of} end to end ({Share(seen.low)} to {Share(seen.high)})"
    runs = seen.caveat or f"median and {seen.level} of {seen.runs} published {terms.kind} runs"
    return seen.spread, f"{figures}: {runs}", f"utilization: {seen.source}"


def _expected_with_attention(seen: Utilization) -> tuple[Spread, str, str] | None:
    """The MFU of the published runs of this group with their attention counted; None without such runs.

    Where no run is published of this hardware, it is derived as that of 6ND is.
    """
    from scalecalc.compute.check import LEVEL, expected_mfu, observe

    devices, table = tables.accelerators(), tables.utilizations()
    group, factor = _measured(seen)
    found = expected_mfu(group, [observe(run, devices, table) for run in tables.training_runs() if run.used])
    if found is None:
        return None
    mfu, runs = found[0].times(factor), found[1]
    figures = f"MFU {Share(mfu.value)} end to end ({Share(mfu.low)} to {Share(mfu.high)})"
    text = f"{figures}, attention counted: median of {runs} published runs of {group}, range for {LEVEL:.0%}"
    if seen.basis == "derived":
        text = f"{figures}, attention counted: {seen.caveat}"
    return mfu, text, "runs: each has its own source, `scalecalc check --format csv` tells it"


def _measured(row: Utilization) -> tuple[str, float]:
    """The group of runs that a row is derived from at last, and the factor that it is of theirs."""
    by_key = {each.key: each for each in tables.utilizations()}
    factor = 1.0
    while row.basis == "derived":
        factor *= row.factor or 1.0
        row = by_key[row.derived_from]
    return row.key, factor


def _price(device: Accelerator, terms: Terms) -> tuple[Spread | None, str]:
    if terms.price is not None:
        return Spread.exact(terms.price), f"{terms.price} per GPU-hour as given"
    listed = device.price
    if listed is None:
        return None, f"no price is known for {device.id}: --price gives one"
    spread = Spread.over(listed.typical, [end for end in (listed.low, listed.high) if end is not None])
    prices = f"{Price(spread.value)} ({Price(spread.low)} to {Price(spread.high)})"
    return spread, f"{prices} per GPU-hour: {listed.basis}, {listed.date}"


def mfu_of_achieved(device: Accelerator, dtype: str, tflops: float, recomputed: float) -> Share:
    """The MFU of a device that achieves so many TFLOP/s; a figure above its dense peak is no achievement."""
    achieved, peak = tflops * 1e12, device.peak(dtype)
    if achieved <= peak:
        return Share(mfu_from_achieved(achieved, peak, recomputed))
    misread = "".join(f"; {each}" for each in device.misreadings(achieved, dtype)[:1])
    excess = f"--tflops {significant(tflops, 5)} exceeds the dense peak of {device.id}"
    raise Problem(
        "impossible-mfu",
        f"{excess}, {peak / 1e12:.5g} TFLOP/s{misread}",
        f"give what a device achieves in training, for example --tflops {peak / 2.5e12:.0f}, or --mfu 40%",
        ExitCode.NO_ANSWER,
    )


def recomputed_note(tflops: float, mfu: float, recomputed: float) -> Note | None:
    """What an achieved figure is worth if it counts recomputation; None where that is said to be in it.

    The 147 TFLOP/s of OPT, 156 of BLOOM, 102 of BloombergGPT and 140 of Megatron on A100 do.
    """
    if recomputed:
        return None
    less = Share(mfu_from_hfu(mfu))
    text = f"if the {significant(tflops, 4)} TFLOP/s count recomputation, as many printed ones do"
    return Note(code="hfu-or-mfu", message=f"{text}, the MFU is {less}: --recompute full says so")


def estimate(spread: Spread, kind: type[float], method: str | None = None) -> Estimate:
    """The spread as an estimate of that kind; a figure without a range has no ends."""
    if spread.is_exact:
        return Estimate(value=kind(spread.value), method=method)
    return Estimate(value=kind(spread.value), low=kind(spread.low), high=kind(spread.high), method=method)


def spending(plan: Plan, found: Pace, gpus: int | None) -> Spending:
    """The plan as a part of a result."""
    return Spending(
        accelerator=found.accelerator.id,
        gpus=gpus,
        seconds=estimate(plan.seconds, Duration) if plan.seconds else None,
        gpu_hours=estimate(plan.gpu_hours, float, found.price_method),
        usd=estimate(plan.usd, Dollars, found.price_method) if plan.usd else None,
        mfu=estimate(plan.mfu, Share, found.mfu_method),
        flops=estimate(plan.flops, Flops, found.mfu_method),
    )
