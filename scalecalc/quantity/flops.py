"""Compute: floating-point operations, or the GPU-hours that stand for them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeAlias

from scalecalc.quantity.cluster import accelerator_name
from scalecalc.quantity.duration import HOUR, SECONDS
from scalecalc.quantity.number import (
    Number,
    abbreviated,
    precise,
    read_number,
    scientific,
    significant,
    unknown_ending,
    with_prefix,
)
from scalecalc.quantity.refusal import Refused, cleaned, shown
from scalecalc.quantity.scalar import LARGEST, Quantity
from scalecalc.quantity.schema import reading

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

_FLOP_UNIT = (
    r"(?P<prefix>[a-z]*?) ?"
    r"(?:(?P<unit>flops?|fs?)(?P<rate> ?/ ?s(?:ec(?:ond)?)?)?"
    r"(?:[ *-]{0,3}(?P<time>days?|d|hours?|hrs?|h|years?|y))?)?"
)
_GPU_TIME = (
    r"(?P<prefix>[a-z]*?) ?(?:gpu|device)s?[ *-]{0,3}(?P<time>hours?|hrs?|h|days?|d)"
    r"(?: ?@ ?(?P<name>.*))?"
)


_PLAIN = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,15})?(?:[eE]\+?[0-9]{1,2})?", re.ASCII)


class Flops(Quantity):
    """A total of floating-point operations, never a rate.

    >>> Flops.parse("1e23"), Flops.parse("1PF-day"), str(Flops(5.76e23))
    (Flops(1e23), Flops(8.64e19), '5.76e23')
    """

    __slots__ = ()

    unit = "FLOPs"
    noun = "a number of FLOPs"
    metavar = "FLOPS"
    grammar = "1e23, 3.8e25FLOP, 1157PF-days"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        if _gpu_time(number) is not None:
            raise Refused(f"{shown(text)} is a time on devices, not FLOPs", f"for example {cls.grammar}")
        ending = re.fullmatch(_FLOP_UNIT, number.rest, re.IGNORECASE)
        if ending is None:
            raise unknown_ending(number, cls)
        value = with_prefix(number, ending["prefix"], cls)
        if ending["time"]:
            return value * SECONDS[ending["time"].lower()]
        _check_total(number, ending["unit"] or "", bool(ending["rate"]))
        return value

    def __str__(self) -> str:
        return scientific(self) if self >= 1e6 else significant(self)


@dataclass(frozen=True, slots=True)
class GpuHours:
    """Hours on one device of a named accelerator; how many FLOPs they are depends on its peak and the MFU.

    >>> GpuHours.parse("300000 GPU-h@h100"), str(GpuHours(2.788e6, "h800"))
    (GpuHours(hours=300000.0, accelerator='h100'), '2.79M GPU-h@h800')
    """

    hours: float
    accelerator: str

    unit: ClassVar[str] = "GPU-hours"
    noun: ClassVar[str] = "a number of GPU-hours"
    metavar: ClassVar[str] = "GPU-HOURS"
    grammar: ClassVar[str] = "300000GPU-h@h100, 2.8M GPU-hours@h800"

    def __post_init__(self) -> None:
        if not 0 < self.hours <= LARGEST:
            raise Refused(
                f"{self.hours} is not a positive number of GPU-hours", f"for example {self.grammar}"
            )
        object.__setattr__(self, "accelerator", accelerator_name(self.accelerator, self.accelerator))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The GPU-hours that a text spells; `Refused` says why it spells none."""
        clean = cleaned(text, cls.grammar)
        number = read_number(clean, cls.grammar)
        ending = _gpu_time(number)
        if ending is None:
            raise unknown_ending(number, cls)
        if not (ending["name"] or "").strip():
            digits = clean.partition("@")[0].rstrip()
            raise Refused(f"{shown(clean)} names no accelerator", f"write {shown(digits + '@h100')}")
        hours = with_prefix(number, ending["prefix"], cls) * (SECONDS[ending["time"].lower()] / HOUR)
        if not 0 < hours <= LARGEST:
            raise Refused(
                f"{shown(clean)} is not a positive number of GPU-hours", f"for example {cls.grammar}"
            )
        return cls(hours, accelerator_name(ending["name"], clean))

    def __str__(self) -> str:
        return f"{abbreviated(self.hours)} GPU-h@{self.accelerator}"

    @classmethod
    def accept(cls, value: object) -> Self:
        """The GPU-hours from a text, or as they are."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise Refused(
            f"a value of type {type(value).__name__} is not {cls.noun}", f"for example {cls.grammar}"
        )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return reading(cls.accept, _written)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "examples": ["300000GPU-h@h100"]}


def parse_compute(text: str) -> Flops | GpuHours:
    """FLOPs, or GPU-hours with their accelerator.

    >>> parse_compute("1e23"), parse_compute("1M GPU-h@h100")
    (Flops(1e23), GpuHours(hours=1000000.0, accelerator='h100'))
    """
    if _PLAIN.fullmatch(text):  # the commonest text by far where budgets are streamed
        return Flops(float(text))
    is_gpu_time = re.search(r"gpu|device|@", text[:200], re.IGNORECASE) is not None
    return GpuHours.parse(text) if is_gpu_time else Flops.parse(text)


class ComputeGrammar:
    """Reads either form of compute; the annotation behind `Compute`."""

    __slots__ = ()

    unit: ClassVar[str] = "FLOPs"
    noun: ClassVar[str] = "an amount of compute"
    metavar: ClassVar[str] = "FLOPS"
    grammar: ClassVar[str] = f"{Flops.grammar}, 300000GPU-h@h100"

    def parse(self, text: str) -> Flops | GpuHours:
        """Same as `parse_compute`."""
        return parse_compute(text)

    def accept(self, value: object) -> Flops | GpuHours:
        """From a text, a number of FLOPs, or either type."""
        if isinstance(value, str):
            return parse_compute(value)
        return value if isinstance(value, GpuHours) else Flops.accept(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return reading(self.accept, _written)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "number", "x-unit": "FLOPs"}, {"type": "string"}]}


Compute: TypeAlias = Annotated[Flops | GpuHours, ComputeGrammar()]


def _gpu_time(number: Number) -> re.Match[str] | None:
    return re.fullmatch(_GPU_TIME, number.rest, re.IGNORECASE)


def _check_total(number: Number, unit: str, is_rate: bool) -> None:
    text = shown(number.text)
    if is_rate:
        raise Refused(
            f"{text} is a rate: FLOP/s, not FLOPs", "give a total: 1e23, or rate times time: 1157PF-days"
        )
    if unit == "FLOPS":
        raise Refused(f"{text} may be a total or a rate", "write FLOPs for a total; FLOP/s is a rate")
    if unit.lower() in ("f", "fs"):
        raise Refused(
            f"{text} may be a total or a rate", "write FLOP for a total, or PF-days for rate times time"
        )


def _written(value: Flops | GpuHours) -> float | str:
    """The JSON form at full precision: a number of FLOPs, or a text that parses back."""
    if isinstance(value, GpuHours):
        return f"{precise(value.hours)}GPU-h@{value.accelerator}"
    return float(value)
