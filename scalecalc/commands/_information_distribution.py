"""Distributions as they are given: numbers, JSON, files; and the refusal of what is none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from math import fsum, isfinite
from pathlib import Path
from typing import Any

from scalecalc.problem import ExitCode, Problem
from scalecalc.quantity import shown

LOOSEST = 0.005
"""How far from 1 a sum may be, however few digits its numbers have."""

SINGLE_PRECISION = 1e-6
"""How far from 1 it may be, however many digits they have: a softmax in 32 bits."""

LARGEST = 1e300
"""Counts beyond it have no sum that a float holds."""

LONGEST_TEXT = 10_000_000

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
"""Endings of tables, which are given otherwise."""

EXAMPLE = 'for example 0.5,0.25,0.25 or \'{"a": 0.5, "b": 0.5}\''


@dataclass(frozen=True, slots=True)
class Given:
    """Numbers as they were given: names of outcomes if they have any, values, and finest decimal place.

    `place` says where they stand, `code` and `exit_code` what is wrong with a question that they spoil.
    """

    place: str
    names: tuple[str, ...] | None
    values: tuple[float, ...]
    decimals: int
    exit_code: ExitCode = ExitCode.WRONG_USAGE

    def problem(self, message: str, hint: str) -> Problem:
        """What is wrong with these numbers."""
        return Problem("no-distribution", f"{self.place} {message}", hint, self.exit_code)


@dataclass(frozen=True, slots=True)
class Distribution:
    """Probabilities that sum to 1; `rescaled` is their sum before that, if it was not."""

    place: str
    names: tuple[str, ...] | None
    probabilities: tuple[float, ...]
    rescaled: float | None


def given_distribution(text: str, place: str) -> Given:
    """The numbers of an argument: a list, JSON, or the name of a JSON file."""
    stripped = text.strip()
    if len(stripped) > LONGEST_TEXT:
        raise Problem("value", f"{place} has {len(stripped)} characters", "put it into a file")
    if stripped.lower().endswith(".json"):
        return _from_json(_text_of(stripped, place), f"{place}, {shown(stripped)}", ExitCode.BAD_DATA)
    if stripped[:1] in ("[", "{"):
        return _from_json(stripped, place, ExitCode.WRONG_USAGE)
    if stripped == "-" or stripped.lower().endswith(TABLES):
        raise Problem(
            "value", f"{place}: {shown(stripped)} is a table", f"give it as --file {shown(stripped)}"
        )
    parts = [part.strip() for part in stripped.split(",")]
    read = [_number(part, place, ExitCode.WRONG_USAGE) for part in parts]
    return Given(place, None, tuple(value for value, _ in read), max(decimals for _, decimals in read))


def distribution(given: Given, *, normalize: bool) -> Distribution:
    """The distribution that the numbers are; a Problem tells why they are none.

    A sum that differs from 1 by no more than the rounding of its numbers is divided out.
    """
    if len(given.values) < 1:
        raise given.problem("holds no outcome", EXAMPLE)
    for place, value in enumerate(given.values):
        if not 0 <= value <= LARGEST:
            told = "negative" if value < 0 else "too large" if isfinite(value) else "not finite"
            raise given.problem(f"gives {_named(given, place)} {value:g}, which is {told}", EXAMPLE)
    total = fsum(given.values)
    if total == 0:
        raise given.problem(f"sums to {total:g}", "give one outcome a probability above zero")
    if not (normalize or _is_rounding(total, given)):
        hint = "mend the numbers, or divide them by their sum with --normalize"
        raise given.problem(f"sums to {total:.10g}, not to 1", hint)
    values = given.values if total == 1 else tuple(value / total for value in given.values)
    rescaled = total if abs(total - 1) > SINGLE_PRECISION else None
    return Distribution(given.place, given.names, values, rescaled)


def matched(p: Distribution, q: Distribution) -> Distribution:
    """The second with its outcomes in the order of the first; a Problem names one that the other lacks."""
    if (p.names is None) != (q.names is None):
        named, other = (p, q) if p.names else (q, p)
        message = f"{named.place} names its outcomes and {other.place} does not"
        raise Problem("outcomes", message, "name them in both, or in none")
    if p.names is None or q.names is None:
        if len(p.probabilities) != len(q.probabilities):
            sizes = f"{len(p.probabilities)} outcomes and {q.place} has {len(q.probabilities)}"
            raise Problem(
                "outcomes", f"{p.place} has {sizes}", "give both the same outcomes, 0 where one is none"
            )
        return q
    for one, other in ((p, q), (q, p)):
        lacking = [name for name in one.names or () if name not in set(other.names or ())]
        if lacking:
            hint = f"give it a probability in {other.place}, 0 where it is impossible"
            raise Problem("outcomes", f"{other.place} has no outcome {shown(lacking[0])}", hint)
    of = dict(zip(q.names, q.probabilities, strict=True))
    return Distribution(q.place, p.names, tuple(of[name] for name in p.names), q.rescaled)


def number_of(text: str) -> tuple[float, int]:
    """A number and its decimal places; a fraction such as 1/3 has many. ValueError where it is none."""
    head, stroke, tail = text.partition("/")
    if stroke:
        below = float(tail)
        if below == 0:
            raise ValueError("a fraction over zero")
        return float(head) / below, 20
    percent = text.endswith("%")
    try:
        exact = Decimal(text.removesuffix("%").strip()).scaleb(-2 if percent else 0)
    except InvalidOperation:
        raise ValueError("no number") from None
    exponent = exact.as_tuple().exponent
    return float(exact), max(0, -exponent) if isinstance(exponent, int) else 0


def _is_rounding(total: float, given: Given) -> bool:
    """Whether rounding to the finest decimal place can make the sum, or single precision.

    n numbers that sum to 1 are off by less than n / 2 units of that place once they are rounded, and by whole
    units: two numbers by none, three by one.
    """
    units = (len(given.values) - 1) // 2
    allowed = min(LOOSEST, units * 10.0 ** -min(given.decimals, 300))
    return abs(total - 1) <= max(allowed * (1 + 1e-9), SINGLE_PRECISION)


def _from_json(text: str, place: str, exit_code: ExitCode) -> Given:
    try:
        value: Any = json.loads(
            text, object_pairs_hook=_Pairs, parse_float=_literal, parse_int=_literal, parse_constant=_literal
        )
    except (ValueError, RecursionError) as error:
        raise Problem("value", f"{place} is no JSON: {error}", EXAMPLE, exit_code) from None
    if not isinstance(value, list | _Pairs) or not value:
        raise Problem("value", f"{place} holds no list or object of numbers", EXAMPLE, exit_code)
    names = None
    if isinstance(value, _Pairs):
        names = tuple(name for name, _ in value)
        twice = (
            next((name for name in names if names.count(name) > 1), None)
            if len(set(names)) < len(names)
            else None
        )
        if twice is not None:
            message = f"{place} has two numbers for {shown(twice)}"
            raise Problem("value", message, "give every outcome once", exit_code)
    read = [_number(each, place, exit_code) for each in _items(value)]
    decimals = max(decimals for _, decimals in read)
    return Given(place, names, tuple(number for number, _ in read), decimals, exit_code)


class _Pairs(tuple[tuple[str, Any], ...]):
    """The pairs of an object as they stand, so that a key that stands twice is seen."""

    __slots__ = ()


class _Literal(str):
    """A number as it is written."""

    __slots__ = ()


def _literal(text: str) -> _Literal:
    return _Literal(text)


def _items(value: Sequence[Any]) -> list[Any]:
    return [each for _, each in value] if isinstance(value, _Pairs) else list(value)


def _number(value: Any, place: str, exit_code: ExitCode) -> tuple[float, int]:
    try:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY301, TRY004 - the same refusal for lists, null and words
        return number_of(value)
    except (ValueError, OverflowError):
        text = value if isinstance(value, str) else json.dumps(_plain(value))
        raise Problem("value", f"{place}: {shown(text)} is no number", EXAMPLE, exit_code) from None


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, _Pairs) else value


def _named(given: Given, place: int) -> str:
    return shown(given.names[place]) if given.names else f"outcome {place + 1}"


def _text_of(path: str, place: str) -> str:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(LONGEST_TEXT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        hint = "name a JSON file that holds a list or an object of numbers"
        raise Problem("data", f"{place}, {shown(path)}: {reason}", hint, ExitCode.BAD_DATA) from None


def as_text(value: object) -> object:
    """A list or dictionary of numbers from Python as the text that the command line would give."""
    if isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str | bytes)):
        return json.dumps(value if isinstance(value, Mapping) else list(value))
    return value
