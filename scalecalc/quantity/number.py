"""The part that all quantities share: digits, exponents and prefixes in, three significant digits out."""

import math
import re
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from scalecalc.quantity.refusal import Refused, shown

COUNT_SUFFIXES = ("", "K", "M", "B", "T", "P", "E", "Z", "Y")

_PREFIX_LETTERS = dict(zip(("", *"KMGTPEZYBQ"), (0, 3, 6, 9, 12, 15, 18, 21, 24, 9, 15), strict=True))
_PREFIX_WORDS = {
    **dict(
        zip(("kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"), range(3, 27, 3), strict=True)
    ),
    **dict(zip(("thousand", "million", "billion", "trillion", "quadrillion"), range(3, 18, 3), strict=True)),
}

# Each pattern is linear: no two neighbouring repeats can match the same character.
_HEAD = (
    r"(?P<sign>[+-]?)(?P<whole>[0-9][0-9_,]*)?(?:\.(?P<fraction>[0-9]+))?(?:[eE](?P<exponent>[+-]?[0-9]+))?"
)
_GROUPED = r"[0-9]+(?:_[0-9]+)*|[0-9]{1,3}(?:,[0-9]{3})+"
_POWER = r"(?:\^|\*\*) ?(?P<exponent>[+-]?[0-9]+)"
_TIMES_POWER_OF_TEN = r"[xX*] ?10 ?(?:\^|\*\*) ?(?P<exponent>[+-]?[0-9]+)"


class Named(Protocol):
    """What a refusal says of the type that was asked for."""

    @property
    def noun(self) -> str:
        """The type with its article: a number of tokens."""

    @property
    def grammar(self) -> str:
        """Examples, in one line."""


class Number(NamedTuple):
    """The number a text starts with, kept in decimal so that a prefix can be applied without rounding."""

    text: str
    mantissa: str
    exponent: int
    rest: str
    is_power: bool = False

    def scaled(self, exponent: int = 0) -> float:
        """Times 10**exponent, rounded once."""
        value = float(f"{self.mantissa}e{self.exponent + exponent}")
        if math.isinf(value):
            raise too_large(self.text)
        if value == 0 and self.mantissa.strip("0."):
            raise Refused(f"{shown(self.text)} is too small", "the smallest number is 1e-300")
        return value


def too_large(text: str) -> Refused:
    """The refusal of a number past the largest."""
    return Refused(f"{shown(text)} is too large", "the largest number is 1e300")


def read_number(text: str, example: str, within: str = "") -> Number:
    """The number at the start of a cleaned text, and the rest behind it; refusals show the text it is within.

    >>> read_number("1.4T tokens", "70B")
    Number(text='1.4T tokens', mantissa='1.4', exponent=0, rest='T tokens', is_power=False)
    >>> read_number("2^20", "70B").scaled()
    1048576.0
    """
    head = re.match(_HEAD, text)
    if head is None or not (head["whole"] or head["fraction"]):
        raise _no_number(within or text, example)
    if head["sign"] == "-":
        raise Refused(f"{shown(within or text)} is negative", f"for example {example}")
    mantissa = _digits(head["whole"] or "0", within or text)
    if head["fraction"]:
        mantissa += f".{head['fraction']}"
    rest = text[head.end() :].lstrip()
    number = Number(within or text, mantissa, int(head["exponent"] or 0), rest)
    if rest[:1] in ("^", "*", "x", "X"):
        return _with_power(number)
    _check_rest(number)
    return number


def prefix_exponent(prefix: str) -> int | None:
    """The power of ten of K M B(=G) T P(=Q) E Z Y or its word; None if it is neither. Exa is E, never e."""
    if prefix == "e":
        return None
    letter = _PREFIX_LETTERS.get(prefix.upper())
    return _PREFIX_WORDS.get(prefix.lower()) if letter is None else letter


def with_prefix(number: Number, prefix: str, kind: Named) -> float:
    """The number times its prefix; a power takes none, since 2^10K has two readings."""
    exponent = prefix_exponent(prefix)
    if exponent is None:
        raise unknown_ending(number, kind)
    if number.is_power and exponent:
        raise Refused(
            f"{shown(number.text)} has a suffix behind a power", "write one of them: 2^30, 70B or 7e10"
        )
    return number.scaled(exponent)


def unknown_ending(number: Number, kind: Named) -> Refused:
    """The refusal of what stands behind a number."""
    hint = "exa is a capital E: 5EFLOP" if number.rest[:1] == "e" else f"for example {kind.grammar}"
    return Refused(f"{shown(number.text)} is not {kind.noun}: unknown ending {shown(number.rest)}", hint)


