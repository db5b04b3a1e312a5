"""Spans of time, in seconds."""

import math
import re

from scalecalc.quantity.number import Number, read_number, significant, unknown_ending
from scalecalc.quantity.refusal import Refused, shown
from scalecalc.quantity.scalar import Quantity

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WEEK = 7 * DAY
YEAR = 365.25 * DAY
MONTH = YEAR / 12

_WORDS = {
    1e-6: ("us", "\u00b5s", "\u03bcs", "microsecond", "microseconds"),
    1e-3: ("ms", "msec", "millisecond", "milliseconds"),
    1.0: ("s", "sec", "secs", "second", "seconds"),
    MINUTE: ("m", "min", "mins", "minute", "minutes"),
    HOUR: ("h", "hr", "hrs", "hour", "hours"),
    DAY: ("d", "day", "days"),
    WEEK: ("w", "wk", "wks", "week", "weeks"),
    MONTH: ("mo", "mos", "month", "months"),
    YEAR: ("y", "yr", "yrs", "year", "years"),
}
SECONDS = {word: seconds for seconds, words in _WORDS.items() for word in words}

_TWO_READINGS = {"M": ("months or minutes", "mo", "min"), "Ms": ("milliseconds or megaseconds", "ms", "e6s")}
_TWO_READINGS["MS"] = _TWO_READINGS["Ms"]

# Both micro signs: U+00B5 and the Greek letter. (The module `string` would take a millisecond to import.)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD_LETTERS = _LETTERS + _LETTERS.upper() + "\u00b5\u03bc"

_N = r"([0-9]+(?:\.[0-9]+)?)"
_ISO = rf"P(?:{_N}Y)?(?:{_N}M)?(?:{_N}W)?(?:{_N}D)?(?:T(?:{_N}H)?(?:{_N}M)?(?:{_N}S)?)?"
_ISO_SECONDS = (YEAR, MONTH, WEEK, DAY, HOUR, MINUTE, 1.0)

# A unit is printed from two of it up, or for exactly one: 36.5 hours, 1 day, 2.1 years.
_PRINTED = ((YEAR, "year"), (DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"))
_PRINTED_BELOW_A_MINUTE = ((1.0, "second"), (1e-3, "ms"), (1e-6, "us"))


class Duration(Quantity):
    """A span of time in seconds; a year is 365.25 days and a month a twelfth of it.

    >>> Duration.parse("1d12h"), Duration.parse("P30D"), str(Duration(12.34 * 86400))
    (Duration(129600.0), Duration(2.592e6), '12.3 days')
    """

    __slots__ = ()

    unit = "seconds"
    noun = "a duration"
    metavar = "TIME"
    grammar = "90s, 15min, 36h, 30d, 6w, 3mo, 1y, 1d12h, P30D"

    @classmethod
    def _read(cls, text: str) -> float:
        if text[0] in "pP":
            return _iso_seconds(text)
        total, rest, seen = 0.0, text, set[float]()
        while rest:
            number = read_number(rest, cls.grammar, within=text)
            behind_word = number.rest.lstrip(_WORD_LETTERS)
            digits, word = rest.removesuffix(number.rest).rstrip(), number.rest.removesuffix(behind_word)
            seconds = _seconds_of(number, digits, word)
            if seconds in seen:
                raise Refused(f"{shown(text)} names {word} twice", f"for example {cls.grammar}")
            seen.add(seconds)
            total += _product(number, seconds)
            rest = behind_word.lstrip()
        return total

    def __str__(self) -> str:
        seconds, name = _printed_unit(self)
        value = significant(self / seconds)
        rounded = float(value) * seconds
        if _printed_unit(rounded) != (seconds, name):
            # Rounding reached the next unit: 119.99 minutes are 2 hours.
            seconds, name = _printed_unit(rounded)
            value = significant(rounded / seconds)
        plural = "" if value == "1" or name in ("ms", "us") else "s"
        return f"{value} {name}{plural}"


def _product(number: Number, seconds: float) -> float:
    """Below a second the decimal point moves, which keeps 350 ms the float 0.35."""
    return number.scaled() * seconds if seconds >= 1 else number.scaled(round(math.log10(seconds)))


def _seconds_of(number: Number, digits: str, word: str) -> float:
    if word in _TWO_READINGS:
        readings, first, second = _TWO_READINGS[word]
        raise Refused(f"{shown(number.text)} may be {readings}", f"write {digits}{first} or {digits}{second}")
    seconds = SECONDS.get(word.lower())
    if seconds is not None:
        return seconds
    if number.rest.startswith(":"):
        raise Refused(f"{shown(number.text)} may be hours or minutes", "write 1h30min or 1min30s")
    if not number.rest:
        raise Refused(f"{shown(number.text)} has no unit of time", f"write {digits}d, {digits}h or {digits}s")
    raise unknown_ending(number, Duration)


def _iso_seconds(text: str) -> float:
    parts = re.fullmatch(_ISO, text, re.IGNORECASE)
    if parts is None or not any(parts.groups()) or text[-1] in "tT":
        raise Refused(f"{shown(text)} is not an ISO 8601 duration", "for example P30D, PT36H, P1DT12H")
    return sum(float(n) * seconds for n, seconds in zip(parts.groups(), _ISO_SECONDS, strict=True) if n)


def _printed_unit(value: float) -> tuple[float, str]:
    """The unit to print in; plain seconds where the number itself needs an exponent."""
    if value < 1e-6 or value >= 1e15 * YEAR:
        return 1.0, "second"
    for seconds, name in _PRINTED:
        if value >= 2 * seconds or value == seconds:
            return seconds, name
    return next(
        ((seconds, name) for seconds, name in _PRINTED_BELOW_A_MINUTE if value >= seconds), (1.0, "second")
    )
