"""Energy and carbon of device-hours: the power of a device, the overhead of its building, the grid's mix.

The power is what was measured in training where that is known, the design power otherwise. What was measured
on a device alone leaves out its host, whose share is some 10 to 50 % more.
"""

from dataclasses import dataclass
from typing import Literal

from scalecalc.compute.accelerator import Accelerator
from scalecalc.laws.arithmetic import require_positive
from scalecalc.problem import Problem

PowerBasis = Literal["given", "measured", "design"]

ORDINARY_GRID = (10.0, 1000.0)
"""Grams of CO2 per kilowatt-hour, from hydropower to coal; outside of it a unit or a scope is wrong."""

PUE = 1.1
"""Power of the building over that of its machines: what LLaMA's authors assume and large clouds report
(arXiv 2302.13971, section 6; arXiv 2104.10350, table 4). Old halls have 1.5 and more."""


@dataclass(frozen=True, slots=True)
class Power:
    """Watts of one device, and where the figure is from."""

    watts: float
    basis: PowerBasis
    detail: str

    def __post_init__(self) -> None:
        require_positive("watts", self.watts)


@dataclass(frozen=True, slots=True)
class Energy:
    """Energy in kilowatt-hours, the building's overhead in it, and grams of CO2 where the grid is known."""

    kwh: float
    power: Power
    pue: float
    co2_grams: float | None


def power_of(accelerator: Accelerator, watts: float | None = None) -> Power:
    """Return the power to count with: the given one, the measured one, or the design power."""
    if watts is not None:
        return Power(watts, "given", "as given")
    if accelerator.draw is not None:
        return Power(accelerator.draw, "measured", accelerator.draw_basis)
    if accelerator.tdp is None:
        raise Problem(
            "no-power", f"no power is published for {accelerator.id}", "give it in watts of one device"
        )
    return Power(accelerator.tdp, "design", f"design power of {accelerator.id}, not measured")


def implied_watts(kwh: float, device_hours: float, pue: float = 1.0) -> float:
    """Return the power of a device behind printed energy; where it is the design power, none was measured.

    LLaMA 65B's 449 MWh are 400 W on every hour, the A100's design power:

    >>> round(implied_watts(449e3, 1_022_362, pue=1.1))
    399
    """
    require_positive("kwh", kwh)
    require_positive("device_hours", device_hours)
    return 1000 * kwh / device_hours / pue


def implied_grid(co2_grams: float, device_hours: float, power: Power, pue: float = 1.0) -> float:
    """Return the grams of CO2 per kilowatt-hour behind a printed mass; grids lie in `ORDINARY_GRID`."""
    require_positive("co2_grams", co2_grams)
    return co2_grams / energy(device_hours, power, pue).kwh


def energy(device_hours: float, power: Power, pue: float = PUE, grid: float | None = None) -> Energy:
    """Return the energy of device-hours; `grid` is in grams of CO2 per kilowatt-hour.

    LLaMA 65B, 1,022,362 A100-hours at 400 W: 449 MWh and 173 t of CO2 (arXiv 2302.13971, table 15).

    >>> used = energy(1_022_362, Power(400, "given", ""), pue=1.1, grid=385)
    >>> f"{used.kwh / 1e3:.0f} MWh, {used.co2_grams / 1e6:.0f} t"
    '450 MWh, 173 t'
    """
    require_positive("device_hours", device_hours)
    if not pue >= 1:
        raise ValueError(f"pue must be at least 1, not {pue!r}")
    if grid is not None and grid < 0:
        raise ValueError(f"grid must be 0 or more grams per kilowatt-hour, not {grid!r}")
    kwh = device_hours * power.watts * pue / 1000
    return Energy(kwh, power, pue, None if grid is None else kwh * grid)
