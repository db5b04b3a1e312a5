"""Charts as a figure for a paper or a page: SVG, PDF or PNG, the same bytes for the same charts.

Colors are those of Okabe and Ito (2008), which people with any color vision tell apart, in an order that also
differs in lightness. Labels stand beside what they name where there is room, and in a legend where not.
"""

import re
import warnings
from html import escape
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from scalecalc.chart import Chart, Picture
from scalecalc.render import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DOTS_PER_INCH = 300

POINTS = 72
"""Points of type in an inch."""

STYLE: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "lines.markersize": 3.5,
    "pdf.fonttype": 42,
    "ps.fonttype": 42,
    "svg.hashsalt": "scalecalc",
    "path.simplify": False,
    "axes.unicode_minus": False,
    "text.parse_math": False,
}
"""Publication defaults; 42 embeds TrueType fonts, which journals ask for."""


def write(picture: Picture, suffix: str, out: BinaryIO) -> None:
    """Write the picture as a file of that suffix; an SVG has its letters as outlines, as a file travels."""
    kind = suffix.removeprefix(".")
    title = "; ".join(printable(chart.title) for chart in picture.charts)
    metadata: dict[str, dict[str, Any]] = {
        "svg": {"Date": None, "Title": title},
        "pdf": {"CreationDate": None, "Title": title},
        "png": {"Software": None, "Title": title},
    }
    out.write(_saved(picture, kind, {"svg.fonttype": "path"}, metadata[kind]))


def text(picture: Picture) -> str:
    """The picture as the text of an SVG file."""
    page = BytesIO()
    write(picture, ".svg", page)
    return page.getvalue().decode()


def svg(charts: tuple[Chart, ...], *, width: float = 3.3, dark: bool = False) -> str:
    """One `<svg>` element for a page: text stays text, it refers to nothing outside, and says what it shows.

    Its identifiers begin with the first chart's name, so that several stand on one page.
    """
    picture = Picture(charts, width, dark)
    drawn = _saved(picture, "svg", {"svg.fonttype": "none"}, {"Date": None}).decode()
    element = re.sub(r"\s*<metadata>.*?</metadata>", "", drawn[drawn.index("<svg") :], flags=re.DOTALL)
    prefix = re.sub(r"[^a-z0-9]+", "-", charts[0].name.lower())
    element = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{prefix}-", element)
    told = escape(" ".join(printable(f"{chart.title}. {chart.caption}") for chart in charts), quote=True)
    return element.replace("<svg ", f'<svg role="img" aria-label="{told}" ', 1).rstrip()


def _saved(picture: Picture, kind: str, style: dict[str, Any], metadata: dict[str, Any]) -> bytes:
    import matplotlib as mpl

    page = BytesIO()
    settings: Any = {**mpl.rcParamsDefault, **STYLE, **style, "backend": "agg"}
    with mpl.rc_context(settings), warnings.catch_warnings():
        # a label in a script that the font lacks is drawn as boxes; text of a page has the reader's fonts
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        _drawn(picture).savefig(page, format=kind, dpi=DOTS_PER_INCH, metadata=metadata)
    return page.getvalue()


def _drawn(picture: Picture) -> "Figure":
    """The figure, its charts below each other, or side by side where it is wide enough."""
    from matplotlib.figure import Figure

    from scalecalc.render.figure_layout import arranged
    from scalecalc.render.figure_panel import draw_panel
    from scalecalc.render.figure_style import DARK, LIGHT

    cells, height = arranged(picture.charts, picture.width * POINTS)
    colors = DARK if picture.dark else LIGHT
    figure = Figure(figsize=(picture.width, height / POINTS), facecolor=colors.paper)
    for chart, cell in zip(picture.charts, cells, strict=True):
        sides = (cell.left, height - cell.top - cell.height, cell.width, cell.height)
        wide, high = picture.width * POINTS, height
        panel = figure.add_axes((sides[0] / wide, sides[1] / high, sides[2] / wide, sides[3] / high))
        draw_panel(panel, chart, cell, colors)
    return figure
