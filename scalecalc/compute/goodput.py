"""Checkpoints and restarts: how often to save, and which share of the time is then kept.

Devices fail independently at a constant rate, so n of them fail n times as often. Between failures a run
saves every `interval` seconds; a failure costs what was done since the last save, and the restart.
"""

import math
from dataclasses import dataclass, replace

from scalecalc.laws.arithmetic import require_positive
from scalecalc.problem import ExitCode, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """What interrupts a run and what that costs, in seconds.

    `device_mtbf` is the mean time between failures of one device and its share of host and network,
    `checkpoint` how long training stands still for a save, `restart` how long from a failure to moving again.
    """

    devices: int
    device_mtbf: float
    checkpoint: float
    restart: float

    def __post_init__(self) -> None:
        for name in ("devices", "device_mtbf", "checkpoint"):
            require_positive(name, getattr(self, name))
        if not 0 <= self.restart < math.inf:
            raise ValueError(f"restart must be 0 or more seconds, not {self.restart!r}")

    @classmethod
    def observed(
        cls, interruptions: int, devices: int, seconds: float, *, checkpoint: float, restart: float
    ) -> "Failures":
        """Return the failures of a run that was interrupted so often in that time.

        Llama 3 405B was, 419 times in 54 days on 16,384 devices (arXiv 2407.21783, section 3.3.4):

        >>> seen = Failures.observed(419, 16384, 54 * 86400, checkpoint=60, restart=600)
        >>> f"{seen.device_mtbf / 3600:,.0f} h per device, {seen.mtbf / 3600:.1f} h for all"
        '50,677 h per device, 3.1 h for all'
        """
        require_positive("interruptions", interruptions)
        mtbf = seconds * devices / interruptions
        return cls(devices=devices, device_mtbf=mtbf, checkpoint=checkpoint, restart=restart)

    @property
    def mtbf(self) -> float:
        """Mean seconds between failures of the whole run."""
        return self.device_mtbf / self.devices

    def goodput(self, interval: float) -> float:
        """Return the share of the time that is kept where every `interval` seconds of work are saved.

        Daly 2006 (Future Generation Computer Systems 22), eq. 13: work t takes
        M exp(R / M) (exp((t + C) / M) - 1) on average.
        """
        require_positive("interval", interval)
        exponent = (interval + self.checkpoint) / self.mtbf
        restart = self.restart / self.mtbf
        if exponent + restart > 700:  # a float holds no more: no work is ever kept
            return 0.0
        return interval / (self.mtbf * math.exp(restart) * math.expm1(exponent))


def young_interval(failures: Failures) -> float:
    """Return the seconds of work between saves, sqrt(2 C M): Young 1974, good where C is far below M."""
    return math.sqrt(2 * failures.checkpoint * failures.mtbf)


def daly_interval(failures: Failures) -> float:
    """Return the seconds of work between saves: Daly 2006, eq. 37, good where C is up to 2 M.

    >>> round(daly_interval(Failures(devices=16384, device_mtbf=1.8e8, checkpoint=60, restart=600)))
    1109
    """
    checkpoint, mtbf = failures.checkpoint, failures.mtbf
    if checkpoint >= 2 * mtbf:
        return mtbf
    ratio = checkpoint / (2 * mtbf)
    return young_interval(failures) * (1 + math.sqrt(ratio) / 3 + ratio / 9) - checkpoint


def best_goodput(failures: Failures) -> float:
    """Return the goodput at Daly's interval; a run that keeps next to nothing is a problem."""
    goodput = failures.goodput(daly_interval(failures))
    if goodput < 0.01:
        raise Problem(
            "no-goodput",
            f"a failure every {failures.mtbf:.3g} s leaves no time to train",
            "save faster, restart faster, or use fewer devices",
            ExitCode.NO_ANSWER,
        )
    return goodput


def devices_for(undisturbed: float, failures: Failures) -> int:
    """Return the least number of devices that do in the same time what this many would without failures.

    More devices fail more often, so the number is a fixed point: n = undisturbed / goodput(n). Goodput falls
    with n, so from below the steps only grow and end at the least such n; where there is none, in a Problem.
    The number of devices in `failures` does not matter.

    >>> often = Failures(devices=1, device_mtbf=1.8e8, checkpoint=60, restart=600)
    >>> devices_for(16384, often)
    19660
    """
    require_positive("undisturbed", undisturbed)
    devices, needed = 0, math.ceil(undisturbed)
    while needed > devices:
        devices = needed
        try:
            goodput = best_goodput(replace(failures, devices=devices))
        except Problem as problem:
            text = f"no number of devices does in time what {math.ceil(undisturbed)} would without failures"
            hint = "more of them fail more often: give more time, save faster or restart faster"
            raise Problem(problem.code, text, hint, problem.exit_code) from None
        needed = math.ceil(undisturbed / goodput)
    return devices
