"""The colors of figures on a page: one name for each pair of light and dark, and letters that can be read."""

import re
from collections.abc import Callable

from scalecalc.render.figure_style import DARK, LIGHT, Colors

READABLE = 4.5
"""Least contrast of letters with their paper, by WCAG 2.2 (criterion 1.4.3)."""

STEPS = 20
"""Places on the way from a color to that of the ink."""

COLOR = re.compile(r"(?<=: )#[0-9a-f]{6}\b")

STYLED = re.compile(r'<[^<>]* style="[^"]*"')
"""The start of an element up to its style, where matplotlib writes colors; a label may look like one."""

LETTERS = re.compile(r'<g id="[^"]*text_\d+">.*?</g>', re.DOTALL)
"""The groups that matplotlib draws letters in."""


class Palette:
    """The colors of the drawings, each with what it becomes on a dark page."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}

    def joined(self, light: str, dark: str) -> str:
        """The drawing that is the first on a light page and the second on a dark one.

        They differ in nothing but their colors.
        """
        others = iter(colors_of(_legible(dark, DARK)))
        return _recolored(_legible(light, LIGHT), lambda color: self._variable(color, next(others)))

    def _variable(self, light: str, dark: str) -> str:
        """The CSS variable that stands for the pair."""
        name = self._names.setdefault((light, dark), f"--ink-{len(self._names) + 1}")
        return f"var({name})"

    def style(self) -> str:
        """The variables as CSS; paper is light, whatever the screen."""
        light = "".join(f"{name}:{pair[0]};" for pair, name in self._names.items())
        dark = "".join(f"{name}:{pair[1]};" for pair, name in self._names.items())
        return f":root{{{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def _legible(svg: str, colors: Colors) -> str:
    """The drawing with its letters dark enough for their paper, or light enough; their halo stays."""

    def inked(color: str) -> str:
        return color if color == colors.paper else readable(color, colors)

    return LETTERS.sub(lambda letters: _recolored(letters[0], inked), svg)


def colors_of(svg: str) -> list[str]:
    """The colors in the styles of a drawing, in their order."""
    return [color for styled in STYLED.findall(svg) for color in COLOR.findall(styled)]


def _recolored(svg: str, change: Callable[[str], str]) -> str:
    """The drawing with every color of its styles changed."""
    return STYLED.sub(lambda styled: COLOR.sub(lambda color: change(color[0]), styled[0]), svg)


def readable(color: str, colors: Colors) -> str:
    """The color, as far on its way to the ink as makes letters of it readable on the paper.

    >>> readable("#9ecae1", LIGHT), readable("#08306b", LIGHT)
    ('#607682', '#08306b')
    """
    for step in range(STEPS):
        mixed = _mixed(color, colors.ink, step / STEPS)
        if contrast(mixed, colors.paper) >= READABLE:
            return mixed
    return colors.ink


def contrast(one: str, other: str) -> float:
    """The ratio of the luminances of two colors, by WCAG 2.2.

    >>> round(contrast("#000000", "#ffffff"), 6)
    21.0
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
        for each in (channel / 255 for channel in _channels(color))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _mixed(first: str, second: str, share: float) -> str:
    """The color so far on the way from the first to the second."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[place : place + 2], 16) for place in (1, 3, 5))
