"""Things that are counted: parameters, tokens, bytes."""

import re
from typing import ClassVar

from scalecalc.quantity.number import abbreviated, prefix_exponent, read_number, unknown_ending, with_prefix
from scalecalc.quantity.refusal import Refused, shown
from scalecalc.quantity.scalar import Quantity

_BYTE_SUFFIXES = (" B", " kB", " MB", " GB", " TB", " PB", " EB", " ZB", " YB")
_BYTE_UNIT = r"(?P<prefix>[kmgtpezy]?)(?P<binary>i?)(?P<unit>b|bytes?)?"


class _Worded(Quantity):
    """A number with the suffixes K M B T P E Z Y and its own word behind it."""

    __slots__ = ()

    words: ClassVar[tuple[str, ...]]

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        return with_prefix(number, _without_word(number.rest, cls.words), cls)

    def __str__(self) -> str:
        return abbreviated(self)


class _Count(_Worded):
    """A count of at least one."""

    __slots__ = ()

    @classmethod
    def _check(cls, value: float, text: str = "") -> None:
        super()._check(value, text)
        if value < 1:
            raise Refused(
                f"{shown(text or repr(value))} is less than one",
                f"{cls.noun} is at least 1, for example {cls.grammar}",
            )


class Params(_Count):
    """A number of parameters.

    >>> Params.parse("70B"), str(Params(29.43e9))
    (Params(7e10), '29.4B')
    """

    __slots__ = ()

    unit = "parameters"
    noun = "a number of parameters"
    metavar = "PARAMS"
    grammar = "70B, 350M, 1.2e9, 2^30"
    words = ("parameters", "parameter", "params", "param")


class Tokens(_Count):
    """A number of tokens.

    >>> Tokens.parse("1.4T tokens"), str(Tokens(999.96e9))
    (Tokens(1.4e12), '1T')
    """

    __slots__ = ()

    unit = "tokens"
    noun = "a number of tokens"
    metavar = "TOKENS"
    grammar = "1.4T, 300B, 5e11, 2^40"
    words = ("tokens", "token", "tok")


class DeviceHours(_Worded):
    """Hours of one device, summed over all devices, whatever the device is; GPU-hours in common speech.

    >>> DeviceHours.parse("1.3M"), str(DeviceHours(1_720_320))
    (DeviceHours(1.3e6), '1.72M')
    """

    __slots__ = ()

    unit = "GPU-hours"
    noun = "a number of GPU-hours"
    metavar = "HOURS"
    grammar = "1.3M, 1720320, 1_720_320"
    words = ("gpu-hours", "gpu-hour", "gpu-h", "gpuh", "hours", "hour", "h")


class Bytes(Quantity):
    """A number of bytes; GB are decimal, GiB binary, a bare number is bytes.

    >>> Bytes.parse("80GB"), Bytes.parse("1GiB"), str(Bytes(80e9))
    (Bytes(8e10), Bytes(1073741824.0), '80 GB')
    """

    __slots__ = ()

    unit = "bytes"
    noun = "a number of bytes"
    metavar = "BYTES"
    grammar = "80GB, 80GiB, 2e9"
    may_be_zero = True

    @classmethod
    def _read(cls, text: str) -> float:
        number = read_number(text, cls.grammar)
        ending = re.fullmatch(_BYTE_UNIT, number.rest, re.IGNORECASE | re.ASCII)
        if ending is None or (ending["binary"] and not ending["prefix"]):
            raise unknown_ending(number, cls)
        prefix, unit = ending["prefix"], ending["unit"]
        if prefix and not unit:
            raise _two_sizes(text, number.rest, "decimal or binary", prefix)
        if unit == "b" and prefix != prefix.lower():
            raise _two_sizes(text, number.rest, "bits or bytes", prefix)
        if ending["binary"]:
            return number.scaled() * 1024.0 ** ((prefix_exponent(prefix.upper()) or 0) // 3)
        return with_prefix(number, prefix.upper(), cls)

    def __str__(self) -> str:
        return abbreviated(self, _BYTE_SUFFIXES)


def _without_word(rest: str, words: tuple[str, ...]) -> str:
    lower = rest.lower()
    for word in words:
        if lower.endswith(word):
            return rest[: -len(word)].rstrip()
    return rest


def _two_sizes(text: str, rest: str, readings: str, prefix: str) -> Refused:
    decimal, binary = f"{prefix}B", f"{prefix}iB"
    number = text.removesuffix(rest).rstrip()
    return Refused(f"{shown(text)} may be {readings}", f"write {number}{decimal} or {number}{binary}")