def significant(value: float, digits: int = 3) -> str:
    """A plain number rounded to `digits` significant digits; whole parts stay whole.

    >>> [significant(x) for x in (19.2, 0.01234, 1234, 1e-7, 2.5e23)]
    ['19.2', '0.0123', '1234', '1e-7', '2.5e23']
    >>> significant(2.0321, digits=4)
    '2.032'
    """
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(float(value))
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])
    if not -4 <= exponent < 15:
        return scientific(value, digits)
    text = f"{value:.{max(digits - 1 - exponent, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scientific(value: float, digits: int = 3) -> str:
    """A number as 5.76e23: no plus sign, no trailing zeros."""
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def abbreviated(value: float, suffixes: Sequence[str] = COUNT_SUFFIXES) -> str:
    """Three significant digits and the suffix of their power of a thousand.

    >>> [abbreviated(x) for x in (512, 29.43e9, 999.96e9, 7e15)]
    ['512', '29.4B', '1T', '7P']
    """
    mantissa, _, exponent = f"{value:.2e}".partition("e")
    step = max(int(exponent) // 3, 0)
    if step >= len(suffixes):
        return scientific(value) + suffixes[0]
    return significant(float(f"{mantissa}e{int(exponent) - 3 * step}")) + suffixes[step]


def precise(value: float) -> str:
    """The shortest text that gives this float back, in scientific form where that is shorter.

    >>> [precise(x) for x in (2.94e10, 1e23, 0.4, 123456789.0)]
    ['2.94e10', '1e23', '0.4', '123456789.0']
    """
    text = repr(float(value)).replace("e+", "e")
    digits = text.removesuffix(".0").rstrip("0")
    if not text.endswith(".0") or len(digits) > 6 or len(text) < 9:
        return text
    point = "." if len(digits) > 1 else ""
    return f"{digits[0]}{point}{digits[1:]}e{len(text) - 3}"


def _no_number(text: str, example: str) -> Refused:
    if text.lower().lstrip("+-") in ("nan", "inf", "infinity", "∞"):
        return Refused(f"{shown(text)} is not finite", f"for example {example}")
    return Refused(f"{shown(text)} does not start with a number", f"for example {example}")


def _digits(whole: str, text: str) -> str:
    plain = whole.replace("_", "").replace(",", "")
    if re.fullmatch(_GROUPED, whole):
        return plain
    if whole.count(",") == 1 and "_" not in whole and not whole.endswith(","):
        hint = f"a decimal comma is written as a point: {whole.replace(',', '.')}"
    else:
        hint = f"write {shown(plain)}, or groups of three: 1,000,000 or 1_000_000"
    raise Refused(f"{shown(text)} has separators that do not group digits by three", hint)


def _with_power(number: Number) -> Number:
    """2^20, 10**23 and 7x10^9, or the number as it is when no power follows."""
    times = re.match(_TIMES_POWER_OF_TEN, number.rest)
    if times is not None:
        exponent = number.exponent + int(times["exponent"])
        return number._replace(exponent=exponent, rest=number.rest[times.end() :].lstrip(), is_power=True)
    power = re.match(_POWER, number.rest)
    if power is None:
        return number
    base, exponent = number.mantissa, int(power["exponent"])
    rest = number.rest[power.end() :].lstrip()
    if "." in base or number.exponent:
        raise Refused(f"{shown(number.text)} is a power of no whole number", "write powers as 2^20 or 10^23")
    if int(base) == 10:
        return number._replace(mantissa="1", exponent=exponent, rest=rest, is_power=True)
    if exponent < 0:
        raise Refused(f"{shown(number.text)} is a negative power", "write it as 0.125 or 1e-3")
    if int(base) > 1 and exponent * math.log10(int(base)) > 308:
        raise too_large(number.text)
    value = int(base) ** exponent if int(base) > 1 else int(int(base) == 1 or exponent == 0)
    return number._replace(mantissa=str(value), rest=rest, is_power=True)


def _check_rest(number: Number) -> None:
    text, rest = number.text, number.rest
    if rest[:1].isdigit():
        plain = re.sub(r"(?<=[0-9]) (?=[0-9])", "_", text)
        raise Refused(f"{shown(text)} has a space inside the number", f"write {shown(plain)}")
    if re.match(r"e(?![A-Za-z])", rest):
        raise Refused(f"{shown(text)} has no digits after the e", "write 1E for exa, 1e18 for an exponent")
    if re.fullmatch(r"(?:\.[0-9]{3})+", rest):
        plain = text.replace(".", "_")
        raise Refused(f"{shown(text)} has more than one decimal point", f"for thousands write {shown(plain)}")
