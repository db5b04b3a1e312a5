"""Several values of one quantity in one text: a range 1e18..1e22, or a list 1B,3B,7B."""

from __future__ import annotations

import itertools
import math
import re
from typing import TYPE_CHECKING, Annotated, Any, Protocol, TypeAlias, TypeVar, get_args, get_origin

from scalecalc.quantity.refusal import Refused, cleaned, shown
from scalecalc.quantity.scalar import Quantity
from scalecalc.quantity.schema import translated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

LONGEST_SWEEP = 10_000
MOST_VALUES = 1_000_000
FEWEST_BY_DEFAULT = 5

# 1e18-1e22, 1e18 to 1e22 and 1e18:1e22, but not the sign of an exponent.
_OTHER_RANGES = r"[0-9A-Za-z](?<![eE]) ?(?:-|\u2013| to |:) ?[0-9]"

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Kind(Protocol[T_co]):
    """What a sweep is of: a quantity, or another type that parses itself."""

    def parse(self, text: str, /) -> T_co:
        """Read a text or raise `Refused`."""

    def accept(self, value: object, /) -> T_co:
        """Read a text, a number or a value of the type, or raise `Refused`."""


def parse_sweep(text: str, kind: Kind[T]) -> tuple[T, ...]:
    """The values that a text names: one, a list, or a logarithmic range with its ends exact.

    >>> from scalecalc.quantity import Flops, Params
    >>> parse_sweep("1e18..1e22", Flops)
    (Flops(1e18), Flops(1e19), Flops(1e20), Flops(1e21), Flops(1e22))
    >>> parse_sweep("1B,3B", Params), parse_sweep("1,000,000", Params)
    ((Params(1e9), Params(3e9)), (Params(1e6),))
    """
    clean = cleaned(text, "1e18..1e22, 1B,3B,7B", LONGEST_SWEEP).replace("\u2026", "...")
    if ".." in clean:
        return _range(clean, kind)
    if "," in clean:
        return _list(clean, kind)
    try:
        return (kind.parse(clean),)
    except Refused as refused:
        if re.search(_OTHER_RANGES, clean):
            raise Refused(refused.message, f"{refused.hint}; a range is written 1e18..1e22") from None
        raise


def _range(text: str, kind: Kind[T]) -> tuple[T, ...]:
    parts = re.split(r"\.{2,}", text)
    if len(parts) != 2 or "..." in text:
        raise Refused(
            f"{shown(text)} is not a range", "write one '..' between two ends: 1e18..1e22 or 1e18..1e22:9"
        )
    if not all(part.strip() for part in parts):
        raise Refused(f"{shown(text)} lacks an end", "write both ends: 1e18..1e22")
    for part in parts:
        if "," in part and not re.search(r"[0-9],[0-9]{3}", part):
            raise Refused(f"{shown(text)} mixes a range and a list", "write a range or a list, not both")
    low: Any = kind.parse(parts[0])
    high: Any
    high, count = _end_and_count(parts[1], kind)
    if not isinstance(low, Quantity) or type(low) is not type(high):
        raise Refused(f"{shown(text)} has no ends on one scale", "write both ends as 1e18..1e22, or a list")
    _check_ends(low, high, text)
    if count is None:
        count = max(FEWEST_BY_DEFAULT, round(math.log10(high) - math.log10(low)) + 1)
    inner = tuple(type(low)(value) for value in _between(low, high, count))
    values: tuple[Any, ...] = (low, *inner, high)
    if any(left >= right for left, right in itertools.pairwise(values)):
        raise Refused(
            f"{shown(text)} has ends too close for {count} values", "ask for fewer values: 1e18..1e22:9"
        )
    return values


