"""US dollars, and US dollars per GPU-hour."""

import re

from scalecalc.quantity.duration import HOUR, SECONDS
from scalecalc.quantity.number import abbreviated, read_number, significant, with_prefix
from scalecalc.quantity.refusal import Refused, shown
from scalecalc.quantity.scalar import Quantity

_CURRENCY_BEFORE = r"(?:usd|us\$|\$) ?"
_CURRENCY_AFTER = r" ?(?:usd|us\$|\$|us dollars?|dollars?)"
_OTHER_CURRENCIES = "€£¥₹₩₽₿"
_PER = r"(?P<amount>[^/]*?) ?(?:/| per ) ?(?P<device>(?:gpu|device)[ *-]?)?(?P<time>[a-z]+)"


class Dollars(Quantity):
    """An amount of US dollars.

    >>> Dollars.parse("$2M"), Dollars.parse("1,000,000"), str(Dollars(74_813))
    (Dollars(2e6), Dollars(1e6), '$74.8K')
    """

    __slots__ = ()

    unit = "US dollars"
    noun = "an amount of US dollars"
    metavar = "USD"
    grammar = "$2M, 2M, 1_000_000"
    may_be_zero = True

    @classmethod
    def _read(cls, text: str) -> float:
        if "/" in text or " per " in text:
            raise Refused(f"{shown(text)} is a price per time, not an amount", f"for example {cls.grammar}")
        return _amount(text, cls)

    def __str__(self) -> str:
        return f"${abbreviated(self)}"


class Price(Quantity):
    """US dollars per GPU-hour.

    >>> Price.parse("$2.5/h"), Price.parse("$60/d"), str(Price(2.5))
    (Price(2.5), Price(2.5), '$2.5/h')
    """

    __slots__ = ()

    unit = "US dollars per GPU-hour"
    noun = "a price per GPU-hour"
    metavar = "PRICE"
    grammar = "$2.5/h, 2.5/h, $60/d"

    @classmethod
    def _read(cls, text: str) -> float:
        parts = re.fullmatch(_PER, text, re.IGNORECASE)
        if parts is None:
            if "/" not in text:
                amount = significant(_amount(text, cls))
                raise Refused(f"{shown(text)} has no unit of time", f"write {amount}/h (per GPU-hour)")
            raise Refused(f"{shown(text)} is not {cls.noun}", f"for example {cls.grammar}")
        if parts["time"].lower() == "m":
            raise Refused(f"{shown(text)} may be per month or per minute", "write /mo or /min")
        seconds = SECONDS.get(parts["time"].lower())
        if seconds is None:
            raise Refused(f"{shown(text)} is per no unit of time", f"for example {cls.grammar}")
        return _amount(parts["amount"], cls) * (HOUR / seconds)

    def __str__(self) -> str:
        return f"${significant(self)}/h"


def _amount(text: str, kind: type[Quantity]) -> float:
    if any(c in text for c in _OTHER_CURRENCIES):
        raise Refused(f"{shown(text)} is not in US dollars", f"convert it, for example {kind.grammar}")
    if text.startswith("-"):
        raise Refused(f"{shown(text)} is negative", f"for example {kind.grammar}")
    bare = re.sub(rf"^{_CURRENCY_BEFORE}", "", text, count=1, flags=re.IGNORECASE)
    if bare == text:
        bare = re.sub(rf"{_CURRENCY_AFTER}$", "", text, count=1, flags=re.IGNORECASE)
    number = read_number(bare, kind.grammar, within=text)
    return with_prefix(number, number.rest, kind)
