"""Options that set an optimizer, shared by the commands that run one, and the row that tells settings."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from scalecalc.commands._lists import Coefficient
from scalecalc.compute.layout import OPTIMIZERS
from scalecalc.compute.layout import Optimizer as Counted
from scalecalc.problem import Problem
from scalecalc.quantity import significant
from scalecalc.quantity.scalar import LARGEST, SMALLEST
from scalecalc.result import AnyNumber, Inputs, Row, Shown
from scalecalc.training.optimizers import ENTRIES, Entry, Optimizer

Name = Literal["sgd", "momentum", "nesterov", "adam", "adam-l2", "adamw", "lion", "adafactor"]


class LearningRate(Coefficient):
    """A learning rate above zero, to three digits.

    >>> str(LearningRate(0.00075)), LearningRate.parse("3e-4")
    ('0.00075', LearningRate(0.0003))
    """

    __slots__ = ()

    noun = "a learning rate"
    metavar = "RATE"
    grammar = "0.001, 3e-4"
    may_be_zero = False

    def __str__(self) -> str:
        return significant(self)


SETTINGS = ("momentum", "beta1", "beta2", "eps", "weight_decay", "beta2_decay", "least_scale", "clip")
"""The settings beside the learning rate, each an option of its own."""


SAME_STATES: dict[str, Counted] = {"nesterov": "momentum", "adam-l2": "adam"}
"""What `memory` calls the optimizers that it does not tell apart."""


QUANTITIES = ("learning_rate", "momentum", "beta1", "beta2", "weight_decay", "least_scale", "clip")
"""The settings that print every digit they have; the others may be negative or a power of two."""


class SettingsChoice(Inputs):
    """Settings of optimizers; without an option each has its own default."""

    momentum: float | None = Field(
        None, ge=0, lt=1, description="Momentum of momentum and nesterov, e.g. 0.95. [0.9]"
    )
    beta1: float | None = Field(
        None, ge=0, lt=1, description="Decay of the mean gradient, of adam, adamw and lion. [0.9]"
    )
    beta2: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="Decay of the mean square; of lion, of its momentum. [0.999; lion 0.99]",
    )
    eps: float | None = Field(
        None, gt=0, lt=1, description="What keeps divisors from zero. [1e-8; adafactor 2.2e-16]"
    )
    weight_decay: float | None = Field(
        None,
        ge=0,
        allow_inf_nan=False,
        description="Weight decay; each in its own way. [0.01 in adamw and adam-l2, else 0]",
    )
    beta2_decay: float | None = Field(
        None, le=0, allow_inf_nan=False, description="Of adafactor: beta2 is 1 - t^this. [-0.8]"
    )
    least_scale: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Of adafactor: least RMS of a parameter. [0.001]"
    )
    clip: float | None = Field(
        None, ge=1, allow_inf_nan=False, description="Of adafactor: largest RMS of an update. [1]"
    )

    def given(self) -> dict[str, float]:
        """The settings that options give."""
        values = {name: getattr(self, name) for name in SETTINGS}
        return {name: value for name, value in values.items() if value is not None}

    def refuse_unused(self, entries: Iterable[Entry], given: Iterable[str]) -> None:
        """A Problem for an option that none of the optimizers has."""
        told = list(entries)
        known = dict.fromkeys(name for entry in told for name in entry.settings)
        for name in given:
            if name not in known:
                message = f"{' and '.join(entry.name for entry in told)} has no {option(name)}"
                hint = f"it has {', '.join(map(option, known))}"
                if name == "weight_decay":
                    hint = "adam-l2 adds it to the gradients, adamw keeps it apart from them"
                raise Problem("conflict", message, hint)


class SettingsRow(Row):
    """The settings of one optimizer; null for those that it has not."""

    optimizer: str
    learning_rate: AnyNumber | None = Field(None, title="learning rate")
    momentum: AnyNumber | None = None
    beta1: AnyNumber | None = None
    beta2: AnyNumber | None = None
    eps: Annotated[float | None, Shown(digits=3)] = None
    weight_decay: AnyNumber | None = Field(None, title="weight decay")
    beta2_decay: Annotated[float | None, Shown(digits=2)] = Field(None, title="beta2 decay")
    least_scale: AnyNumber | None = Field(None, title="least scale")
    clip: AnyNumber | None = None


def option(setting: str) -> str:
    """The option of a setting."""
    return f"--{setting.replace('_', '-')}"


def built(entry: Entry, settings: dict[str, Any]) -> Optimizer:
    """The optimizer with those of the settings that it has; what its own class refuses is a Problem."""
    own = {name: value for name, value in settings.items() if name in entry.settings}
    try:
        return entry.build(**own)
    except ValueError as error:
        raise Problem("value", f"{entry.name}: {error}", f"leave it out for {_defaults(entry)}") from None


def settings_row(entry: Entry, settings: Mapping[str, float], *, rate: bool = True) -> SettingsRow:
    """What the optimizer runs with: its defaults and those of the settings that it has."""
    own = {name: value for name, value in settings.items() if name in entry.settings}
    told = {**entry.settings, **own}
    if not rate:
        del told["learning_rate"]
    return SettingsRow(optimizer=entry.name, **figures(told))


def figures(settings: Mapping[str, float]) -> dict[str, float]:
    """The settings as numbers that print every digit they have, where a quantity can hold them."""
    return {
        name: Coefficient(value) if name in QUANTITIES and _is_figure(value) else value
        for name, value in settings.items()
    }


def chosen_entries(names: Iterable[str]) -> tuple[Entry, ...]:
    """The optimizers of those names, each once."""
    return tuple(ENTRIES[name] for name in dict.fromkeys(names))


def memory_name(name: str) -> Counted:
    """What `memory` calls the optimizer, or the one with the same states."""
    return next(each for each in OPTIMIZERS if each == SAME_STATES.get(name, name))


def _is_figure(value: float) -> bool:
    return value == 0 or SMALLEST <= value <= LARGEST


def _defaults(entry: Entry) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in entry.settings.items())
