"""Accelerators and how many of them: 512xH100. One device is one GPU of the table of accelerators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, Self

from scalecalc.quantity.number import prefix_exponent, read_number, with_prefix
from scalecalc.quantity.refusal import Refused, cleaned, shown
from scalecalc.quantity.schema import reading

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

MOST_DEVICES = 1_000_000_000

_COUNT_X_NAME = r"(?P<count>[^xX*]*[^xX* ]) ?[xX*] ?(?P<name>.*)"
_NAME = r"[a-z0-9]+(?:[ ._+/-]+[a-z0-9]+)*"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A number of devices, the name of their accelerator, or both; a bare number is always a count.

    >>> Cluster.parse("512xH100"), str(Cluster(8, "h100-pcie-80gb"))
    (Cluster(count=512, accelerator='h100'), '8xh100-pcie-80gb')
    >>> Cluster.parse("4090")
    Cluster(count=4090, accelerator=None)
    >>> Cluster.parse("1x4090")
    Cluster(count=1, accelerator='4090')
    """

    count: int | None
    accelerator: str | None = None

    unit: ClassVar[str] = "devices"
    noun: ClassVar[str] = "a cluster"
    metavar: ClassVar[str] = "GPUS"
    grammar: ClassVar[str] = "512, 512xH100, 8xh100-pcie, h100"

    def __post_init__(self) -> None:
        if self.count is not None:
            object.__setattr__(self, "count", _checked_count(self.count, str(self.count)))
        if self.accelerator is not None:
            object.__setattr__(self, "accelerator", accelerator_name(self.accelerator, self.accelerator))
        if self.count is None and not (self.accelerator or "")[:1].isalpha():
            name = self.accelerator
            raise Refused(
                "a cluster without count and name" if name is None else f"{shown(name)} names no accelerator",
                f"for example {self.grammar}" if name is None else f"write 1x{name}",
            )

    @classmethod
    def parse(cls, text: str) -> Self:
        """The cluster that a text spells; `Refused` says why it spells none."""
        clean = cleaned(text, cls.grammar)
        if clean[0].isalpha():
            return cls(None, _name_alone(clean))
        parts = re.fullmatch(_COUNT_X_NAME, clean)
        if parts is None:
            return cls(_count(clean, clean))
        _check_one_count(clean, parts["count"], parts["name"])
        return cls(_count(parts["count"], clean), accelerator_name(parts["name"], clean))

    @classmethod
    def accept(cls, value: object) -> Self:
        """The cluster from a text, a count, or a cluster."""
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        if not isinstance(value, bool) and isinstance(value, Integral):
            return cls(int(value))
        raise Refused(
            f"a value of type {type(value).__name__} is not {cls.noun}", f"for example {cls.grammar}"
        )

    def __str__(self) -> str:
        return "x".join(str(part) for part in (self.count, self.accelerator) if part is not None)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return reading(cls.accept, str)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "examples": ["512xh100"]}


def accelerator_name(name: str, text: str) -> str:
    """The name as it is looked up: lower case, no outer space, ASCII letters, digits and - . _ + / only."""
    lower = " ".join(name.lower().split())
    if not lower:
        raise Refused(f"{shown(text)} has no accelerator behind the x", "for example 512xh100")
    if not re.fullmatch(_NAME, lower):
        raise Refused(f"{shown(text)} names no accelerator", "names look like h100-sxm-80gb")
    return lower


def _name_alone(text: str) -> str:
    swapped = re.fullmatch(r"(?P<name>[^* ]*) ?(?:\*| [xX] ) ?(?P<count>[0-9_,]+[kK]?)", text)
    if swapped is not None:
        raise Refused(
            f"{shown(text)} has its count at the end", f"write {swapped['count']}x{swapped['name']}"
        )
    return accelerator_name(text, text)


def _check_one_count(text: str, count: str, name: str) -> None:
    """Refuse 64x8xH100: nodes times devices is a product that the user should see."""
    nodes = re.match(r"[0-9]+ ?[xX*]", name)
    if nodes is not None:
        raise Refused(f"{shown(text)} has two counts", "count single devices: 64 nodes of 8 are 512xh100")
    if re.match(r"10 ?(?:\^|\*\*)|\*", name):
        raise Refused(f"{shown(text)} has a power as its count", f"write {count}e3 or the number in full")


def _count(digits: str, text: str) -> int:
    number = read_number(digits, Cluster.grammar, within=text)
    if prefix_exponent(number.rest) is None and re.fullmatch(_NAME, number.rest.lower()):
        count, name = digits.removesuffix(number.rest).rstrip(), number.rest.lower()
        hint = f"write {count}x{name}"
        if " " not in text:
            hint += f", or 1x{text.lower()} if that is one name"
        raise Refused(f"{shown(text)} has no x between count and accelerator", hint)
    return _checked_count(with_prefix(number, number.rest, Cluster), text)


def _checked_count(count: float, text: str) -> int:
    if isinstance(count, bool) or count != count // 1 or count < 1:
        raise Refused(
            f"{shown(text)} is not a positive whole number of devices", f"for example {Cluster.grammar}"
        )
    if count > MOST_DEVICES:
        raise Refused(f"{shown(text)} is more than {MOST_DEVICES} devices", f"for example {Cluster.grammar}")
    return int(count)
