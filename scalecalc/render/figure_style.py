"""The colors of figures on light and on dark paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Colors:
    """What is drawn in which color: `series` in turn, `shades` the ends of a family's scale."""

    paper: str
    ink: str
    faint: str
    grid: str
    series: tuple[str, ...]
    shades: tuple[str, str]


LIGHT = Colors(
    paper="#ffffff",
    ink="#222222",
    faint="#6b6b6b",
    grid="#e6e6e6",
    series=("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#555555", "#8C6D00"),
    shades=("#9ecae1", "#08306b"),
)
"""Okabe and Ito's colors, their yellow darkened for white paper."""

DARK = Colors(
    paper="#16181d",
    ink="#e8e8e8",
    faint="#a5a5a5",
    grid="#33363d",
    series=("#56B4E9", "#E69F00", "#2FC59A", "#E39BC6", "#F0E442", "#5C9DFF", "#BBBBBB", "#FF8A4C"),
    shades=("#2b5c8a", "#c6dbef"),
)

MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""Signs of points; they differ as the colors do."""
