"""What a run draws and emits: the power of its devices, the building's overhead, the grid's mix."""

from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import Field

from scalecalc.commands._hardware import estimate
from scalecalc.problem import Problem
from scalecalc.quantity import Quantity, significant
from scalecalc.quantity.number import read_number, unknown_ending
from scalecalc.result import Estimate, Inputs, Note, Row, Shown

if TYPE_CHECKING:
    from scalecalc.compute.accelerator import Accelerator
    from scalecalc.compute.energy import Power
    from scalecalc.compute.spread import Spread

_JOULES_PER_KWH = 3.6e6


class _Scaled(Quantity):
    """A quantity that is printed in the largest of its units of which there is at least one."""

    __slots__ = ()

    may_be_zero = True
    scales: ClassVar[dict[str, float]]

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        if number.rest not in cls.scales:
            raise unknown_ending(number, cls)
        return number.scaled() * cls.scales[number.rest]

    def __str__(self) -> str:
        held = [name for name, size in self.scales.items() if float(significant(self / size)) >= 1]
        name = held[-1] if held else next(iter(self.scales))
        return f"{significant(self / self.scales[name])} {name}"


class Joules(_Scaled):
    """Energy in joules, printed as power bills do.

    >>> str(Joules(450e9 * 3.6)), Joules.parse("450 MWh")
    ('450 MWh', Joules(1.62e12))
    """

    __slots__ = ()

    unit = "joules"
    noun = "an amount of energy"
    metavar = "ENERGY"
    grammar = "3.5 kWh, 450 MWh, 27 GWh"
    scales: ClassVar[dict[str, float]] = {
        "kWh": _JOULES_PER_KWH, "MWh": 1e3 * _JOULES_PER_KWH, "GWh": 1e6 * _JOULES_PER_KWH,
        "TWh": 1e9 * _JOULES_PER_KWH,
    }  # fmt: skip


class Grams(_Scaled):
    """Mass in grams.

    >>> str(Grams(173.2e6)), Grams.parse("173 t")
    ('173 t', Grams(1.73e8))
    """

    __slots__ = ()

    unit = "grams"
    noun = "a mass"
    metavar = "MASS"
    grammar = "400 g, 12 kg, 173 t"
    scales: ClassVar[dict[str, float]] = {"g": 1.0, "kg": 1e3, "t": 1e6, "kt": 1e9}


class EnergyInputs(Inputs):
    """The power of a device, the building's overhead and the grid, where they are known better."""

    watts: float | None = Field(
        None, ge=1, le=1e5, description="Watts that a device draws in training. [measured, else its TDP]"
    )
    pue: float | None = Field(
        None, ge=1, le=10, description="Power of the building over that of its machines. [1.1]"
    )
    grid: float | None = Field(
        None, ge=0, le=1e5, description="Grams of CO2 per kilowatt-hour of the grid, for the CO2, e.g. 385."
    )


class EnergyRow(Row):
    """Energy of the run with the building's overhead, and CO2 where the grid is known."""

    joules: Estimate = Field(title="energy", description="Joules, the building's overhead in it.")
    co2_grams: Estimate | None = Field(title="CO2", description="Grams; null without --grid.")
    watts: Annotated[float, Shown(unit="W")] = Field(title="power of a device")
    basis: str = Field(title="power as", description="given, measured (in training) or design (TDP).")
    pue: Annotated[float, Shown(digits=2)] = Field(title="PUE")
    grid: Annotated[float | None, Shown(unit="gCO2/kWh")]


def energy_row(inputs: EnergyInputs, device: "Accelerator", gpu_hours: "Spread") -> EnergyRow | None:
    """The energy of those hours; None where no power of the device is known."""
    from scalecalc.compute.energy import PUE, energy

    power = power_of_device(inputs, device)
    if power is None:
        return None
    pue = inputs.pue or PUE
    kwh = gpu_hours.times(energy(1.0, power, pue).kwh)
    co2 = None
    if inputs.grid == 0:
        co2 = Estimate(value=Grams(0))
    elif inputs.grid is not None:
        co2 = estimate(kwh.times(inputs.grid), Grams)
    return EnergyRow(
        joules=estimate(kwh.times(_JOULES_PER_KWH), Joules),
        co2_grams=co2,
        watts=power.watts,
        basis=power.basis,
        pue=pue,
        grid=inputs.grid,
    )


def power_of_device(inputs: EnergyInputs, device: "Accelerator") -> "Power | None":
    """The power to count with; None where none is published, unless the question is about it."""
    from scalecalc.compute.energy import power_of

    try:
        return power_of(device, inputs.watts)
    except Problem as problem:
        if inputs.grid is None and inputs.pue is None:
            return None
        hint = f"add --watts: {problem.hint}"
        raise Problem(problem.code, problem.message, hint, problem.exit_code) from None


def energy_assumptions(inputs: EnergyInputs, device: "Accelerator") -> tuple[str, ...]:
    """Where the power is from."""
    from scalecalc.compute.energy import PUE

    power = power_of_device(inputs, device)
    if power is None:
        return ()
    pue = f"PUE {inputs.pue:g} as given" if inputs.pue else f"PUE {PUE:g}, as large clouds report"
    return (f"energy: {power.watts:.4g} W a device ({power.detail}); {pue}",)


def energy_notes(inputs: EnergyInputs) -> tuple[Note, ...]:
    """A grid that no grid is: most likely in another unit."""
    from scalecalc.compute.energy import ORDINARY_GRID

    low, high = ORDINARY_GRID
    if inputs.grid is None or low <= inputs.grid <= high:
        return ()
    text = f"grids emit {low:g} to {high:g} gCO2/kWh, not {inputs.grid:g}: another unit, or another scope"
    return (Note(code="unusual-grid", message=text, level="warning"),)
