"""How the series of a chart are told apart in characters: signs, letters, colors, and the legend of them."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scalecalc.chart import Band, Line, Points, Rule, Series, Zone
from scalecalc.render import printable

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SIGNS = "o*x+#@%&$="
MEMBER = "'"
"""Sign of the points of every family, whose lines say which is which."""

COLORS = (12, 9, 10, 13, 14, 11)
"""Of the sixteen that a terminal has, in an order in which neighbors differ."""

CURVE, DASH, UPRIGHT, LEVEL = "braille", "·", "╎", "╌"
SHADES = "░▒"
"""Of the first range, and of the others."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How a series is drawn: its sign, the letter on its curve, and its color."""

    sign: str
    letter: str
    color: int


def marks_of(series: Sequence[Series]) -> dict[str, Mark]:
    """A mark for every label; letters only where several curves must be told apart."""
    curves = list(dict.fromkeys(each.label for each in series if isinstance(each, Line) and not each.family))
    families = family_labels(series)
    points = [each.label for each in series if isinstance(each, Points) and each.label not in families]
    points = list(dict.fromkeys(points))
    letters = dict(zip(curves, LETTERS, strict=False)) if len(curves) > 1 else {}
    signs = {label: SIGNS[place % len(SIGNS)] for place, label in enumerate(points)}
    bands = dict.fromkeys(each.label for each in series if isinstance(each, Band))
    signs |= {label: SHADES[min(place, 1)] for place, label in enumerate(bands)}
    signs |= dict.fromkeys(families, MEMBER)
    labels = dict.fromkeys(each.label for each in series)
    return {
        label: Mark(signs.get(label, ""), letters.get(label, ""), COLORS[place % len(COLORS)])
        for place, label in enumerate(labels)
    }


def legend(series: Sequence[Series], marks: dict[str, Mark], width: int) -> Iterator[str]:
    """Every sign with what it stands for, as many entries a line as there is room for."""
    families = family_labels(series)
    signs: dict[str, list[str]] = {}
    for each in series:
        if isinstance(each, Line) and each.family:
            has_points = any(isinstance(other, Points) and other.label == each.label for other in series)
            signs.setdefault(each.family, ["⠒⠒", MEMBER] if has_points else ["⠒⠒"])
        elif each.label and each.label not in families:
            found, sign = signs.setdefault(each.label, []), _sign(each, marks[each.label])
            found += [] if sign in found or (sign == DASH * 2 and found) else [sign]
    entries = [f"{' '.join(found)} {printable(label)}" for label, found in signs.items()]
    lines = [""]
    for entry in entries:
        if lines[-1] and len(lines[-1]) + 3 + len(entry) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]}   {entry}" if lines[-1] else entry
    for line in lines:
        yield from textwrap.wrap(line, width)


def family_labels(series: Sequence[Series]) -> set[str]:
    """The labels that stand on lines of a family."""
    return {each.label for each in series if isinstance(each, Line) and each.family}


def _sign(series: Series, mark: Mark) -> str:
    match series:
        case Points():
            return mark.sign
        case Line(dashed=dashed):
            return mark.letter or (DASH * 2 if dashed else "⠒⠒")
        case Band():
            return mark.sign * 2
        case Rule(axis="y") | Zone(axis="y"):
            return LEVEL * 2
    return UPRIGHT
