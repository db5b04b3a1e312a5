"""The figure of the benchmark: fits by time and gap, coverage, errors of GPU-hours. Same numbers, same bytes.

python bench/results_figure.py bench/results/2026-11-24.json    # draws the SVG beside it
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from results_page import Results
from tabulated import UNRESOLVED_GAP

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from tabulated import Table

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.titlesize": 8,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 7,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "svg.fonttype": "none",
    "svg.hashsalt": "scalecalc",
}

OURS, PEER, FAINT = "#0072B2", "#D55E00", "#6b6b6b"
"""From Okabe and Ito (2008): told apart with any color vision."""

ROW = 0.12
"""Inches of a row of labels."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The sign of an objective, and where its label stands from it in points."""

    sign: str
    offset: tuple[int, int]
    side: Literal["left", "right"] = "left"


MARKS = {"huber-1e-3": Mark("o", (4, 5)), "least-squares-raw": Mark("s", (4, -10))}
OTHER_MARK = Mark("^", (-5, -2), "right")
BESIDE = (6, -2)
"""Where the label of a peer stands that meets the optimum as we do."""


def svg(results: Results) -> bytes:
    """The figure."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        from matplotlib.figure import Figure

        kinds = len(results.tables["coverage"].rows), len(results.tables["gpu-hours"].rows)
        heights = (2.4, *(0.6 + ROW * rows for rows in kinds))
        figure = Figure(figsize=(7.2, sum(heights)), layout="constrained")
        fits, coverage, hours = figure.subplots(3, 1, height_ratios=heights)
        _fits(fits, results.tables["fits"])
        _coverage(coverage, results.tables["coverage"])
        _hours(hours, results.tables["gpu-hours"])
        target = BytesIO()
        figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    return target.getvalue()


def _fits(axes: Axes, table: Table) -> None:
    """Time against gap, both logarithmic; gaps of rounding size stand at the floor."""
    axes.set(
        xscale="log",
        yscale="log",
        xlabel="processor time of a cold fit, s",
        ylabel="above the optimum (relative)",
    )
    axes.set_title("Fit of 240 runs: faster left, better down")
    for row in table.rows:
        program, objective, _, seconds, _, gap = row[:6]
        if not isinstance(seconds, float) or not isinstance(gap, float):
            continue
        color = OURS if program == "scalecalc" else PEER
        mark, place = MARKS.get(str(objective), OTHER_MARK), max(gap, UNRESOLVED_GAP)
        beside = program != "scalecalc" and gap < UNRESOLVED_GAP
        axes.plot(seconds, place, mark.sign, color=color, markersize=4.5)
        axes.annotate(
            f"{program}, {objective}",
            (seconds, place),
            xytext=BESIDE if beside else mark.offset,
            textcoords="offset points",
            ha=mark.side,
            color=color,
            fontsize=6,
        )
    axes.set(xlim=(1e-3, 1e4), ylim=(UNRESOLVED_GAP / 100, 10))
    axes.set_yticks([1e-12, 1e-9, 1e-6, 1e-3, 1], ["rounding", "1e-9", "1e-6", "0.001", "1"])
    axes.minorticks_off()


def _coverage(axes: Axes, table: Table) -> None:
    """Each cell's four shares on a line; the level of the intervals is drawn."""
    names = [str(row[0]) for row in table.rows]
    for place, row in enumerate(table.rows):
        shares = [100 * float(share) for share in row[1:5] if share is not None]
        axes.plot(shares, [place] * len(shares), "o", color=OURS, markersize=3, alpha=0.7, markeredgewidth=0)
    axes.axvline(95, color=FAINT, linewidth=0.8)
    axes.set_yticks(range(len(names)), names, fontsize=6)
    axes.invert_yaxis()
    axes.set(xlim=(88, 100), xlabel="held the truth, %: alpha, beta, N* and L* at 1e23")
    axes.set_title("Coverage of 95 % intervals")


def _hours(axes: Axes, table: Table) -> None:
    """Median, 80 % and worst error factor of each prediction on each set of runs."""
    rows = [row for row in table.rows if isinstance(row[4], float)]
    for place, row in enumerate(rows):
        color = OURS if str(row[0]).startswith("scalecalc") else PEER
        half, most, worst = (float(row[column] or 1) for column in (3, 4, 5))
        axes.plot([half, worst], [place, place], color=color, linewidth=1)
        axes.plot(half, place, "o", color=color, markersize=4)
        axes.plot(most, place, "|", color=color, markersize=6)
    axes.set_yticks(range(len(rows)), [f"{row[0]}, {row[1]}" for row in rows], fontsize=6)
    axes.invert_yaxis()
    axes.set(xscale="log", xlabel="off by a factor of: median (dot), 80 % (bar), worst (end)")
    axes.set_xticks([1, 1.5, 2, 3, 4], ["1", "1.5", "2", "3", "4"])
    axes.minorticks_off()
    axes.set_title("GPU-hours told before the run")


def main(path: Path) -> None:
    path.with_suffix(".svg").write_bytes(svg(Results.from_json(path.read_text(encoding="utf-8"))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