def _end_and_count(text: str, kind: Kind[T]) -> tuple[T, int | None]:
    """The upper end, and the count behind a colon; a ratio such as 20:1 keeps its own colon."""
    end, colon, digits = text.rpartition(":")
    if not colon:
        return kind.parse(text), None
    try:
        return kind.parse(text), None
    except Refused:
        high = kind.parse(end)
    if not re.fullmatch(r" *[0-9_]{1,20} *", digits) or not digits.strip(" _"):
        raise Refused(
            f"{shown(digits)} is not a number of values", "write a whole number of values: 1e18..1e22:9"
        )
    count = int(digits.replace("_", ""))
    if not 2 <= count <= MOST_VALUES:
        raise Refused(f"a range cannot have {count} values", f"a range has 2 to {MOST_VALUES} values")
    return high, count


def _check_ends(low: float, high: float, text: str) -> None:
    if low == 0:
        raise Refused(
            f"{shown(text)} starts at zero", "a range is logarithmic: start above zero, or write a list"
        )
    if low == high:
        raise Refused(f"{shown(text)} has equal ends", "write the one value")
    if low > high:
        raise Refused(f"{shown(text)} runs downwards", f"write {high}..{low}")


def _between(low: float, high: float, count: int) -> Iterator[float]:
    """The inner points, equal steps in the logarithm; 12 digits are kept, so that 1e19 is 1e19."""
    start, stop = math.log10(low), math.log10(high)
    for i in range(1, count - 1):
        yield float(f"{10 ** (start + (stop - start) * i / (count - 1)):.12g}")


def _list(text: str, kind: Kind[T]) -> tuple[T, ...]:
    """A list, unless commas could as well group thousands: then both readings are named."""
    spaced, split = re.split(r",(?= )", text), text.split(",")
    found = {}
    first_refusal = None
    for pieces in ([text], spaced, split):
        try:
            values = tuple(_item(piece, text, kind) for piece in pieces)
            found[values] = ", ".join(piece.strip().replace(",", "_") for piece in pieces)
        except Refused as refused:
            first_refusal = _nearer(first_refusal, refused, split)
    if len(found) > 1:
        raise Refused(
            f"{shown(text)} has more than one reading", f"write {' or '.join(map(repr, found.values()))}"
        )
    if not found:
        raise first_refusal or Refused(f"{shown(text)} is not a list", "for example 1B,3B,7B")
    return next(iter(found))


def _item(piece: str, text: str, kind: Kind[T]) -> T:
    if not piece.strip():
        raise Refused(f"{shown(text)} has an empty item", "for example 1B,3B,7B")
    if re.match(r" *0[0-9]", piece):
        raise Refused(f"{shown(text)} has an item that starts with 0", "for example 1B,3B,7B")
    return kind.parse(piece)


def _nearer(known: Refused | None, new: Refused, split: list[str]) -> Refused:
    """The refusal to show when no reading holds: of 0,4 the decimal comma, of a list its bad item."""
    is_decimal = len(split) == 2 and all(re.fullmatch(r" *[0-9]+ *", piece) for piece in split)
    return known if known is not None and is_decimal else new


class SweepGrammar:
    """Reads a sweep of the annotated tuple's item type; the annotation behind `OneOrMany`."""

    __slots__ = ()

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        kind = swept_kind(source)

        def split(value: object) -> list[Any] | tuple[Any, ...]:
            if isinstance(value, str):
                return parse_sweep(value, kind)
            if not isinstance(value, list | tuple):
                return (kind.accept(value),)
            if not 1 <= len(value) <= MOST_VALUES:
                raise Refused(f"a list of {len(value)} values", f"give 1 to {MOST_VALUES} values")
            return value

        return core_schema.no_info_before_validator_function(translated(split), handler(source))


OneOrMany: TypeAlias = Annotated[tuple[T, ...], SweepGrammar()]


def swept_kind(annotation: Any) -> Kind[Any]:
    """What `OneOrMany[...]`, or the tuple inside it, is made of: a class, or an annotation's grammar."""
    item = get_args(annotation)[0]
    if get_origin(item) is tuple:
        return swept_kind(item)
    return next((extra for extra in get_args(item)[1:] if hasattr(extra, "parse")), item)
