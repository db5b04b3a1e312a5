"""Lists of what the program knows: which entries a name means, and quantities that only lists print."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Generic, TypeVar

from scalecalc.problem import Problem
from scalecalc.quantity import Bytes, Quantity, significant
from scalecalc.quantity.number import precise, read_number, unknown_ending
from scalecalc.quantity.plain import PlainNumber

Entry = TypeVar("Entry")

SOURCES = "each entry has its own: `scalecalc {} NAME` tells it"
"""Stands for the sources of a list, which would be longer than the list."""

TERA = 12
"""The power of ten between FLOP/s and the TFLOP/s of data sheets."""


class Rate(Quantity):
    """FLOP/s of one device, written as data sheets do: in TFLOP/s, to four digits.

    >>> str(Rate(989.4e12)), Rate.parse("989.4 TFLOP/s")
    ('989.4', Rate(9.894e14))
    """

    __slots__ = ()

    unit = "FLOP/s"
    noun = "a number of TFLOP/s"
    metavar = "TFLOPS"
    grammar = "989.4, 312 TFLOP/s"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        if number.rest.lower() not in ("", "tflop/s"):
            raise unknown_ending(number, cls)
        return number.scaled(TERA)

    def __str__(self) -> str:
        return significant(self / 10**TERA, 4)


class Bandwidth(Bytes):
    """Bytes per second.

    >>> str(Bandwidth(3.35e12))
    '3.35 TB/s'
    """

    __slots__ = ()

    unit = "bytes per second"
    noun = "a number of bytes per second"
    grammar = "450GB/s, 3.35TB/s"

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        if not number.rest.endswith("/s"):
            raise unknown_ending(number, cls)
        return super()._read(text.removesuffix("/s").rstrip())

    def __str__(self) -> str:
        return f"{super().__str__()}/s"


class Coefficient(PlainNumber):
    """A constant of a law, with every digit that it has.

    >>> str(Coefficient(482.01)), str(Coefficient(0.04))
    ('482.01', '0.04')
    """

    __slots__ = ()

    noun = "a coefficient"
    metavar = "NUMBER"
    grammar = "482.01, 1.3e9"
    may_be_zero = True

    def __str__(self) -> str:
        return precise(self)


@dataclass(frozen=True, slots=True)
class Shelf(Generic[Entry]):
    """A table that is looked up: `find` knows its names and aliases, `groups` the families of an entry."""

    entries: Mapping[str, Entry]
    find: Callable[[str], Entry]
    groups: Callable[[Entry], tuple[str, ...]]

    def one(self, name: str | None, family: str | None = None) -> Entry | None:
        """The entry of that name; None where the name is that of a family, or absent.

        A name that is neither is the Problem that `find` raises; a name beside a `family` is one, too.
        """
        if name is not None and family is not None:
            raise Problem("conflict", "a name and --family are two choices", "give one of them")
        if name is None:
            return None
        try:
            return self.find(name)
        except Problem as unknown:
            if self._family(name):
                return None
            near = self._near(name)
            hint = f"nearest family: {near[0]}; {unknown.hint}" if near else unknown.hint
            raise Problem(unknown.code, unknown.message, hint, unknown.exit_code) from None

    def family(self, name: str | None) -> tuple[Entry, ...]:
        """The entries of a family in the order of the table, all of them without a name."""
        if name is None:
            return tuple(self.entries.values())
        found = self._family(name)
        if not found:
            near = self._near(name)
            hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(sorted(self._families()))}"
            raise Problem("unknown-family", f"{name[:40]!r} names no family", hint)
        return found

    def _family(self, name: str) -> tuple[Entry, ...]:
        wanted = _bare(name)
        return tuple(entry for entry in self.entries.values() if wanted in map(_bare, self.groups(entry)))

    def _families(self) -> list[str]:
        return list(dict.fromkeys(group for entry in self.entries.values() for group in self.groups(entry)))

    def _near(self, name: str) -> list[str]:
        """The families whose names are most like this one."""
        lower = {family.lower(): family for family in self._families()}
        return [lower[match] for match in get_close_matches(name.lower(), lower, n=3, cutoff=0.6)]


def _bare(name: str) -> str:
    """A name without what people write in different ways: `Llama 3`, `llama-3` and `llama3` are one."""
    return name.lower().replace(" ", "").replace("-", "")
